"""The dictionary says of data what going through everybody's data says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from tests.explore.conftest import HISTORIES, N_PEOPLE
from tests.explore.test_funnel import OnlyMany

from headwater.audiences.chosen import Unsaved
from headwater.audiences.example import CLOCK
from headwater.audiences.lineage import Lineage
from headwater.audiences.parse import Audience, parse_rule
from headwater.audiences.vocabulary import Vocabulary
from headwater.engine.bitmaps import Ids
from headwater.explore import dictionary as book, people
from headwater.explore.dictionary import Entry, Kind, Said, Seen, dictionary
from headwater.explore.figures import MOST_FREQUENT, QUANTILES, figures
from headwater.explore.uses import uses_of
from headwater.privacy.labels import Label, Origin
from headwater.tables.table import all_tables
from headwater.tables.workspace import Workspace

Found = dict[tuple[str, str, str], Entry]
PAST = [
    (n, each)
    for n, history in enumerate(HISTORIES)
    for each in history.events
    if each.occurred_at <= CLOCK.now()
]


def by_name(entries: tuple[Entry, ...]) -> Found:
    return {(each.kind, each.of, each.name): each for each in entries}


@pytest.fixture(scope="module")
def said(known: dict[str, Audience]) -> Said:
    lineage = Lineage(traits={"age": frozenset({Origin(Label.FINANCIAL, "trait 'age'")})})
    key = (Kind.PROPERTY, "page", "never")
    return Said({key: "Not seen yet."}, {key: "text"}, lineage, known)


@pytest.fixture(scope="module")
def found(explored: Workspace, said: Said) -> Found:
    return by_name(dictionary(said, explored))


def test_events_are_counted_with_their_people_and_times(found: Found) -> None:
    assert {name for kind, _, name in found if kind == "event"} == {each.event for _, each in PAST}
    for name in ("page", "basket", "purchase"):
        own = [(n, each) for n, each in PAST if each.event == name]
        entry = found["event", "", name]
        assert (entry.n, entry.n_people) == (len(own), len({n for n, _ in own}))
        first, last = (edge(each.occurred_at for _, each in own) for edge in (min, max))
        assert [entry.first_at, entry.last_at] == [
            each.astimezone(UTC).replace(tzinfo=None) for each in (first, last)
        ]


@pytest.mark.parametrize("name", ["category", "revenue", "size"])
def test_properties_are_counted_by_value(found: Found, name: str) -> None:
    own = [each.properties.get(name) for _, each in PAST if each.event == "page"]
    entry = found["property", "page", name]
    there = [each for each in own if each is not None]
    assert (entry.n, entry.n_filled) == (len(own), len(there))
    assert entry.fill_rate == len(there) / len(own)
    if name == "category":
        counts = Counter(map(str, there))
        wanted = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        assert [(each.value, each.n) for each in entry.frequent] == wanted
        assert entry.n_distinct == len(counts)


def test_what_is_declared_and_was_never_seen_is_told_as_empty(found: Found) -> None:
    entry = found["property", "page", "never"]
    assert (entry.n_filled, entry.fill_rate, entry.description, entry.type) == (
        0,
        0.0,
        "Not seen yet.",
        "text",
    )


def test_traits_are_of_everybody(found: Found) -> None:
    for name in ("age", "score", "is_member", "interests"):
        held = [history.traits[name] for history in HISTORIES if name in history.traits]
        entry = found["trait", "", name]
        assert (entry.n, entry.n_filled, entry.n_people) == (N_PEOPLE, len(held), len(held))
    ages = Counter(str(history.traits["age"]) for history in HISTORIES if "age" in history.traits)
    assert {each.value: each.n for each in found["trait", "", "age"].frequent} == ages
    assert found["trait", "", "age"].labels == ("financial",)
    assert found["trait", "", "age"].audiences == ("nobody", "young")
    assert found["event", "", "purchase"].audiences == ("buyers",)


def test_every_column_of_every_table_is_told_without_what_is_about_people(found: Found) -> None:
    columns = {(table.name, each.name) for table in all_tables().values() for each in table.columns}
    assert {(of, name) for kind, of, name in found if kind == "column"} == columns
    assert found["column", "events", "event"].n_distinct == 3
    for table in all_tables().values():
        for column in table.columns:
            if column.pii.value != "none":
                entry = found["column", table.name, column.name]
                assert (entry.frequent, entry.n_distinct) == ((), None)


def test_whoever_may_not_see_small_counts_sees_no_values(explored: Workspace, said: Said) -> None:
    seen = dictionary(said, explored, frozenset({Kind.EVENT, Kind.TRAIT}), Seen(OnlyMany()))
    assert all(not each.frequent and not each.quantiles and each.n_distinct is None for each in seen)
    assert all(n is None or n >= 30 for each in seen for n in (each.n_filled, each.n_people))


def test_values_with_a_hidden_label_are_not_told(explored: Workspace, said: Said) -> None:
    shown = by_name(dictionary(said, explored, frozenset({Kind.TRAIT}), Seen(labels=frozenset())))
    assert (shown["trait", "", "age"].frequent, shown["trait", "", "age"].n_distinct) == ((), None)
    assert shown["trait", "", "score"].frequent


def test_barred_people_are_in_no_figure(
    explored: Workspace, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def barred(_workspace: Workspace) -> Ids:
        return np.arange(1, N_PEOPLE + 1)

    monkeypatch.setattr(people, "restricted_profiles", barred)
    kinds = frozenset(Kind) - {Kind.COLUMN}
    assert all(not each.n_filled and not each.frequent for each in dictionary(said, explored, kinds))


def test_only_the_latest_events_are_looked_at_for_properties(
    explored: Workspace, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "MOST_EVENTS", 7)
    few = by_name(dictionary(said, explored, frozenset({Kind.PROPERTY, Kind.EVENT})))
    latest = sorted((each.occurred_at for _, each in PAST if each.event == "page"), reverse=True)[:7]
    entry = few["property", "page", "category"]
    assert entry.n == 7
    assert entry.first_at is not None
    assert entry.first_at >= min(latest).replace(tzinfo=None)
    assert (few["event", "", "page"].n or 0) > 7


def test_an_audience_looks_at_what_those_look_at_that_it_refers_to(known: dict[str, Audience]) -> None:
    vocabulary = Vocabulary(audiences=frozenset(known))
    rule = parse_rule(
        {"all": [{"in_audience": "young"}, {"did": "page", "where": {"category": "TEA"}}]}, vocabulary
    )
    assert not isinstance(rule, list)
    uses = uses_of({**known, "young_readers": Unsaved(rule)})
    assert uses.of_trait("age") == ("nobody", "young", "young_readers")
    assert uses.of_property("page", "category") == ("young_readers",)
    assert uses.of_property("purchase", "category") == ()


@given(st.lists(st.none() | st.integers(-5, 5).map(float), max_size=30))
@settings(max_examples=100)
def test_figures_are_those_of_the_values(values: list[float | None]) -> None:
    made = figures(pa.chunked_array([pa.array(values, pa.float64())]))
    there = sorted(each for each in values if each is not None)
    assert (made.n, made.n_filled, made.n_distinct) == (len(values), len(there), len(set(there)))
    assert sum(each.n for each in made.frequent) <= len(there)
    assert len(made.frequent) == min(MOST_FREQUENT, len(set(there)))
    if there:
        wanted = np.quantile(there, QUANTILES, method="inverted_cdf")
        assert list(made.quantiles.values()) == wanted.tolist()
