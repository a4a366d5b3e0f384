"""What the edge serves besides collection: health, the tag and, for a demonstration, the small shop.

Reads files of the package. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable

from headwater.collect.request import Answer, Request

Page = Callable[[Request], Awaitable[Answer]]
_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
}


class Pages:
    """Pages by method and path."""

    def __init__(self, *, with_shop: bool = False) -> None:
        static = files("headwater.edge").joinpath("static")
        self._pages: dict[tuple[str, str], Page] = {
            ("GET", "/health"): _health,
            **_files(static, "/", only="hw.js"),
            **(_shop(static.joinpath("shop")) if with_shop else {}),
        }

    def add(self, method: str, path: str, page: Page) -> None:
        """Serve one more."""
        self._pages[method, path] = page

    def at(self, method: str, path: str) -> Page | None:
        """The page at a path; None: there is none."""
        return self._pages.get((method, path))


async def _health(_: Request) -> Answer:
    return Answer(200, b'{"status":"ok"}')


def _shop(folder: Traversable) -> dict[tuple[str, str], Page]:
    pages = _files(folder, "/shop/")
    home = pages.get(("GET", "/shop/index.html"))
    return {**pages, ("GET", "/shop/"): home} if home else pages


def _files(folder: Traversable, below: str, only: str = "") -> dict[tuple[str, str], Page]:
    """A page for each file of a folder."""
    if not folder.is_dir():
        return {}
    return {
        ("GET", f"{below}{each.name}"): _file(each)
        for each in folder.iterdir()
        if each.is_file() and (not only or each.name == only)
    }


def _file(file: Traversable) -> Page:
    kind = _TYPES.get(file.name.rpartition(".")[2], "application/octet-stream")
    answer = Answer(200, file.read_bytes(), kind, (("cache-control", "max-age=300"),))

    async def page(_: Request) -> Answer:
        return answer

    return page
