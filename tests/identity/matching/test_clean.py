"""What people write differently without meaning anything is the same after cleaning."""

from __future__ import annotations

import pyarrow as pa
import pytest

from headwater.identity.matching.clean import clean, columns
from headwater.identity.matching.model import MatchModel
from headwater.identity.matching.session import session


@pytest.mark.parametrize(
    ("kind", "raw", "cleaned"),
    [
        ("first_name", " José-María ", "jose maria"),
        ("last_name", " - ", None),
        ("birth_date", "24.12.1980", "19801224"),
        ("birth_date", "1980-12-24", "19801224"),
        ("birth_date", "1980-13-24", "19801324"),
        ("email", " Ann@Mail.Example", "ann@mail.example"),
        ("email", "none", None),
        ("phone", "+49 (711) 123-4567", "111234567"),
        ("phone", "0711 / 123 45 67", "111234567"),
        ("postcode", "sw1a 1aa", "sw1a1aa"),
        ("house_number", "12 A", "12a"),
    ],
)
def test_a_value_is_cleaned(kind: str, raw: str, cleaned: str | None) -> None:
    fields = [{"kind": kind, "column": "a", "format": "%d.%m.%Y"}, {"kind": "national_id", "column": "b"}]
    model = MatchModel.model_validate({"fields": fields})
    with session() as opened:
        found = clean(pa.table({"id": [1], "a": [raw], "b": ["x"]}), model, opened.project)
    assert found.column(kind).to_pylist() == [cleaned]


def test_several_texts_are_columns_of_their_own() -> None:
    fields = [{"kind": "text", "column": name} for name in "xy"] + [{"kind": "email", "column": "mail"}]
    assert list(columns(MatchModel.model_validate({"fields": fields}))) == ["text", "text_2", "email"]


def test_a_column_with_quotes_in_its_name_is_only_a_name() -> None:
    model = MatchModel.model_validate({"fields": [{"kind": "email", "column": 'a" --'}]})
    with session() as opened:
        found = clean(pa.table({"id": [1], 'a" --': ["x@y.example"]}), model, opened.project)
    assert found.column("email").to_pylist() == ["x@y.example"]
