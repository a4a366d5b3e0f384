"""The pictures of the README: six pages of the demonstration's year, into `docs/images/` (`python -m bench.console.pictures`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.console.place import chromium, demonstration, flags

FOLDER = Path("docs/images")
SHOWN = {
    "home": ("/", "light", ".figure"),
    "builder": ("/audiences/fuel_without_fresh/edit", "light", ".gauge-left[style*=width]"),
    "compare": ("/compare-audiences?with=coffee_lovers,pet_owners,families", "light", "svg"),
    "explore": (
        "/explore?did=purchase&split=department&top=5",
        "dark",
        ".explored-chart svg, .explored-chart canvas",
    ),
    "special": ("/audiences/coffee_lovers/special", "dark", "svg.index"),
    "profile": ("/profiles/1", "light", ".graph"),
}
SETTLED_MILLISECONDS = 1500  # for charts to be drawn to their end


def main() -> None:
    """Take them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder,
        demonstration(Path(folder)) as place,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags())
        for name, (address, scheme, drawn) in SHOWN.items():
            context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            context.add_cookies([place.cookie])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(place.url + address)
            page.wait_for_selector(drawn)
            page.wait_for_timeout(SETTLED_MILLISECONDS)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
