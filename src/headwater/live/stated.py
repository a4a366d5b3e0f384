"""What sources state of a person, made into one value a name, and one standing a purpose: as the batch decides it.

An attribute: the source that the project lists first, then the newest. A purpose: of each identifier the newest statement, and
of the person the strictest of these (see `privacy.consent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from headwater.live.state import Node, Said, Stated, value_of_stored
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
    """Note what was said of a purpose in place of what the same identifier said before; False: it says nothing new.

    What the lake says (without a position) may be dated later than now, and does not count before then: it stays beside.
    """
    alike = [old for old in said if old.line == new.line]
    if any(old.at > new.at and old.position >= 0 for old in alike) or any(
        _is_same(old, new) for old in alike
    ):
        return False
    if new.position >= 0:
        said[:] = [old for old in said if old.line != new.line or old.at >= new.at]
    said.append(new)
    return True


def _is_same(old: Said, new: Said) -> bool:
    return (old.at, old.is_granted, old.until) == (new.at, new.is_granted, new.until)


def standings(said: Sequence[Said], now: int) -> dict[str, str]:
    """Each purpose that was spoken of and has not lapsed: `denied` if one identifier, or one line, denies it, else `granted`.

    >>> agreed = Said("ads", True, 5, ("user_id", "i"))
    >>> standings([agreed, Said("ads", False, 3, ("user_id", "i"), is_by_gpc=True)], 9)
    {'ads': 'denied'}
    >>> standings([agreed, Said("ads", False, 3, ("user_id", "i"))], 9), standings([agreed], 4)
    ({'ads': 'granted'}, {})
    """
    found: dict[str, str] = {}
    for each in _newest(said, now):
        if each.until and each.until <= now:
            continue
        if not each.is_granted:
            found[each.purpose] = "denied"
        else:
            found.setdefault(each.purpose, "granted")
    return found


def despite_gpc(said: Sequence[Said], now: int) -> list[str]:
    """The purposes that were agreed to by somebody who knew of Global Privacy Control; sorted."""
    by_gpc = [each for each in said if each.is_by_gpc]
    return sorted({each.purpose for each in _newest(by_gpc, now) if each.is_granted}) if by_gpc else []


def _newest(said: Sequence[Said], now: int) -> Iterable[Said]:
    """Of each line what counts now."""
    newest: dict[tuple[str, Node, bool], Said] = {}
    for each in said:
        if each.at <= now:
            held = newest.get(each.line)
            newest[each.line] = each if held is None else max(held, each, key=lambda one: _weight(one, now))
    return newest.values()


def turns_at(said: Sequence[Said], now: int) -> int | None:
    """When the next statement lapses, or begins to count; None: none does."""
    moments = (moment for each in said for moment in (each.at, each.until) if moment > now)
    return min(moments, default=None)


def _weight(said: Said, now: int) -> tuple[int, int]:
    """Which of two statements of one line counts: the newer; of two at once a refusal, then what has lapsed."""
    has_lapsed = bool(said.until) and said.until <= now
    return said.at, 1 if has_lapsed else 0 if said.is_granted else 2
