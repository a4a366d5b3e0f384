"""Make a base: everyone in the lake, laid out so that one person can be read in a moment.

Reads `identity_map`, `nodes`, `events`, `attributes`, `consents`, `traits`, `memberships`, `list_entries`, `identity_decisions`,
`evidence_aside`, and who meets which condition, now and a little later. Writes `live/base/`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import lmdb
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.evaluate import Named, evaluate
from headwater.audiences.listed import LISTED
from headwater.audiences.rule import Rule, SetCondition
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.core.clock import Clock
from headwater.engine.bitmaps import unpack
from headwater.engine.engine import Engine
from headwater.engine.lake import write_atomically
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.live.base import GROUPS, NOBODY, Made
from headwater.live.make_parted import write_parted
from headwater.live.rules import EVERY, LiveRules, moves_daily
from headwater.live.state import micros
from headwater.privacy.consent import BY_GPC
from headwater.profiles.build import NOT_LIVE
from headwater.profiles.trait import TraitDeclaration
from headwater.tables import identity_decisions
from headwater.tables.table import VALUE_TYPES
from headwater.tables.workspace import Workspace

HORIZON = timedelta(minutes=30)  # how far ahead it is said whom time alone may move
_PEOPLE = "base_people"
_AT_ONCE = 16_384  # persons
_PACKED, _PLAIN = pa.ipc.IpcWriteOptions(compression="lz4"), pa.ipc.IpcWriteOptions()
_ROOM = 64 * 1024 * 1024  # bytes of address space for the index of identifiers, beside what it holds
Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Asked:
    rule: Rule


def make_base(
    workspace: Workspace, audiences: Mapping[str, Named], rules: LiveRules, position: int, name: str
) -> Made:
    """Make a base of the lake as it is, and let it be the current one.

    Args:
        workspace: the lake.
        audiences: the project's.
        rules: the same, made ready.
        position: of the last live event that is in the lake.
        name: of the base; no other may have it.
    """
    root = workspace.project.path("live", "base")
    folder = root / name
    folder.mkdir(parents=True)
    n_persons = _number_everyone(workspace.engine)
    np.save(folder / "profiles.npy", _profile_ids(workspace.engine))
    _write_people(folder, _queries(rules, workspace.clock.now()), workspace.engine)
    _write_identifiers(folder, workspace.engine)
    write_parted(folder, workspace.engine)
    answers = _answers(workspace, audiences, rules, workspace.clock.now())
    np.save(folder / "answers.npy", np.packbits(answers.T, axis=1, bitorder="little"))
    turning, until = _turning(answers, workspace, audiences, rules)
    np.save(folder / "turning.npy", turning)
    made = Made(
        name,
        rules.fingerprint,
        position,
        micros(workspace.clock.now()),
        micros(until),
        n_persons,
        decided_in(workspace),
    )
    (folder / "base.json").write_bytes(msgspec.json.encode(made))
    workspace.engine.drop(_PEOPLE)
    write_atomically(root / "current", json.dumps({"name": name}).encode())
    _remove_others(root, name)
    return made


def decided_in(workspace: Workspace) -> int:
    """The version of what people decided of identifiers; -1: they never did."""
    return workspace.snapshot.versions.get(identity_decisions.TABLE.name, -1)


def renew_turning(workspace: Workspace, audiences: Mapping[str, Named], rules: LiveRules, made: Made) -> Made:
    """Say of a base whom time alone may move from now on.

    The lake may have people by now who are not in the base, because they came live: they stand in the live store, which itself
    knows when they move. So people have other places now than in the base.
    """
    folder = workspace.project.path("live", "base", made.name)
    _number_everyone(workspace.engine)
    answers = _answers(workspace, audiences, rules, workspace.clock.now())
    turning, until = _turning(answers, workspace, audiences, rules)
    profiles = _profile_ids(workspace.engine)[turning]
    _, places, _ = np.intersect1d(
        np.load(folder / "profiles.npy"), profiles, assume_unique=True, return_indices=True
    )
    draft = folder / "turning.draft.npy"
    np.save(draft, places)
    draft.replace(folder / "turning.npy")
    workspace.engine.drop(_PEOPLE)
    renewed = msgspec.structs.replace(made, until=micros(until))
    write_atomically(folder / "base.json", msgspec.json.encode(renewed))
    return renewed


def _number_everyone(engine: Engine) -> int:
    """Give each profile its place, in the order in which sets of profiles have them."""
    return engine.create(
        _PEOPLE,
        "SELECT profile_id, row_number() OVER (ORDER BY profile_id) - 1 AS place "
        "FROM (SELECT DISTINCT profile_id FROM profiles WHERE profile_id IS NOT NULL) AS everyone",
    )


def _profile_ids(engine: Engine) -> npt.NDArray[np.int64]:
    """The profiles in the order of their places."""
    found = engine.table(f"SELECT profile_id FROM {_PEOPLE} ORDER BY place")["profile_id"]
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _queries(rules: LiveRules, now: datetime) -> dict[str, str]:
    """Of each group: `place` and `held`, what one person has of it as JSON; see `base.Held`."""
    of = f"JOIN identity_map USING (node_id) JOIN {_PEOPLE} USING (profile_id)"
    node = f"JOIN nodes USING (node_id) {of}"
    moment = literal(now).sql(dialect=DIALECT)
    value = (
        "CASE type "
        + " ".join(f"WHEN '{kind}' THEN to_json({quoted(kind)})" for kind in VALUE_TYPES)
        + " END"
    )
    newest = (
        f"SELECT *, {BY_GPC} AS is_by_gpc FROM consents {node} "
        f"QUALIFY stated_at > {moment} OR rank() OVER (PARTITION BY node_id, purpose, is_by_gpc, "
        f"coalesce(stated_at > {moment}, FALSE) ORDER BY stated_at DESC NULLS LAST) = 1"
    )
    stated = f"SELECT *, {value} AS held FROM attributes {node}"
    statement = "json_array(source, epoch_us(stated_at), json_array(identifier, value_index), held)"
    rows = {
        "identifiers": ("node_id, profile_id, identifier, value", f"nodes {of}"),
        "events": (
            _event_columns(rules),
            f"events {of} WHERE occurred_at <= {moment} AND {_of_events(rules)}",
        ),
        "consents": (_CONSENT, f"({newest})"),
        "memberships": (
            "audience, epoch_us(entered_at)",
            f"memberships JOIN {_PEOPLE} USING (profile_id)",
        ),
        "lists": ("list", f"({LISTED}) AS listed JOIN {_PEOPLE} USING (profile_id)"),
        "instants": (
            "trait, epoch_us(instant)",
            f"traits JOIN {_PEOPLE} USING (profile_id) WHERE type = 'instant'",
        ),
        "stated_instants": (
            "attribute, source, epoch_us(stated_at), json_array(identifier, value_index), epoch_us(instant)",
            f"attributes {node} WHERE type = 'instant'",
        ),
    }
    arrays = {
        group: f"SELECT place, '[' || string_agg(json_array({columns}), ',') || ']' AS held FROM {table} GROUP BY place"
        for group, (columns, table) in rows.items()
    }
    by_name = "SELECT place, '{' || string_agg(to_json(name) || ':' || held, ',') || '}' AS held FROM"
    return {
        **arrays,
        "traits": f"{by_name} (SELECT place, trait AS name, {value} AS held FROM traits JOIN {_PEOPLE} USING (profile_id) "
        f"WHERE type <> 'instant' AND {NOT_LIVE}) AS rows GROUP BY place",
        "attributes": f"{by_name} (SELECT place, attribute AS name, '[' || string_agg({statement}, ',') || ']' AS held "
        f"FROM ({stated}) AS stated WHERE type <> 'instant' GROUP BY place, attribute) AS rows GROUP BY place",
    }


_CONSENT = (
    "purpose, state = 'granted', coalesce(epoch_us(stated_at), 0), coalesce(epoch_us(until_at), 0), "
    "identifier, value_index, is_by_gpc"
)


def _event_columns(rules: LiveRules) -> str:
    """The event, and an object of those of its columns that somebody looks at; last its other properties, as they stand."""
    wanted = {name for names in rules.wanted.values() for name in names}
    columns = [name for name in EVENT_PROPERTIES if name in wanted and name != "occurred_at"]
    held = ", ".join(f"{literal(name).sql(dialect=DIALECT)}, {_without_nan(name)}" for name in columns)
    others = "properties" if wanted - EVENT_PROPERTIES.keys() else "NULL"
    return f"event, event_id, epoch_us(occurred_at), json_object({held}), {others}"


def _without_nan(name: str) -> str:
    """JSON has no NaN, and rules take it for missing."""
    column = quoted(name)
    return (
        f"CASE WHEN isfinite({column}) THEN {column} END"
        if EVENT_PROPERTIES[name] is ValueType.NUMBER
        else column
    )


def _of_events(rules: LiveRules) -> str:
    """SQL for events that somebody looks at."""
    if EVERY in rules.wanted:
        return "event IS NOT NULL"
    names = ", ".join(literal(name).sql(dialect=DIALECT) for name in sorted(rules.wanted))
    return f"event IN ({names})" if names else "FALSE"


def _write_people(folder: Path, queries: Mapping[str, str], engine: Engine) -> None:
    """One text a person, an array of the groups in the order in which they are read; null: they have nothing of it.

    Each group is asked for by itself and then put beside the others piece by piece: together they may be larger than memory.
    """
    paths = [folder / f"{group}.draft.arrow" for group in GROUPS]
    for group, path in zip(GROUPS, paths, strict=True):
        _write_texts(path, _group(queries[group], engine), _PACKED)
    with ExitStack() as opened:
        groups = [_pieces(pa.ipc.open_file(opened.enter_context(pa.memory_map(str(path))))) for path in paths]
        _write_texts(folder / "people.arrow", _side_by_side(groups), _PLAIN)
    for path in paths:
        path.unlink()


def _group(query: str, engine: Engine) -> Iterator[pa.Array]:
    """What each person has of a group, in the order of places, in pieces of _AT_ONCE."""
    rows = engine.stream(
        f"SELECT coalesce(held, 'null') AS held FROM {_PEOPLE} LEFT JOIN ({query}) AS found USING (place) ORDER BY place"
    )
    waiting = pa.chunked_array([], pa.large_string())
    for batch in rows:
        waiting = pa.chunked_array([*waiting.chunks, batch.column("held").cast(pa.large_string())])
        while len(waiting) >= _AT_ONCE:
            yield waiting.slice(0, _AT_ONCE).combine_chunks()
            waiting = waiting.slice(_AT_ONCE)
    if len(waiting):
        yield waiting.combine_chunks()


def _pieces(file: pa.RecordBatchFileReader) -> Iterator[pa.Array]:
    return (file.get_batch(number).column("held") for number in range(file.num_record_batches))


def _side_by_side(groups: Iterable[Iterator[pa.Array]]) -> Iterator[pa.Array]:
    """Texts of the same places as the items of one array each."""
    for pieces in zip(*groups, strict=True):
        items = pc.binary_join_element_wise(*pieces, _text(","))
        yield pc.binary_join_element_wise(_text("["), items, _text("]"), _text(""))


def _text(held: str) -> pa.Scalar:
    return pa.scalar(held, pa.large_string())


def _write_texts(path: Path, texts: Iterable[pa.Array], options: pa.ipc.IpcWriteOptions) -> None:
    """Write texts, and have the disk take them as they come: what waits for it when events do makes these wait, too."""
    schema = pa.schema([("held", pa.large_string())])
    with path.open("wb") as file, pa.ipc.new_file(file, schema, options=options) as out:
        for each in texts:
            out.write_batch(pa.record_batch([each], schema=schema))
            file.flush()
            os.fdatasync(file.fileno())


def _write_identifiers(folder: Path, engine: Engine) -> None:
    """The place of each identifier's person, or that it names nobody, sorted as the index wants them."""
    rows = engine.table(
        "SELECT value_index, place FROM nodes LEFT JOIN identity_map USING (node_id) "
        f"LEFT JOIN {_PEOPLE} USING (profile_id) WHERE value_index IS NOT NULL"
    )
    path = str(folder / "identifiers.mdb")
    env = lmdb.open(path, subdir=False, map_size=_ROOM + rows.nbytes * 8, lock=False, sync=False)
    try:
        with env.begin(write=True) as txn, txn.cursor() as cursor:
            cursor.putmulti(sorted(_places(rows)), append=True)
        env.sync(True)
        size = (env.info()["last_pgno"] + 1) * env.stat()["psize"]
    finally:
        env.close()
    os.truncate(path, size)  # it was mapped far beyond its end, and whoever copies it would copy all that


