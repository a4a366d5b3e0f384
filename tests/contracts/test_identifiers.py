"""The contract kit of identifier kinds: every one that is discovered must keep it, there is no list of exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.engine.engine import Engine
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import column
from headwater.identity.identifier import SPACES, Identifier, identifier_kinds

KINDS = [pytest.param(kind, id=name) for name, kind in identifier_kinds().items()]
EXAMPLES = [
    pytest.param(kind, raw, expected, id=f"{name}-{number}")
    for name, kind in identifier_kinds().items()
    for number, (raw, expected) in enumerate(kind.examples, start=1)
]
ANY_CHARACTER = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
# What breaks comparisons in practice: spaces of every kind, letters whose small form is odd, and the parts of addresses.
ODD = st.sampled_from(
    [*SPACES, *"\x1c\x1f\u200b\ufeff\u0130\u0131\u03a3\u03c2\u1e9e\u01c5KÅÄä@.@.abZ+-_'\"\\%"]
)
TEXT = st.text(ANY_CHARACTER | ODD, max_size=12)
ADDRESS = st.builds(
    "{}{}@{}.{}{}".format,
    st.text(st.sampled_from(SPACES), max_size=2),
    TEXT,
    TEXT,
    TEXT,
    st.text(st.sampled_from(SPACES), max_size=2),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = DuckDB(threads=1)
    yield opened
    opened.close()


def in_sql(kind: Identifier, texts: Sequence[str | None], engine: Engine) -> list[str | None]:
    engine.register("texts", pa.table({"number": range(len(texts)), "raw": pa.array(texts, pa.string())}))
    value = kind.to_sql(column("raw")).sql(dialect=engine.dialect)
    found: list[str | None] = (
        engine.table(f"SELECT {value} AS value FROM texts ORDER BY number").column("value").to_pylist()
    )
    return found


def test_the_kit_sees_the_built_in_kinds() -> None:
    assert {"anonymous_id", "email", "household_id", "user_id"} <= set(identifier_kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_is_and_shows_valid_and_invalid_texts(kind: Identifier) -> None:
    assert kind.meaning.endswith(".")
    assert 0 < kind.strength <= 100
    assert any(expected is not None for _, expected in kind.examples)
    assert any(expected is None for _, expected in kind.examples)


@pytest.mark.parametrize(("kind", "raw", "expected"), EXAMPLES)
def test_an_example_holds_in_python_and_in_sql(
    kind: Identifier, raw: str, expected: str | None, engine: Engine
) -> None:
    assert kind.normalise(raw) == expected
    assert in_sql(kind, [raw], engine) == [expected]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT | ADDRESS, min_size=1, max_size=20))
def test_sql_and_python_give_the_same(kind: Identifier, texts: list[str], engine: Engine) -> None:
    assert in_sql(kind, texts, engine) == [kind.normalise(text) for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_sql_and_python_give_the_same_for_every_character(kind: Identifier, engine: Engine) -> None:
    every = [chr(code) for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000]
    for shape in ("{}", "x{}y@b.org", "a@x{}.org", "ab{}@example.org", "{}ab@example.org"):
        texts = [shape.format(character) for character in every]
        found = in_sql(kind, texts, engine)
        differ = [
            hex(ord(one))
            for one, text, own in zip(every, texts, found, strict=True)
            if kind.normalise(text) != own
        ]
        assert differ == [], shape


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXT | ADDRESS)
def test_what_is_normalised_stays_as_it_is(kind: Identifier, text: str) -> None:
    value = kind.normalise(text)
    assert value is None or kind.normalise(value) == value != ""


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_nothing(kind: Identifier, engine: Engine) -> None:
    assert in_sql(kind, [None, "", SPACES], engine) == [None, None, None]
