"""What a load states of consents: choices in columns and, where consent signals come along, what these say.

Reads the usable rows of a load, with their nodes, and `consents`. Writes `consents` and, of signals that are none,
`refused_signals`. Consents are a history: a statement is added only where it differs from the newest one that the same source
made of the same identifier, or comes live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from headwater.collect.outcome import BROWSER
from headwater.engine.query import DIALECT, Query, literal, name as quoted
from headwater.events.nodes import KNOWN, node_of
from headwater.events.step import Load
from headwater.privacy.consent import BY_GPC, Lasting
from headwater.privacy.signals.gpc import flag_is_set
from headwater.privacy.signals.incoming import Signal, Signals
from headwater.privacy.wishes import RefusedSignal, Wish, hearing_of
from headwater.tables import consents, refused_signals
from headwater.tables.workspace import Publication, Workspace

_WISHES = "wishes_of_load"
_SCHEMA = pa.schema(
    {
        "line": pa.int64(),
        "kind": pa.string(),
        "purpose": pa.string(),
        "state": pa.string(),
        "stated_at": pa.timestamp("us"),
        "signal": pa.string(),
        "string": pa.string(),
        "overruled": pa.string(),
    }
)
_YES = ("true", "yes")
Row = dict[str, object]


def write_consents(load: Load, rows: str, out: Publication, wishes: Sequence[Row] = ()) -> None:
    """Append what rows say about consent and had not said before; of what a load says at different times, the newest.

    `wishes`: what signals say that were heard already, as `wish_row` has it.
    """
    heard, refused = _heard(load, rows)
    write_refused(load.name, refused, load.workspace, out)
    wished = [*wishes, *heard]
    said = [_said(load, index) for index, each in enumerate(load.source.consents) if not each.signal]
    if not said and not wished:
        return
    engine = load.workspace.engine
    engine.register(_WISHES, pa.Table.from_pylist(wished, schema=_SCHEMA))
    try:
        if engine.create("news_to_append", _news(load, rows, [*said, *_wished(load)])):
            out.append(consents.TABLE, "SELECT * FROM news_to_append")
    finally:
        engine.drop(_WISHES)


def wish_row(line: int, wish: Wish, kind: str | None) -> Row:
    """A wish as a row; `kind`: of which kind is the identifier that it is said of, None: the strongest."""
    return {
        "line": line,
        "kind": kind,
        "purpose": wish.purpose,
        "state": "granted" if wish.is_granted else "denied",
        "stated_at": wish.at,
        "signal": wish.signal,
        "string": wish.string or None,
        "overruled": ", ".join(wish.overruled) or None,
    }


def write_refused(
    source: str, refused: Iterable[RefusedSignal], workspace: Workspace, out: Publication
) -> None:
    """Count the signals that were none."""
    rows = [
        {
            "source": source,
            "signal": each.signal,
            "reason": each.fault,
            "detail": each.detail,
            "n_signals": n_signals,
            "loaded_at": workspace.loaded_at.replace(tzinfo=None),
        }
        for each, n_signals in sorted(Counter(refused).items(), key=lambda one: one[0].signal)
    ]
    if rows:
        out.append_rows(
            refused_signals.TABLE, pa.Table.from_pylist(rows, schema=refused_signals.TABLE.schema)
        )


def _news(load: Load, rows: str, stated: Sequence[str]) -> Query:
    again = " OR said.stated_at > known.stated_at" if load.keeps_repeats else ""
    return (
        node_of(load, rows)
        .step("every_statement", " UNION ALL ".join(stated))
        .step("said", _newest_said(load))
        .step("known", _newest_known(load))
        .step(
            "news",
            f"SELECT said.*, {_text(load.name)} AS source FROM said LEFT JOIN known USING (node_id, purpose, is_by_gpc) "
            f"WHERE known.node_id IS NULL OR said.state <> known.state{again}",
        )
        # What was said and taken back at one moment (`now` is fixed) needs no repeating: the stricter counts.
        .step(
            "unsaid",
            "SELECT * FROM news ANTI JOIN consents ON consents.node_id = news.node_id AND consents.purpose = news.purpose "
            "AND consents.source = news.source AND consents.stated_at = news.stated_at AND consents.state = news.state "
            "AND consents.signal IS NOT DISTINCT FROM news.signal",
        )
    )


def _said(load: Load, index: int) -> str:
    """The statements of one mapping of the source's file."""
    consent = load.source.consents[index]
    value = quoted(f"consent:{index}")
    return (
        f"SELECT line, node_id, {_text(consent.purpose or '')} AS purpose, "
        f"CASE WHEN {value} THEN 'granted' ELSE 'denied' END AS state, {_stated_at(load, index)} AS stated_at, "
        "CAST(NULL AS VARCHAR) AS signal, CAST(NULL AS VARCHAR) AS string, CAST(NULL AS VARCHAR) AS overruled "
        f"FROM with_nodes WHERE {value} IS NOT NULL"
    )


