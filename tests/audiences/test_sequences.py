"""Sequences are found as trying every choice of events would find them: in Python, in SQL and over columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations, product
from typing import cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.audiences.columns import chains, parting
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.resident import resident
from headwater.audiences.counting import Times
from headwater.audiences.evaluate import evaluate
from headwater.audiences.example import CLOCK
from headwater.audiences.history import Happened, History, tables_of
from headwater.audiences.needs import Needs
from headwater.audiences.operators.sequence import Sequence
from headwater.audiences.parse import parse, parse_rule
from headwater.audiences.rule import describe
from headwater.audiences.scope import Scope
from headwater.audiences.sequences import over
from headwater.audiences.sequences.over import counts
from headwater.audiences.sequences.query import sequences_sql
from headwater.audiences.sequences.steps import Chain, Picked
from headwater.audiences.sequences.walk import walk
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.clock import Clock
from headwater.core.documents import Document
from headwater.engine.engines.duckdb import DuckDB

VOCABULARY = Vocabulary(
    events=frozenset({"page", "basket", "purchase", "refund"}), properties={"size": ValueType.NUMBER}
)
NOW = CLOCK.now()


# What a sequence is, word for word: try every choice of events.


def completed(chain: Chain, history: History) -> set[tuple[datetime, datetime]]:
    options = [list(step.picked.happenings.of(history, CLOCK)) for step in chain.steps]
    return {
        (chosen[0].occurred_at, chosen[-1].occurred_at)
        for chosen in product(*options)
        if is_sequence(chain, chosen, history)
    }


def is_sequence(chain: Chain, chosen: tuple[Happened, ...], history: History) -> bool:
    whole = chosen[-1].occurred_at - chosen[0].occurred_at
    if chain.lasting and whole > chain.lasting.length:
        return False
    return all(links(chain, number, chosen, history) for number in range(1, len(chosen)))


def links(chain: Chain, number: int, chosen: tuple[Happened, ...], history: History) -> bool:
    step, before, here = chain.steps[number], chosen[number - 1].occurred_at, chosen[number].occurred_at
    if before >= here or (step.gap and here - before > step.gap.length):
        return False
    barred = step.without.happenings.of(history, CLOCK) if step.without else ()
    return is_same(step.picked, chosen[number], chosen) and not any(
        before < event.occurred_at < here and step.without and is_same(step.without, event, chosen)
        for event in barred
    )


def is_same(picked: Picked, event: Happened, chosen: tuple[Happened, ...]) -> bool:
    return all(
        event.value(each.read) is not None
        and event.value(each.read) == chosen[each.step - 1].value(each.read)
        for each in picked.same
    )


def most_apart(pairs: set[tuple[datetime, datetime]], after: datetime | None = None) -> int:
    later = [pair for pair in pairs if after is None or pair[0] > after]
    return max((1 + most_apart(pairs, end) for _, end in later), default=0)


# Small worlds, in which much coincides.

names = st.sampled_from(["page", "basket", "purchase", "refund"])
happened = st.builds(
    lambda name, minute, properties: Happened(name, NOW - timedelta(minutes=minute), properties),
    names,
    st.integers(0, 9) | st.sampled_from([1.5, 2.000001, 5.0000001]),
    st.fixed_dictionaries(
        {},
        optional={"product_id": st.sampled_from(["a", "b", None]), "size": st.sampled_from([1, 2, 2.0, "1"])},
    ),
)
histories = st.lists(happened, max_size=9).map(tuple).map(History)
lengths = st.integers(1, 6).map(lambda n: f"{n} minutes")


@st.composite
def sequences(draw: st.DrawFn, most_references: int = 2) -> dict[str, object]:
    referred = draw(
        st.lists(
            st.tuples(st.sampled_from(["product_id", "size"]), st.integers(1, 3)), max_size=most_references
        )
    )

    def picked(number: int) -> dict[str, object]:
        same = {name: step for name, step in referred if step < number and draw(st.booleans())}
        where = {"where": {"product_id": "a"}} if draw(st.integers(0, 7)) == 0 else {}
        return {"did": draw(names)} | where | ({"same": same} if same else {})

    steps = [picked(number) for number in range(1, draw(st.integers(2, 4)) + 1)]
    for number, step in enumerate(steps[1:], start=2):
        step.update({"gap": draw(lengths)} if draw(st.integers(0, 2)) == 0 else {})
        step.update({"without": picked(number)} if draw(st.integers(0, 1)) == 0 else {})
    rest: dict[str, st.SearchStrategy[object]] = {
        "lasting": lengths,
        "within": lengths.map(lambda text: {"last": text}),
    }
    return {"sequence": steps} | draw(st.fixed_dictionaries({}, optional=rest))


EVERY_TIMES = [
    *(Times("at_least", n) for n in (1, 2, 3)),
    *(Times("at_most", n) for n in (0, 1, 2)),
    *(Times("exactly", n) for n in (0, 1, 2)),
]


def parsed(data: object) -> Sequence:
    found = parse_rule(data, VOCABULARY)
    assert isinstance(found, Sequence), found
    return found


@dataclass(frozen=True)
class Tried:
    rule: Sequence


@dataclass(frozen=True)
class Tables:
    engine: DuckDB
    clock: Clock = CLOCK


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    yield session
    session.close()


def settled(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@settled(400)
@given(data=sequences(), history=histories)
def test_python_finds_what_trying_every_choice_finds(data: dict[str, object], history: History) -> None:
    chain = parsed(data).chain
    found, tried = walk(chain, history, CLOCK), completed(chain, history)
    assert set(found.pairs) <= tried
    assert {end for _, end in found.pairs} == {end for _, end in tried}
    assert found.n_apart == most_apart(tried)


@pytest.mark.slow
@settled(60)
@given(
    data=st.lists(sequences(), min_size=2, max_size=4), population=st.lists(histories, min_size=1, max_size=5)
)
def test_sql_counts_what_python_counts(
    data: list[dict[str, object]], population: list[History], engine: DuckDB
) -> None:
    register(population, engine)
    rules = [replace(parsed(each), times=times) for each in data for times in EVERY_TIMES]
    found = evaluate({f"a{n}": Tried(rule) for n, rule in enumerate(rules)}, Tables(engine), by_columns=False)
    for n, rule in enumerate(rules):
        expected = [rule.matches(history, CLOCK) for history in population]
        assert found.sets[f"a{n}"].tolist() == expected, describe(rule)


@pytest.mark.slow
@settled(150)
@given(
    data=st.lists(sequences(most_references=1), min_size=2, max_size=5),
    population=st.lists(histories, min_size=1, max_size=6),
)
def test_columns_count_what_python_counts(
    data: list[dict[str, object]], population: list[History], engine: DuckDB
) -> None:
    columns = columns_of(population, engine)
    for each in data:
        rule, expected = parsed(each), apart(each, population)
        for most in (1, 2, 50):
            found = counts(rule.chain, columns, most)
            assert found is not None
            assert found.tolist() == [min(n, most) for n in expected], describe(rule)


@pytest.mark.slow
@settled(100)
@given(
    data=sequences(most_references=1),
    windows=st.lists(lengths.map(lambda text: {"last": text}) | st.none(), min_size=2, max_size=5),
    gaps=st.lists(lengths, min_size=1, max_size=2),
    population=st.lists(histories, min_size=1, max_size=6),
)
def test_columns_count_the_same_whatever_was_asked_of_these_events_before(
    data: dict[str, object],
    windows: list[dict[str, str] | None],
    gaps: list[str],
    population: list[History],
    engine: DuckDB,
) -> None:
    columns = columns_of(population, engine)
    first, *others = cast("list[dict[str, object]]", data["sequence"])
    for within, gap in product(windows, gaps):
        steps = {"sequence": [first, *({**each, "gap": gap} for each in others)]}
        asked = steps | ({"within": within} if within else {})
        rule, expected = parsed(asked), apart(asked, population)
        found = counts(rule.chain, columns, 50)
        assert found is not None
        assert found.tolist() == expected, describe(rule)


@pytest.mark.slow
@settled(100)
@given(
    data=sequences(most_references=1),
    population=st.lists(histories, min_size=3, max_size=9),
    bits=st.sampled_from([1, 2, 16]),
    rows=st.integers(1, 9),
)
def test_columns_count_the_same_in_parts_and_where_groups_are_many(
    data: dict[str, object], population: list[History], bits: int, rows: int, engine: DuckDB
) -> None:
    rule, expected = parsed(data), apart(data, population)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parting, "DIGIT_BITS", bits)
        patched.setattr(parting, "ROWS_AT_ONCE", rows)
        found = counts(rule.chain, columns_of(population, engine), 50)
    assert found is not None
    assert found.tolist() == expected, describe(rule)


@given(st.lists(st.integers(0, 2**40), unique=True, min_size=1), st.sampled_from([4, 1 << 18]))
def test_columns_tell_groups_apart_however_great_their_numbers(groups: list[int], rows: int) -> None:
    group, at = np.array(groups, dtype=np.int64), np.arange(len(groups), dtype=np.int64)
    played = [chains.Played(0, group, at), chains.Played(1, group[::-1], at + len(groups))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parting, "ROWS_AT_ONCE", rows)
        laid = chains.lay(played, 2, 2**40 + 1, 1, (None, None))
        pairs = chains.walk(laid, [chains.Link(0), chains.Link(1)], None, laid.edges)
    begun = dict(zip(pairs.group.tolist(), pairs.start.tolist(), strict=True))
    assert begun == dict(zip(groups, at.tolist(), strict=True))


@pytest.mark.parametrize("minutes", [*permutations([1, 5, 9])])
def test_columns_count_in_one_window_after_another(minutes: tuple[int, ...], engine: DuckDB) -> None:
    happened = [("page", 8), ("purchase", 7), ("page", 4), ("purchase", 3)]
    history = History(tuple(Happened(name, NOW - timedelta(minutes=at), {}) for name, at in happened))
    columns = columns_of([history], engine)
    asked = [{"sequence": TWO, "within": {"last": f"{each} minutes"}} for each in minutes]
    found = [counts(parsed(each).chain, columns, 50) for each in asked]
    assert [each.tolist() for each in found if each is not None] == [[each // 4] for each in minutes]
    assert len(columns.held.laid) == 1  # one order for all of them


def register(population: list[History], engine: DuckDB) -> None:
    for table, rows in tables_of(population).items():
        engine.register(table, rows)


def columns_of(population: list[History], engine: DuckDB) -> Columns:
    register(population, engine)
    return Columns(resident(Tables(engine)), engine, CLOCK)


def apart(data: dict[str, object], population: list[History]) -> list[int]:
    chain = parsed(data).chain
    return [walk(chain, history, CLOCK).n_apart for history in population]


# What random worlds meet rarely.


def did(name: str, minute: float, **properties: object) -> Happened:
    return Happened(name, NOW - timedelta(hours=2) + timedelta(minutes=minute), properties)


TWO: list[dict[str, object]] = [{"did": "page"}, {"did": "purchase"}]


def three_ways(data: dict[str, object], *events: Happened, engine: DuckDB) -> int:
    """How often one person did a sequence; the same in Python, in SQL and over columns."""
    history = History(events)
    found = walk(parsed(data).chain, history, CLOCK).n_apart
    tables, rule = Tables(engine), parsed(data | {"exactly": found})
    register([history], engine)
    for by_columns in (True, False):
        assert evaluate({"a": Tried(rule)}, tables, by_columns=by_columns).members("a").tolist() == [1]
    return found


def test_what_happens_at_the_same_instant_is_no_sequence(engine: DuckDB) -> None:
    assert three_ways({"sequence": TWO}, did("page", 1), did("purchase", 1), engine=engine) == 0
    assert three_ways({"sequence": TWO}, did("page", 1), did("purchase", 1.0001), engine=engine) == 1


def test_one_event_is_not_two_steps(engine: DuckDB) -> None:
    twice = {"sequence": [{"did": "page"}, {"did": "page"}]}
    assert three_ways(twice, did("page", 1), did("page", 1), engine=engine) == 0
    assert three_ways(twice, *(did("page", n) for n in range(5)), engine=engine) == 2


def test_a_gap_may_be_used_up_to_its_very_end(engine: DuckDB) -> None:
    near = {"sequence": [{"did": "page"}, {"did": "purchase", "gap": "1 hour"}]}
    assert three_ways(near, did("page", 0), did("purchase", 60), engine=engine) == 1
    assert three_ways(near, did("page", 0), did("purchase", 60.00001), engine=engine) == 0


def test_the_whole_may_last_up_to_its_very_end(engine: DuckDB) -> None:
    short = {"sequence": TWO, "lasting": "1 hour"}
    assert three_ways(short, did("page", 0), did("purchase", 60), engine=engine) == 1
    assert three_ways(short, did("page", 0), did("purchase", 60.00001), engine=engine) == 0


def test_what_is_barred_may_stand_at_either_end(engine: DuckDB) -> None:
    clean = {"sequence": [{"did": "page"}, {"did": "purchase", "without": {"did": "refund"}}]}
    ends = did("page", 0), did("purchase", 10)
    assert three_ways(clean, *ends, did("refund", 0), did("refund", 10), engine=engine) == 1
    assert three_ways(clean, *ends, did("refund", 5), engine=engine) == 0
    assert three_ways(clean, *ends, did("refund", 5), did("page", 6), engine=engine) == 1


def test_a_day_of_elapsed_time_is_24_hours_whatever_the_clocks_do() -> None:
    """Summer time began in between: the same hour of the next day is 23 hours later."""
    assert (
        parsed({"sequence": TWO, "lasting": "1 day"}).chain.lasting
        == parsed({"sequence": TWO, "lasting": "1 days"}).chain.lasting
    )
    lasting = parsed({"sequence": TWO, "lasting": "2 weeks"}).chain.lasting
    assert lasting is not None
    assert lasting.length == timedelta(hours=336)


def test_what_has_no_value_is_like_nothing_and_so_bars_nothing(engine: DuckDB) -> None:
    same = {"sequence": [{"did": "page"}, {"did": "purchase", "same": {"product_id": 1}}]}
    assert three_ways(same, did("page", 0), did("purchase", 5), engine=engine) == 0
    barred = {"did": "refund", "same": {"product_id": 1}}
    clean = {"sequence": [{"did": "page"}, {"did": "purchase", "without": barred}]}
    assert three_ways(clean, did("page", 0), did("refund", 2), did("purchase", 5), engine=engine) == 1


def test_sequences_of_different_products_do_not_overlap_either(engine: DuckDB) -> None:
    same = {"sequence": [{"did": "page"}, {"did": "purchase", "same": {"product_id": 1}}]}
    crossed = [did("page", 0, product_id="a"), did("page", 1, product_id="b")]
    crossed += [did("purchase", 2, product_id="a"), did("purchase", 3, product_id="b")]
    assert three_ways(same, *crossed, engine=engine) == 1
    assert (
        three_ways(
            same, *crossed, did("page", 4, product_id="b"), did("purchase", 5, product_id="b"), engine=engine
        )
        == 2
    )


def test_events_outside_the_window_neither_count_nor_bar(engine: DuckDB) -> None:
    clean = {
        "sequence": [{"did": "page"}, {"did": "purchase", "without": {"did": "refund"}}],
        "within": {"last": "60 minutes"},
    }
    assert three_ways(clean, did("page", 60), did("purchase", 70), engine=engine) == 0
    assert three_ways(clean, did("page", 60.001), did("purchase", 70), engine=engine) == 1


def test_ten_steps_are_found(engine: DuckDB) -> None:
    steps = [
        {"did": ("page", "basket")[n % 2], "gap": "1 minute"} if n else {"did": "page"} for n in range(10)
    ]
    events = [did(("page", "basket")[n % 2], n) for n in range(10)]
    assert three_ways({"sequence": steps}, *events, engine=engine) == 1
    assert three_ways({"sequence": steps}, *events[:-1], engine=engine) == 0


def test_columns_leave_to_sql_what_would_take_too_much_room(
    engine: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that are not compared stand once for every product: a person with many would take many times their room."""
    free = {"sequence": [{"did": "page"}, {"did": "basket"}, {"did": "purchase", "same": {"product_id": 1}}]}
    events = [did("page", n, product_id=str(n)) for n in range(5)]
    events += [did("basket", n + 10) for n in range(5)] + [did("purchase", 30, product_id="3")]
    columns = columns_of([History(tuple(events))], engine)
    assert list(counts(parsed(free).chain, columns, 1) or ()) == [1]
    monkeypatch.setattr(over, "MOST_ROWS", 24)
    again = columns_of([History(tuple(events))], engine)
    assert counts(parsed(free).chain, again, 1) is None
    assert three_ways(free, *events, engine=engine) == 1


