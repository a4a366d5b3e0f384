"""Where every page is, of something that a shop has."""

from __future__ import annotations

from headwater.console.drawn.page import pages

_OF_ONE = {
    "/compare-audiences": "/compare-audiences?with={name},coffee_lovers,big_spenders",
    "/dictionary/{kind}": "/dictionary/event?name=purchase",
    "/privacy/people/{number}": "/privacy/people/1",
    "/privacy/{part}": "/privacy/consent",
    "/profiles/{number}": "/profiles/1",
    "/sources/{name}": "/sources/purchases",
}


def addresses(name: str, *, placement: str = "home_hero", destination: str = "mailing") -> dict[str, str]:
    """Each page's address as it is declared, and one that can be opened; `name`: of an audience."""
    named = {"personalise": placement, "destinations": destination}
    return {
        each.address: _OF_ONE.get(each.address, each.address).replace(
            "{name}", named.get(each.address.split("/")[1], name)
        )
        for each in pages()
    }
