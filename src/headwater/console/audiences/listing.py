"""Which of many audiences are looked at: filtered, sorted, one page of them; all of it stands in the address of the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from urllib.parse import quote, urlencode

from headwater.console.audiences.questions import Listed, matching

A_PAGE = 50
NOWHERE, NONE = "-nowhere", "-none"  # no name begins so


@dataclass(frozen=True)
class Looked:
    """What is looked at.

    Attributes:
        q: words that must stand in what is said of an audience.
        folder, purpose, label, to: only those of it; empty: any. A folder holds those in it.
        sort: the column, one of `SORTS`; empty: as the answer has them. `down`: the other way round.
        page: counts from 1.
    """

    q: str = ""
    folder: str = ""
    purpose: str = ""
    label: str = ""
    to: str = ""
    sort: str = ""
    down: str = ""
    page: str = "1"

    @property
    def address(self) -> str:
        """The list's address that says so."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {name: value for name, value in said.items() if value and (name, value) != ("page", "1")}
        return "/audiences" + (f"?{urlencode(told, quote_via=quote)}" if told else "")

    def sorted_by(self, column: str) -> Looked:
        """The same by another column, or by the same one the other way round."""
        turned = "" if self.down or self.sort != column else "1"
        return replace(self, sort=column, down=turned, page="1")


@dataclass(frozen=True)
class Found:
    """A page of those that fit. `first`: the number of the first one, from 1; `page`, `n_pages`: which page of how many."""

    listed: tuple[Listed, ...]
    n: int
    first: int
    page: int
    n_pages: int


_Key = Callable[[Listed], object]
_NEVER = datetime.min  # noqa: DTZ901 - tables hold instants in UTC without a zone
SORTS: Mapping[str, tuple[_Key, bool]] = {
    "name": (lambda each: each.name, False),
    "size": (lambda each: each.size or 0, True),
    "changed": (lambda each: each.changed_at or _NEVER, True),
    "to": (lambda each: len(each.destinations), True),
}
"""What a list is sorted by, and whether the largest comes first; ties stay in the order of the answer."""


def looked_at(query: Mapping[str, str]) -> Looked:
    """What an address says; what it says wrongly is left out."""
    known = {each.name for each in fields(Looked)}
    said = Looked(**{name: value for name, value in query.items() if name in known})
    return replace(
        said, sort=said.sort if said.sort in SORTS else "", page=said.page if said.page.isdecimal() else "1"
    )


def found(listed: Sequence[Listed], looked: Looked) -> Found:
    """The page that is looked at; the last one, if there are not so many."""
    fits = [each for each in matching(listed, looked.q) if _is_among(each, looked)]
    if looked.sort:
        key, is_falling = SORTS[looked.sort]
        fits.sort(key=key, reverse=is_falling != bool(looked.down))  # type: ignore[arg-type] # of one type each
    n_pages = max(1, -(-len(fits) // A_PAGE))
    page = max(1, min(int(looked.page[:9]), n_pages))
    begin = (page - 1) * A_PAGE
    return Found(tuple(fits[begin : begin + A_PAGE]), len(fits), begin + 1, page, n_pages)


def _is_among(each: Listed, looked: Looked) -> bool:
    return (
        (not looked.folder or looked.folder in _folders(each))
        and looked.purpose in ("", each.purpose or NONE)
        and (not looked.label or looked.label in (each.labels or (NONE,)))
        and (not looked.to or looked.to in (each.destinations or (NOWHERE,)))
    )


def _folders(each: Listed) -> tuple[str, ...]:
    """The folder an audience is in, and those that hold it.

    >>> _folders(Listed("tea", "", "", 1, None, (), None, (), (), "loyalty/winter"))
    ('loyalty', 'loyalty/winter')
    """
    names = each.folder.split("/")
    return tuple("/".join(names[: at + 1]) for at in range(len(names))) if each.folder else (NONE,)


def groups(listed: Sequence[Listed]) -> dict[str, dict[str, str]]:
    """What audiences can be narrowed down to: for each kind of group its members in words, with how many are of it."""
    folders = Counter(folder for each in listed for folder in _folders(each))
    purposes = Counter(each.purpose or NONE for each in listed)
    labels = Counter(label for each in listed for label in each.labels or (NONE,))
    to = Counter(name for each in listed for name in each.destinations or (NOWHERE,))
    return {
        "folder": _said("Every folder", folders, "in no folder"),
        "purpose": _said("Any purpose", purposes, "no purpose of its own"),
        "label": _said("Any label", labels, "no label"),
        "to": _said("Any destination, or none", to, "sent nowhere"),
    }


def _said(whole: str, counts: Counter[str], none: str) -> dict[str, str]:
    told = sorted(counts.items(), key=lambda each: (each[0] in (NOWHERE, NONE), each[0]))
    return {"": whole} | {name: f"{none if name in (NOWHERE, NONE) else name} ({n:,})" for name, n in told}
