"""The contract kit of computed traits: every kind that is discovered must give what a plain computation gives."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.core.clock import Clock
from headwater.core.documents import Declared
from headwater.core.project import open_project
from headwater.profiles.build import build
from headwater.profiles.trait import TraitDeclaration, TraitKind, read_traits, trait_kinds, trait_type
from headwater.profiles.value import value_of
from headwater.tables import events, identity_map
from headwater.tables.table import Type
from headwater.tables.workspace import Workspace, work

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(
    2026, 3, 30, 10
)  # noon in Berlin, the day after summer time began; instants are UTC, as in tables
EDGE = datetime(2026, 3, 28, 11)  # noon in Berlin two dates before: 47 hours, not 48
TICK = timedelta(microseconds=1)
PROPERTY = {Type.TEXT: "category", Type.NUMBER: "revenue", Type.INSTANT: "occurred_at"}
NARROW = {"event": "purchase", "where": {"category": ["tea", "été"]}, "within": {"last": "2 days"}}
KINDS = [pytest.param(kind, id=name) for name, kind in trait_kinds().items()]


@dataclass(frozen=True)
class Happened:
    """One event of one profile."""

    event_id: str
    event: str
    occurred_at: datetime
    category: str | None
    revenue: float | None


History = Sequence[Happened]
Plain = Callable[[History, list[object]], object]


def _newest_date(chosen: History) -> date:
    return max(one.occurred_at for one in chosen).replace(tzinfo=UTC).astimezone(ZONE).date()


def _most_frequent(values: list[object]) -> object:
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value)) if counted else None


# Of each kind: the value from the chosen events, oldest first, and from what of the property is there.
PLAIN: Mapping[str, Plain] = {
    "average": lambda _, values: math.fsum(values) / len(values) if values else None,  # type: ignore[arg-type]
    "count": lambda chosen, _: len(chosen),
    "distinct": lambda _, values: len(set(values)),
    "favourite": lambda _, values: _most_frequent(values),
    "first": lambda _, values: values[0] if values else None,
    "latest": lambda _, values: values[-1] if values else None,
    "maximum": lambda _, values: max(values, default=None),  # type: ignore[type-var]
    "minimum": lambda _, values: min(values, default=None),  # type: ignore[type-var]
    "recency": lambda chosen, _: (date(2026, 3, 30) - _newest_date(chosen)).days if chosen else None,
    "unique_list": lambda _, values: sorted(set(values)) or None,  # type: ignore[type-var]
    "sum": lambda _, values: math.fsum(values),  # type: ignore[arg-type]
}

MOMENTS = st.sampled_from(
    [
        NOW,
        NOW + TICK,
        NOW + timedelta(days=3),
        EDGE,
        EDGE + TICK,
        EDGE - TICK,
        datetime(2026, 3, 28, 23),
        datetime(2026, 3, 28, 22, 59, 59),
        datetime(2026, 3, 29, 22),
        datetime(2026, 3, 29, 21, 59),
    ]
) | st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 30, 12))
HISTORIES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["purchase", "purchase", "page"]),
            MOMENTS,
            st.sampled_from([None, "", "tea", "Tea", "été", "z'a\""]),
            st.none() | st.sampled_from([0.0, -2.5, 0.1, 0.2, 1e9]),
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A project with every kind of trait, over each type of property it takes: of all events, and of few."""
    root = tmp_path_factory.mktemp("project")
    (root / "traits").mkdir()
    (root / "headwater.yaml").write_text("project: shop\ntime_zone: Europe/Berlin\nnow: 2026-03-30T12:00\n")
    for name, kind in trait_kinds().items():
        for type_ in kind.property_types if kind.needs_property else (None,):
            of = [f"property: {PROPERTY[type_]}"] if type_ else []
            declared = [f"kind: {name}", "description: x", *of]
            suffix = type_.value if type_ else "none"
            (root / "traits" / f"{name}_{suffix}.yaml").write_text("\n".join(declared))
            declared += [f"{key}: {value}" for key, value in NARROW.items()]
            (root / "traits" / f"{name}_{suffix}_narrow.yaml").write_text("\n".join(declared))
    with work(open_project(root)) as opened:
        yield opened


