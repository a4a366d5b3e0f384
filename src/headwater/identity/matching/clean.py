"""The spelling in which values are compared: what people write differently without meaning anything is taken away.

Reads the records as they came; gives one column a field, named after its kind, and `unique_id`: the place of the record
among all, by id. Nothing depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from headwater.core.errors import NotFoundError, SourceError, together
from headwater.engine.query import literal, name as quoted
from headwater.identity.matching.model import MatchField, MatchModel, used_kinds

ID, SOURCE = "unique_id", "source_dataset"

_TEXT = r"trim(regexp_replace(lower(strip_accents({})), '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"
_SIGNS = r"regexp_replace(lower(strip_accents({})), '[^\p{{L}}\p{{N}}]+', '', 'g')"
_DIGITS = "regexp_replace({}, '[^0-9]+', '', 'g')"
_PHONE_DIGITS = 9  # the last ones: what stands before them is the country, written or not


def clean(records: pa.Table, model: MatchModel, project: Callable[[pa.Table, str], pa.Table]) -> pa.Table:
    """The records in the spelling in which they are compared, sorted by id.

    Args:
        records: one row a record, with the model's columns.
        model: which column is what.
        project: runs a select list over a table, row by row and in its order.

    Returns:
        `unique_id` (0, 1, …), `source_dataset` if the model has a source, and a text column a field.

    Raises:
        NotFoundError: columns that the records do not have, all of them.
        SourceError: an id that is missing or not unique.
    """
    _require(records, model)
    ordered = records.sort_by(model.id)
    selected = [f"{expression} AS {quoted(column)}" for column, expression in columns(model).items()]
    cleaned = project(ordered, ", ".join(selected))
    cleaned = cleaned.append_column(ID, pa.array(range(len(ordered)), pa.int64()))
    if model.source is not None:
        cleaned = cleaned.append_column(SOURCE, ordered.column(model.source).cast(pa.string()))
    return cleaned


def columns(model: MatchModel) -> Mapping[str, str]:
    """SQL over the records for every cleaned column, by its name: the kind's, numbered where there are several."""
    found: dict[str, str] = {}
    for field in model.fields:
        if field.kind in used_kinds(model.level):
            number = sum(column.split(".")[0] == field.kind for column in found) + 1
            found[field.kind if number == 1 else f"{field.kind}_{number}"] = _expression(field)
    return found


def _expression(field: MatchField) -> str:
    """SQL for one field; NULL where nothing is left of it."""
    raw = f"CAST({quoted(field.column)} AS VARCHAR)"
    if field.kind == "birth_date":
        return _birth_date(raw, field.format)
    if field.kind == "phone":
        return f"nullif(right({_DIGITS.format(raw)}, {_PHONE_DIGITS}), '')"
    if field.kind == "email":
        text = f"trim(lower({raw}))"
        return f"CASE WHEN contains({text}, '@') THEN {text} END"
    pattern = _SIGNS if field.kind in ("national_id", "postcode", "house_number") else _TEXT
    return f"nullif({pattern.format(raw)}, '')"


def _birth_date(raw: str, form: str) -> str:
    """Eight digits, year first; a date that does not exist as the digits that it was written with."""
    days = " ".join(
        f"WHEN try_strptime({raw}, {literal(each).sql('duckdb')}) IS NOT NULL "
        f"THEN strftime(try_strptime({raw}, {literal(each).sql('duckdb')}), '%Y%m%d')"
        for each in dict.fromkeys((form, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"))
    )
    return f"CASE {days} ELSE nullif({_DIGITS.format(raw)}, '') END"


def _require(records: pa.Table, model: MatchModel) -> None:
    wanted = [model.id, *([model.source] if model.source else [])]
    wanted += [field.column for field in model.fields]
    known = records.column_names
    lacking = [NotFoundError("column", each, known) for each in dict.fromkeys(wanted) if each not in known]
    if lacking:
        raise together(lacking)
    ids = records.column(model.id)
    if ids.null_count or pc.count_distinct(ids).as_py() != len(ids):
        raise SourceError(
            f"column '{model.id}' has missing or repeated values: every record needs an id of its own"
        )