def _places(rows: pa.Table) -> Iterator[tuple[bytes, bytes]]:
    for batch in rows.to_batches():
        columns = [batch.column(name).to_pylist() for name in ("value_index", "place")]
        for index, place in zip(*columns, strict=True):
            yield index.encode(), (NOBODY if place is None else int(place)).to_bytes(8, "big")


def _answers(
    workspace: Workspace, audiences: Mapping[str, Named], rules: LiveRules, moment: datetime
) -> Bits:
    """Who meets which condition at a moment, shape (conditions, persons); a query that fails is met by nobody."""
    named = {f"condition {number}": _Asked(each) for number, each in enumerate(rules.conditions)}
    now = workspace.clock.now()
    held, workspace.clock = workspace.clock, Clock(workspace.clock.zone, moment)
    try:
        # Those that compare people are not told of by time; asking them again would only cost.
        later = {
            name: each
            for name, each in named.items()
            if moment == now or not isinstance(each.rule, SetCondition)
        }
        found = evaluate({**audiences, **later}, workspace, keeps_going=True)
    finally:
        workspace.clock = held
    size = found.universe.size
    answers = np.zeros((len(named), size), dtype=np.bool_)
    for number in range(len(named)):
        words = found.sets.words.get(f"condition {number}") if f"condition {number}" in found.sets else None
        if words is not None:
            answers[number] = unpack(words, size)
    return answers


