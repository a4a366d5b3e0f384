"""The contract kit of identifier kinds: every one that is discovered must keep it, there is no list of exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.activate.destination import Form
from headwater.engine.engine import Engine
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import column
from headwater.identity.identifier import (
    INVISIBLE,
    SPACES,
    Called,
    Identifier,
    define_kinds,
    identifier_kinds,
    lookup_kinds,
)

KINDS = [pytest.param(kind, id=name) for name, kind in identifier_kinds().items()]
EXAMPLES = [
    pytest.param(kind, raw, expected, id=f"{name}-{number}")
    for name, kind in identifier_kinds().items()
    for number, (raw, expected) in enumerate(kind.examples, start=1)
]
IN_SQL = [each for each in KINDS if not isinstance(each.values[0].to_sql, Called)]
NO_VALUES = [
    "null",
    "NULL",
    "None",
    "undefined",
    "unknown",
    "N/A",
    "(not set)",
    "0",
    "000000",
    "-",
    "-1",
    "anonymous",
    "test",
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
RAW = sorted({raw for kind in identifier_kinds().values() for raw, _ in kind.examples})


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """An example with something put in, left out or in another case."""
    raw = draw(st.sampled_from(RAW))
    begin, end = sorted((draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))))
    change = draw(
        st.sampled_from([str.upper, str.lower, str.title, lambda text: text + draw(ODD), lambda _: draw(ODD)])
    )
    return raw[:begin] + change(raw[begin:end]) + raw[end:]


GIVEN = TEXT | ADDRESS | nearly()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = DuckDB(threads=1)
    define_kinds(opened)
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
    assert {"anonymous_id", "email", "household_id", "user_id", "phone", "device_id"} <= set(
        identifier_kinds()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_is_and_shows_valid_and_invalid_texts(kind: Identifier) -> None:
    assert kind.meaning.endswith(".")
    assert 0 < kind.strength <= 100
    assert any(expected is not None for _, expected in kind.examples)
    assert any(expected is None for _, expected in kind.examples)
    assert kind.names in ("person", "device", "household")


@pytest.mark.parametrize(("kind", "raw", "expected"), EXAMPLES)
def test_an_example_holds_in_python_and_in_sql(
    kind: Identifier, raw: str, expected: str | None, engine: Engine
) -> None:
    assert kind.normalise(raw) == expected
    assert in_sql(kind, [raw], engine) == [expected]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(GIVEN, min_size=1, max_size=20))
def test_sql_and_python_give_the_same(kind: Identifier, texts: list[str], engine: Engine) -> None:
    assert in_sql(kind, texts, engine) == [kind.normalise(text) for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize("kind", IN_SQL)
def test_sql_and_python_give_the_same_for_every_character(kind: Identifier, engine: Engine) -> None:
    every = [chr(code) for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000]
    raw = kind.examples[0][0]
    own = (f"{raw[:place]}{{}}{raw[place + 1 :]}" for place in (0, 1, 2, len(raw) - 1))
    for shape in ("{}", "x{}y@b.org", "a@x{}.org", "ab{}@example.org", "{}ab@example.org", *own):
        texts = [shape.format(character) for character in every]
        found = in_sql(kind, texts, engine)
        differ = [
            hex(ord(one))
            for one, text, in_engine in zip(every, texts, found, strict=True)
            if kind.normalise(text) != in_engine
        ]
        assert differ == [], shape


@pytest.mark.parametrize("kind", KINDS)
@given(text=GIVEN)
def test_what_is_normalised_stays_as_it_is(kind: Identifier, text: str) -> None:
    value = kind.normalise(text)
    assert value is None or kind.normalise(value) == value != ""


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_nothing(kind: Identifier, engine: Engine) -> None:
    assert in_sql(kind, [None, "", SPACES], engine) == [None, None, None]


@pytest.mark.parametrize("kind", KINDS)
@given(text=GIVEN)
def test_what_is_normalised_has_no_spaces_around_it_and_can_be_asked_about(
    kind: Identifier, text: str
) -> None:
    value = kind.normalise(text)
    if value is not None:
        assert value == value.strip(SPACES)
        assert kind.is_junk(value) in (True, False)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_no_junk(kind: Identifier) -> None:
    assert [value for _, value in kind.examples if value is not None and kind.is_junk(value)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", NO_VALUES)
def test_what_stands_for_nothing_is_junk_if_it_is_valid_at_all(kind: Identifier, text: str) -> None:
    value = kind.normalise(text)
    assert value is None or kind.is_junk(value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hashed_form_is_one_that_destinations_know_and_hides_the_value(kind: Identifier) -> None:
    assert set(kind.hash_forms) <= {form.value for form in Form if form is not Form.PLAIN}
    for _, value in kind.examples:
        for form, hashed in kind.hash_forms.items():
            if value is not None:
                size = {"sha256_hex": 64, "sha256_base64": 44}[form]
                assert len(hashed(value)) == size


@pytest.mark.parametrize("kind", KINDS)
def test_a_direct_identifier_can_be_given_out_hashed_or_not_at_all(kind: Identifier) -> None:
    assert not kind.is_direct or kind.hash_forms or kind.is_evidence_only


def test_nobody_is_looked_up_by_what_is_only_evidence() -> None:
    assert set(identifier_kinds()) - set(lookup_kinds()) == {"postal"}


@pytest.mark.parametrize("kind", [each for each in KINDS if each.id in ("email", "phone", "postal")])
@pytest.mark.parametrize("character", INVISIBLE, ids=lambda character: f"U+{ord(character):04X}")
def test_a_character_that_shows_nowhere_makes_no_other_address(
    kind: Identifier, character: str, engine: Engine
) -> None:
    [(raw, expected), *_] = kind.examples
    text = character + character.join(raw.strip()) + character
    assert kind.normalise(text) == expected
    assert in_sql(kind, [text], engine) == [expected]
