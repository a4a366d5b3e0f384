"""Whom a purpose is not for, whatever they agreed to: who is in a place where it is not allowed, or is too young.

Reads `gate:` and `purposes:` of `headwater.yaml` and, of people at rest, the table `traits`; writes nothing. Of people at rest
and of one live person the same texts are judged, by the same functions: each distinct text once.

What is not known counts as `gate:` says; left to itself, as if it forbade. Of several statements about an age the one counts
that says too young.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from functools import partial

import numpy as np
import pyarrow.compute as pc

from headwater.core.config import Purpose
from headwater.core.project import Project
from headwater.core.purpose import GateFields, Jurisdictions
from headwater.core.regions import read_place
from headwater.engine.bitmaps import Ids
from headwater.engine.ids import Bins, Lookup, ascending, lookup
from headwater.engine.query import DIALECT, literal
from headwater.privacy.consent import Codes
from headwater.tables.workspace import Workspace

OLDEST = 130
_AGE = re.compile(r"(\d{1,3})(?:\.\d+)?(?:\s*(?:\+|-\s*\d{1,3}))?")
Facts = Mapping[str, object]
"""What is known of one person: values of attributes and traits by name."""


class Verdict(IntEnum):
    """What is known about whether somebody may be used."""

    YES = 0
    UNKNOWN = 1
    NO = 2


@dataclass(frozen=True)
class Ineligible:
    """Of each person, in the order asked about, what is known of their place and of their age, as `Verdict` numbers."""

    place: Codes
    age: Codes


def ineligible_people(workspace: Workspace, purpose: Purpose, people: Ids) -> Ineligible:
    """What is known of people at rest: int64, ascending, without repeats; shape (n,)."""
    gate, today = workspace.project.config.gate, workspace.clock.today()
    place, age = np.zeros((2, len(people)), dtype=np.int8)
    if purpose.jurisdictions and len(people):
        place = _places(workspace, gate, purpose.jurisdictions, people)
    if purpose.minimum_age and len(people):
        age = _ages(workspace, gate, purpose.minimum_age, people, today)
    return Ineligible(_as_said(place, gate.unknown_place), _as_said(age, gate.unknown_age))


def ineligible_person(facts: Facts, purpose: Purpose, project: Project) -> Ineligible:
    """What is known of one live person, by the traits that the live store shows."""
    gate, today = project.config.gate, project.clock.today()
    place, age = np.zeros((2, 1), dtype=np.int8)
    if purpose.jurisdictions:
        country, region = (as_text(facts.get(each)) if each else None for each in (gate.country, gate.region))
        place[0] = _verdict_of_place(purpose.jurisdictions, country, region)
    if purpose.minimum_age:
        judged = _age_judges(gate, purpose.minimum_age, today)
        age[0] = _strictest([judge(as_text(facts.get(name))) for name, judge in judged])
    return Ineligible(_as_said(place, gate.unknown_place), _as_said(age, gate.unknown_age))


def as_text(value: object) -> str | None:
    """A trait's value as it is judged; None: there is none, or it is a list.

    >>> as_text(34.0), as_text(True), as_text("DE"), as_text(datetime(1990, 5, 17)), as_text(("a",)), as_text(None)
    ('34.0', 'true', 'DE', '1990-05-17 00:00:00', None, None)
    """
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(float(value)) if math.isfinite(value) else None
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case str():
            return value
    return None


def age_verdict(text: str | None, minimum: int) -> Verdict:
    """Whether who is said to be that old is old enough: years, or a stretch of them, of which the least counts.

    >>> [age_verdict(each, 16).name for each in ("34", "16.0", "15", "13-17", "65+", "about 30", "-3", "900", None)]
    ['YES', 'YES', 'NO', 'NO', 'YES', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN']
    """
    found = _AGE.fullmatch((text or "").strip())
    if found is None or int(found[1]) > OLDEST:
        return Verdict.UNKNOWN
    return Verdict.YES if int(found[1]) >= minimum else Verdict.NO


def birth_verdict(text: str | None, minimum: int, today: date) -> Verdict:
    """Whether who was born that day is old enough today. Who was born on a 29 February is older on 1 March.

    >>> [birth_verdict(each, 16, date(2026, 6, 1)).name for each in ("2010-06-01", "2010-06-02", "2030-01-01", "1.6.2010", None)]
    ['YES', 'NO', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN']
    """
    try:
        born = date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return Verdict.UNKNOWN
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if born > today or age > OLDEST:
        return Verdict.UNKNOWN
    return Verdict.YES if age >= minimum else Verdict.NO


def _child_verdict(text: str | None) -> Verdict:
    """That somebody is a child forbids; that they are none does not say how old they are."""
    return Verdict.NO if (text or "").strip().lower() in ("true", "yes", "1", "1.0") else Verdict.UNKNOWN


def _verdict_of_place(where: Jurisdictions, country: str | None, region: str | None) -> Verdict:
    allowed = where.allow(read_place(country, region))
    return Verdict.UNKNOWN if allowed is None else Verdict.YES if allowed else Verdict.NO


def _age_judges(
    gate: GateFields, minimum: int, today: date
) -> list[tuple[str, Callable[[str | None], Verdict]]]:
    """Each attribute that says how old somebody is, with what judges its texts."""
    judges: list[tuple[str | None, Callable[[str | None], Verdict]]] = [
        (gate.age, lambda text: age_verdict(text, minimum)),
        (gate.birth_date, lambda text: birth_verdict(text, minimum, today)),
        (gate.is_child, _child_verdict),
    ]
    return [(name, judge) for name, judge in judges if name]


def _strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """No, if one says so; else yes, if one does."""
    if Verdict.NO in verdicts:
        return Verdict.NO
    return Verdict.YES if Verdict.YES in verdicts else Verdict.UNKNOWN


def _as_said(verdicts: Codes, when_unknown: str) -> Codes:
    """The verdicts, what is not known decided where it is to be permitted."""
    if when_unknown == "permit":
        verdicts[verdicts == Verdict.UNKNOWN] = Verdict.YES
    return verdicts


# People at rest


def _places(workspace: Workspace, gate: GateFields, where: Jurisdictions, people: Ids) -> Codes:
    countries, of_country = _said(workspace, gate.country, people)
    regions, of_region = _said(workspace, gate.region, people)
    pairs = np.int64(len(regions)) * of_country + of_region
    different = ascending(pairs)
    verdicts = [
        _verdict_of_place(where, countries[pair // len(regions)], regions[pair % len(regions)])
        for pair in different.tolist()
    ]
    return np.array(verdicts, dtype=np.int8)[np.searchsorted(different, pairs)]


def _ages(workspace: Workspace, gate: GateFields, minimum: int, people: Ids, today: date) -> Codes:
    found = np.full(len(people), Verdict.UNKNOWN, dtype=np.int8)
    for name, judge in _age_judges(gate, minimum, today):
        texts, of_text = _said(workspace, name, people)
        judged = workspace.kept(
            f"whose {name} is {minimum}", ("traits",), partial(_each_judged, judge, texts), given=today
        )
        verdicts = judged[of_text]
        found[(found == Verdict.UNKNOWN) | (verdicts == Verdict.NO)] = verdicts[
            (found == Verdict.UNKNOWN) | (verdicts == Verdict.NO)
        ]
    return found


def _each_judged(judge: Callable[[str | None], Verdict], texts: Sequence[str | None]) -> Codes:
    return np.array([judge(text) for text in texts], dtype=np.int8)


def _said(workspace: Workspace, trait: str | None, people: Ids) -> tuple[list[str | None], Bins]:
    """The distinct texts of a trait, None first, and of each person which one it is; shape (n,)."""
    if trait is None:
        return [None], np.zeros(len(people), dtype=np.int32)
    texts, of_profile = workspace.kept(f"texts of {trait}", ("traits",), lambda: _texts_of(workspace, trait))
    return texts, of_profile.of(people)


def _texts_of(workspace: Workspace, trait: str) -> tuple[list[str | None], Lookup]:
    """The same texts as `as_text` makes of a live person's values."""
    rows = workspace.engine.table(
        f"""
        SELECT profile_id, coalesce(text, CASE WHEN isfinite(number) THEN CAST(number AS VARCHAR) END,
            CAST(boolean AS VARCHAR), strftime(instant, '%Y-%m-%d %H:%M:%S')) AS said
        FROM traits WHERE trait = {literal(trait).sql(DIALECT)}
        """
    )
    said = pc.dictionary_encode(rows["said"].combine_chunks(), null_encoding="mask")
    known = pc.fill_null(pc.add(said.indices, 1), 0).to_numpy(zero_copy_only=False)
    of_profile = lookup(rows["profile_id"].to_numpy(), np.asarray(known, dtype=np.int32))
    return [None, *said.dictionary.to_pylist()], of_profile
