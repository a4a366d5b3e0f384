"""Made-up people whose duplicates are known."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, replace

import pyarrow as pa

from headwater.identity.matching.model import MatchModel

_SYLLABLES = (
    "ba",
    "ken",
    "lo",
    "mir",
    "sa",
    "tor",
    "vel",
    "dan",
    "rich",
    "ul",
    "gen",
    "hof",
    "wes",
    "pi",
    "cor",
)


@dataclass(frozen=True)
class Somebody:
    """A record; its id begins with the person's number."""

    id: str
    first: str | None
    last: str | None
    born: str | None
    street: str | None
    house: str | None
    postcode: str | None
    town: str | None
    email: str | None = None


FIELDS = [
    {"kind": "first_name", "column": "first"},
    {"kind": "last_name", "column": "last"},
    {"kind": "birth_date", "column": "born"},
    {"kind": "street", "column": "street"},
    {"kind": "house_number", "column": "house"},
    {"kind": "postcode", "column": "postcode"},
    {"kind": "city", "column": "town"},
    {"kind": "email", "column": "email"},
]


def model(**given: object) -> MatchModel:
    return MatchModel.model_validate({"fields": FIELDS, **given})


def word(dice: random.Random, syllables: int) -> str:
    return "".join(dice.choices(_SYLLABLES, k=syllables)).capitalize()


def people(count: int, seed: int = 7) -> list[Somebody]:
    """People who have nothing to do with each other, but share names, days and towns as people do."""
    dice = random.Random(seed)
    firsts = [word(dice, 2) for _ in range(80)]
    lasts = [word(dice, 3) for _ in range(150)]
    streets = [f"{word(dice, 3)} street" for _ in range(120)]
    towns = [(str(dice.randrange(10000, 99999)), word(dice, 3)) for _ in range(30)]
    found = []
    for number in range(count):
        postcode, town = dice.choice(towns)
        born = f"{dice.randrange(1940, 2005)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        first, last = dice.choice(firsts), dice.choice(lasts)
        email = f"{first}.{last}{dice.randrange(99)}@mail.example".lower()
        house = str(dice.randrange(1, 90))
        found.append(
            Somebody(f"{number}-a", first, last, born, dice.choice(streets), house, postcode, town, email)
        )
    return found


def typo(dice: random.Random, text: str) -> str:
    """Two letters swapped, or one left out."""
    at = dice.randrange(1, len(text) - 1)
    return (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if dice.random() < 0.5
        else text[:at] + text[at + 1 :]
    )


def again(dice: random.Random, one: Somebody) -> Somebody:
    """The same person once more, written down as people do."""
    other = replace(one, id=one.id.replace("-a", "-b"))
    what = dice.randrange(6)
    if what == 0 and other.first and other.last:
        return replace(other, first=other.last, last=other.first)
    if what == 1 and other.born:
        year, month, day = other.born.split("-")
        return replace(other, born=f"{year}-{day}-{month}" if int(day) < 13 else other.born, email=None)
    if what == 2 and other.last:
        return replace(other, last=typo(dice, other.last), email=None)
    if what == 3 and other.first and other.street:
        return replace(other, first=typo(dice, other.first), street=typo(dice, other.street))
    if what == 4:
        return replace(other, street=None, house=None, postcode=None, town=None)
    return replace(other, email=None, born=None)


def crowd(count: int = 300, seed: int = 7) -> list[Somebody]:
    """People, half of them twice."""
    dice = random.Random(seed + 1)
    once = people(count, seed)
    return once + [again(dice, one) for one in once[: count // 2]]


def table(records: list[Somebody]) -> pa.Table:
    return pa.Table.from_pylist([asdict(each) for each in records])


def pairs(links: pa.Table) -> set[tuple[str, str]]:
    return set(zip(links.column("left").to_pylist(), links.column("right").to_pylist(), strict=True))