def test_columns_leave_two_references_to_sql(engine: DuckDB) -> None:
    both = {"sequence": [{"did": "page"}, {"did": "purchase", "same": {"product_id": 1, "size": 1}}]}
    events = did("page", 0, product_id="a", size=1), did("purchase", 5, product_id="a", size=1)
    assert counts(parsed(both).chain, columns_of([History(events)], engine), 1) is None
    assert three_ways(both, *events, engine=engine) == 1


def test_sql_uses_nothing_that_only_one_engine_has(engine: DuckDB) -> None:
    rule = parsed(
        {
            "sequence": [
                {"did": "page"},
                {
                    "did": "purchase",
                    "gap": "2 days",
                    "same": {"product_id": 1},
                    "without": {"did": "refund", "same": {"product_id": 1}},
                },
            ],
            "lasting": "1 week",
        }
    )
    register([], engine)
    scope = Scope(CLOCK, engine, Needs() | rule.needs(), lambda name: [])  # type: ignore[arg-type, return-value]
    written = sequences_sql(rule.chain, rule.times, scope).sql("spark")
    engine.drop(*scope.relations.values())
    assert "INTERVAL '2880' MINUTE" in written
    assert "`keys`.`key_1` IS NOT DISTINCT FROM `events`.`value_1`" in written
    assert not {"ASOF", "QUALIFY", "->", "RECURSIVE"} & set(written.split())


