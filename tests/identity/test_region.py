"""Phone numbers that do not say their country, read as in the region that the project names; the same in SQL and in Python."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from headwater.core.project import open_project
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import column
from headwater.identity.declare import KindRules, Rules, heeding, read_rules
from headwater.identity.identifier import Identifier, define_kinds, identifier_kinds

TEXTS = ["030 12345678", "+1 415 555 2671", "0049 30 12345678", "none", None]
AS_GERMAN = ["+493012345678", "+14155552671", "+493012345678", None, None]


def phone(**said: object) -> Identifier:
    return heeding(Rules({"phone": KindRules.model_validate(said)}), identifier_kinds())["phone"]


def in_sql(kind: Identifier) -> list[str | None]:
    engine = DuckDB(threads=1)
    define_kinds(engine)
    engine.register("told", pa.table({"n": range(len(TEXTS)), "text": pa.array(TEXTS, pa.string())}))
    value = kind.to_sql(column("text")).sql(dialect=engine.dialect)
    found: list[str | None] = engine.table(f"SELECT {value} AS value FROM told ORDER BY n")[
        "value"
    ].to_pylist()
    engine.close()
    return found


def in_python(kind: Identifier) -> list[str | None]:
    return [None if text is None else kind.normalise(text) for text in TEXTS]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [None, "+14155552671", None, None, None]),
        ({"region": "DE"}, AS_GERMAN),
        ({"region": "DE", "blocked": ["030 12345678"]}, [None, "+14155552671", None, None, None]),
    ],
    ids=["no region", "a region", "a region and a blocked number written as there"],
)
def test_a_number_is_read_as_in_its_region(said: dict[str, object], expected: list[str | None]) -> None:
    assert in_python(phone(**said)) == expected
    assert in_sql(phone(**said)) == expected


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("phone", "region: XX\n", "there is no such region"),
        ("phone", "region: Germany\n", "pattern"),
        ("email", "region: DE\n", "of email no region makes a difference"),
    ],
)
def test_a_region_that_makes_no_sense_is_a_mistake(
    tmp_path: Path, kind: str, text: str, message: str
) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "identifiers").mkdir()
    (tmp_path / "identifiers" / f"{kind}.yaml").write_text(text)
    rules, problems = read_rules(open_project(tmp_path), identifier_kinds())
    assert rules.of == {}
    assert len(problems) == 1
    assert message in str(problems[0])