def _turning(
    answers: Bits, workspace: Workspace, audiences: Mapping[str, Named], rules: LiveRules
) -> tuple[npt.NDArray[np.int64], datetime]:
    """The places of those whom time alone may move, and until which moment.

    Those whose answers are others then; and those of whom a trait is, that a condition looks at.
    """
    until = workspace.clock.now() + HORIZON
    differs = answers != _answers(workspace, audiences, rules, until)
    asked = [number for number in range(len(answers)) if number not in rules.compared]
    places = [np.flatnonzero(differs[asked].any(axis=0))] if asked else []
    places += [
        _with_moving_trait(rules.traits[name], name, workspace, until)
        for name in sorted(rules.traits.keys() & rules.by_trait.keys())
    ]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *places])), until


def _with_moving_trait(
    trait: TraitDeclaration, name: str, workspace: Workspace, until: datetime
) -> npt.NDArray[np.int64]:
    """The places of those of whom a computed trait moves with time alone until a moment."""
    engine, clock = workspace.engine, workspace.clock
    later = Clock(clock.zone, until)
    if (
        moves_daily(trait)
        and later.now().astimezone(clock.zone).date() != clock.now().astimezone(clock.zone).date()
    ):
        named = literal(name).sql(dialect=DIALECT)
        query = f"SELECT place FROM traits JOIN {_PEOPLE} USING (profile_id) WHERE trait = {named}"
    elif trait.within is not None:
        begin, end = (
            literal(trait.within.window(each).start).sql(dialect=DIALECT) for each in (clock, later)
        )
        query = (
            f"SELECT place FROM events JOIN identity_map USING (node_id) JOIN {_PEOPLE} USING (profile_id) "
            f"WHERE occurred_at > {begin} AND occurred_at <= {end}"
        )
    else:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(engine.table(query)["place"].to_numpy(), dtype=np.int64)


def _remove_others(root: Path, name: str) -> None:
    """Forget older bases; a process that reads one still has its files open."""
    for each in root.iterdir():
        if each.is_dir() and each.name != name:
            shutil.rmtree(each, ignore_errors=True)