# How it reads.


def test_it_reads_out_so_that_it_could_be_written_again() -> None:
    rule = parsed(
        {
            "sequence": [
                {"did": "page", "where": {"category": "COFFEE"}},
                {"did": "purchase", "gap": "2 days", "same": {"product_id": 1}, "without": {"did": "refund"}},
            ],
            "lasting": "7 days",
            "at_least": 2,
            "within": {"last": "90 days"},
        }
    )
    assert describe(rule) == (
        'did page where (category equals "COFFEE"), then purchase with the same product_id as step 1'
        " at most 2 days later without refund in between, all in 7 days, at least 2 times, in the last 90 days"
    )


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([], "0 times: 0 of 2 steps"),
        ([did("page", 0)], "0 times: 1 of 2 steps"),
        ([did("page", 0), did("purchase", 90)], "0 times: all steps, but not in that time"),
        ([did("page", 0), did("purchase", 30)], "1 time, last 2017-07-01T10:30:00Z"),
    ],
)
def test_what_was_seen_says_how_far_it_came(events: list[Happened], says: str) -> None:
    rule = parsed({"sequence": TWO, "lasting": "1 hour"})
    assert rule.seen(History(tuple(events)), CLOCK) == says


STEP = {"did": "page"}


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        pytest.param({"sequence": "page"}, "rule.sequence", "a list of 2 to 10 steps", id="no list"),
        pytest.param({"sequence": [STEP]}, "rule.sequence", "a list of 2 to 10 steps", id="one step"),
        pytest.param(
            {"sequence": [STEP] * 11}, "rule.sequence", "a list of 2 to 10 steps", id="eleven steps"
        ),
        pytest.param({"sequence": [STEP, "page"]}, "rule.sequence[1]", "must hold keys", id="no step"),
        pytest.param({"sequence": [STEP, {}]}, "rule.sequence[1]", "did", id="a step of nothing"),
        pytest.param(
            {"sequence": [STEP, {"did": "purchas"}]},
            "rule.sequence[1].did",
            "did you mean 'purchase'?",
            id="an unknown event",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "without": {"did": "refunt"}}]},
            "rule.sequence[1].without.did",
            "did you mean 'refund'?",
            id="an unknown event that is barred",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "gab": "2 days"}]},
            "rule.sequence[1].gab",
            "did you mean 'gap'?",
            id="an unknown key",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "gap": "0 days"}]},
            "rule.sequence[1].gap",
            "longer than nothing",
            id="a gap of nothing",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "gap": "2 months"}]},
            "rule.sequence[1].gap",
            "minutes, hours, days, weeks",
            id="a gap without a fixed length",
        ),
        pytest.param(
            {"sequence": [STEP, STEP], "lasting": "200 years"},
            "rule.lasting",
            "elapsed",
            id="years of elapsed time",
        ),
        pytest.param(
            {"sequence": [STEP, STEP], "lasting": "99999 weeks"},
            "rule.lasting",
            "100 years",
            id="too long a time",
        ),
        pytest.param(
            {"sequence": [{"did": "page", "gap": "2 days"}, STEP]},
            "rule.sequence[0].gap",
            "no step before the first",
            id="a gap before the first step",
        ),
        pytest.param(
            {"sequence": [{"did": "page", "without": {"did": "refund"}}, STEP]},
            "rule.sequence[0].without",
            "no step before the first",
            id="something barred before the first step",
        ),
        pytest.param(
            {"sequence": [{"did": "page", "same": {"size": 1}}, STEP]},
            "rule.sequence[0].same",
            "no step before the first",
            id="the first step like another",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "same": {"size": 2}}]},
            "rule.sequence[1].same.size",
            "only as an earlier one",
            id="a step like itself",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "without": {"did": "page", "same": {"size": 2}}}]},
            "rule.sequence[1].without.same.size",
            "only as an earlier one",
            id="something barred like a later step",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "same": {"occurred_at": 1}}]},
            "rule.sequence[1].same.occurred_at",
            "one after the other",
            id="steps at the same instant",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "same": {"si ze": 1}}]},
            "rule.sequence[1].same.si ze",
            "cannot be the name of a property",
            id="what cannot be a property",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "gap": "2"}]},
            "rule.sequence[1].gap",
            "write 2 days",
            id="elapsed time without its unit",
        ),
        pytest.param(
            {"sequence": [STEP, {"did": "page", "same": {"size": 1, "url": 1, "brand": 1}}]},
            "rule.sequence",
            "3 different properties",
            id="three references",
        ),
        pytest.param(
            {"sequence": [STEP, STEP], "at_least": 1, "exactly": 2},
            "rule",
            "no more than one",
            id="two counts",
        ),
        pytest.param(
            {"sequence": [STEP, STEP], "within": {"past": "90 days"}},
            "rule.within.past",
            "last",
            id="an unknown window",
        ),
    ],
)
def test_a_mistake_is_told_where_it_stands(data: object, path: str, says: str) -> None:
    found = parse(Document("audiences/tea.yaml", "tea", {"rule": data}), VOCABULARY)
    assert isinstance(found, list), found
    told = [(problem.path, f"{problem.message} {problem.expected}") for problem in found]
    assert any(where == path and says in words for where, words in told), told


def test_all_mistakes_are_told_at_once() -> None:
    steps = [{"did": "pag"}, {"did": "purchas", "gap": "0 days"}, {"did": "page", "same": {"size": 3}}]
    found = parse(
        Document("audiences/tea.yaml", "tea", {"rule": {"sequence": steps, "within": {}}}), VOCABULARY
    )
    assert isinstance(found, list)
    assert len(found) == 4