@pytest.fixture(scope="module")
def declared(workspace: Workspace) -> Mapping[str, Declared[TraitDeclaration]]:
    traits, problems = read_traits(workspace.project)
    assert problems == []
    return traits


def test_every_kind_has_a_plain_computation_to_hold_it_to() -> None:
    assert set(PLAIN) == set(trait_kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_is_and_what_it_takes(kind: TraitKind) -> None:
    assert kind.meaning.endswith(".")
    assert set(kind.property_types) <= set(PROPERTY)
    assert all(kind.type_of(type_) in Type for type_ in kind.property_types)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=HISTORIES)
def test_every_trait_of_every_profile_is_what_a_plain_computation_gives(
    workspace: Workspace,
    declared: Mapping[str, Declared[TraitDeclaration]],
    drawn: list[list[tuple[str, datetime, str | None, float | None]]],
) -> None:
    histories = [
        [Happened(f"e{place:02}", *happened) for place, happened in enumerate(events)] for events in drawn
    ]
    found = _build(histories, workspace, declared)
    for name, trait in declared.items():
        for profile, history in enumerate(histories):
            expected = _plainly(trait.value, history)
            if isinstance(expected, float):
                expected = pytest.approx(expected, rel=1e-12, abs=1e-12)
            assert found.get((profile, name)) == expected, f"{name} of {history}"
            assert _in_memory(trait.value, history) == expected, f"{name} in memory of {history}"


def _in_memory(trait: TraitDeclaration, history: History) -> object:
    """The same of one profile by the kind's Python twin."""
    found = value_of(trait, [InMemory(each) for each in history], Clock(ZONE, NOW.replace(tzinfo=UTC)))
    if isinstance(found, datetime):
        return found.replace(tzinfo=None)
    return list(found) if isinstance(found, tuple) else found


class InMemory:
    """An event as `value_of` takes it."""

    def __init__(self, happened: Happened) -> None:
        self.event, self.event_id = happened.event, happened.event_id
        self.occurred_at = happened.occurred_at.replace(tzinfo=UTC)
        self.properties = {"category": happened.category, "revenue": happened.revenue}


def _build(
    histories: Sequence[History], workspace: Workspace, declared: Mapping[str, Declared[TraitDeclaration]]
) -> dict[tuple[int, str], object]:
    """What `build` computes; each profile has two nodes, which take turns in its events."""
    owners = [
        {"node_id": profile + 1000 * turn, "profile_id": profile}
        for profile in range(len(histories))
        for turn in (0, 1)
    ]
    happened = [
        {**vars(one), "node_id": profile + 1000 * (place % 2), "source": "shop"}
        for profile, history in enumerate(histories)
        for place, one in enumerate(history)
    ]
    for table, rows in ((identity_map.TABLE, owners), (events.TABLE, happened[::-1])):
        workspace.engine.register(table.name, pa.Table.from_pylist(rows, schema=table.schema))
    build(declared, workspace, ("profiles", "test"))
    rows = workspace.engine.table("SELECT * FROM traits").to_pylist()
    assert len({(row["profile_id"], row["trait"]) for row in rows}) == len(rows)
    assert {row["origin"] for row in rows} <= {"computed"}
    for row in rows:
        assert row["type"] == trait_type(declared[row["trait"]].value).value
    return {(row["profile_id"], row["trait"]): row[row["type"]] for row in rows}


def _plainly(trait: TraitDeclaration, history: History) -> object:
    chosen = sorted(
        (one for one in history if one.occurred_at <= NOW and _counts(trait, one)),
        key=lambda one: (one.occurred_at, one.event_id),
    )
    values = [getattr(one, trait.property) for one in chosen] if trait.property else []
    return PLAIN[trait.kind](chosen, [value for value in values if value is not None])


def _counts(trait: TraitDeclaration, one: Happened) -> bool:
    return trait.within is None or (
        one.event == "purchase" and one.category in ("tea", "été") and one.occurred_at > EDGE
    )