def _wished(load: Load) -> Iterator[str]:
    """The statements of signals: of each row's own identifier, and of the browser's."""
    columns = ", ".join(
        f"wishes.{each}" for each in ("purpose", "state", "stated_at", "signal", "string", "overruled")
    )
    wishes = f"{_WISHES} AS wishes JOIN with_nodes USING (line)"
    yield f"SELECT line, with_nodes.node_id, {columns} FROM {wishes} WHERE wishes.kind IS NULL"
    if BROWSER in load.kinds:
        value = quoted(f"identifier:{BROWSER}")
        yield (
            f"SELECT line, known.node_id, {columns} FROM {wishes} JOIN {KNOWN} AS known "
            f"ON known.identifier = wishes.kind AND known.value = with_nodes.{value}"
        )


def _stated_at(load: Load, index: int) -> str:
    own = [quoted(f"consent_at:{index}")] if load.source.consents[index].time else []
    own = own or (["occurred_at"] if load.source.event else [])
    return f"coalesce({', '.join([*own, literal(load.workspace.clock.now()).sql(dialect=DIALECT)])})"


def _newest_said(load: Load) -> str:
    """Of each line of statements the newest; of those of one moment the stricter of live ones, else the last row's."""
    strict = "state = 'granted'"
    order = f"{strict}, line DESC" if load.keeps_repeats else f"line DESC, {strict}"
    until = Lasting.of(load.workspace.project.config.purposes).until_in_sql()
    return (
        f"SELECT *, {BY_GPC} AS is_by_gpc, CASE WHEN NOT {BY_GPC} THEN {until} END AS until_at FROM every_statement "
        f"QUALIFY row_number() OVER (PARTITION BY node_id, purpose, is_by_gpc ORDER BY stated_at DESC, {order}) = 1"
    )


def _newest_known(load: Load) -> str:
    return (
        f"SELECT *, {BY_GPC} AS is_by_gpc FROM consents WHERE source = {_text(load.name)} "
        "QUALIFY row_number() OVER (PARTITION BY node_id, purpose, is_by_gpc ORDER BY stated_at DESC) = 1"
    )


# Signals in columns


def _heard(load: Load, rows: str) -> tuple[list[Row], list[RefusedSignal]]:
    """What the signals in the source's columns say, row by row, and those that are none."""
    mapped = {index: Signal(each.signal) for index, each in enumerate(load.source.consents) if each.signal}
    wishes: list[Row] = []
    refused: list[RefusedSignal] = []
    if not mapped:
        return wishes, refused
    hearing = hearing_of(load.workspace.project)
    at = f"coalesce({', '.join(_stated_at(load, index) for index in mapped)})"
    columns = ", ".join(quoted(f"consent:{index}") for index in mapped)
    for batch in load.workspace.engine.stream(f"SELECT line, {at} AS at, {columns} FROM {quoted(rows)}"):
        for row in batch.to_pylist():
            signals = _signals({signal: row[f"consent:{index}"] for index, signal in mapped.items()})
            if signals:
                heard = hearing.hear(signals, {}, _utc(row["at"]))
                refused += heard.refused
                wishes += [each for wish in heard.wishes for each in _rows_of(wish, row["line"])]
    return wishes, refused


def _signals(told: dict[Signal, str | None]) -> Signals:
    said = {signal: text.strip() for signal, text in told.items() if text and text.strip()}
    gpc = said.pop(Signal.GPC, "")
    return Signals(said, flag_is_set(gpc) or gpc.lower() in _YES)


def _rows_of(wish: Wish, line: int) -> Iterator[Row]:
    yield wish_row(line, wish, None)
    if wish.signal == Signal.GPC:
        yield wish_row(line, wish, BROWSER)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
