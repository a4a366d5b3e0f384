"""What sources state of a person, made into one value a name, and one standing a purpose: as the batch decides it.

An attribute: the source that the project lists first, then the newest. A purpose: of each identifier the newest statement, and
of the person the strictest of these (see `privacy.consent`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.live.state import Said, Stated, value_of_stored
from headwater.profiles.computing import Value


def stated_traits(stated: Mapping[str, Sequence[Stated]], priority: tuple[str, ...]) -> dict[str, Value]:
    """The attributes by name."""
    places = {source: place for place, source in enumerate(priority)}
    return {
        name: value_of_stored(
            min(
                each, key=lambda one: (places.get(one.source, len(places)), -one.at, one.node, one.source)
            ).value
        )
        for name, each in stated.items()
        if each
    }


def add_stated(stated: dict[str, list[Stated]], name: str, new: Stated) -> bool:
    """Note a statement in place of the older one of the same source and identifier; False: it says nothing new.

    One that says the same again counts from then on: what comes late and was stated in between says nothing any more.
    """
    known = stated.setdefault(name, [])
    for place, old in enumerate(known):
        if (old.source, old.node) == (new.source, new.node):
            if old.at > new.at or (old.at == new.at and value_of_stored(old.value) == new.value):
                return False
            known[place] = new
            return True
    known.append(new)
    return True


def add_said(said: list[Said], new: Said) -> bool:
    """Note what was said of a purpose in place of what the same identifier said before; False: it says nothing new."""
    for place, old in enumerate(said):
        if (old.purpose, old.node) == (new.purpose, new.node):
            if old.at > new.at or (old.at == new.at and not old.is_granted):
                return False
            said[place] = new
            return old.is_granted != new.is_granted
    said.append(new)
    return True


def standings(said: Sequence[Said], now: int) -> dict[str, str]:
    """Each purpose that was spoken of and has not lapsed: `denied` if one identifier denies it, else `granted`."""
    found: dict[str, str] = {}
    for each in said:
        if each.at > now or (each.until and each.until <= now):
            continue
        if not each.is_granted:
            found[each.purpose] = "denied"
        else:
            found.setdefault(each.purpose, "granted")
    return found
