"""Pseudonymised exports: an audience as a file that names nobody, for one recipient, from Python and the command line.

Reads `traits`, `identity_map`, and what the gate reads; writes the file, and, through `exports`, that it was given away. It is
noted before the file is there under its name, and there is no half of a file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from headwater.core.errors import StorageError, UserError
from headwater.core.project import Project
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.flow.definitions import Definitions, read_definitions
from headwater.flow.sharing.permitted import Sharing, declared_traits, labels_of, permitted
from headwater.privacy.anonymity.exports import Export, open_exports
from headwater.privacy.anonymity.groups import in_large_groups
from headwater.privacy.anonymity.pseudonyms import Pseudonyms
from headwater.privacy.gate import Permitted
from headwater.privacy.labels import Label
from headwater.tables.workspace import Workspace, read

PERSON, NODE = "person", "person_node"
_PEOPLE = "people_to_export"
_VALUE = {
    "text": "text",
    "number": "number",
    "boolean": "boolean",
    "instant": "instant",
    "texts": "array_to_string(texts, ';')",
}


@dataclass(frozen=True)
class Pseudonymised:
    """What was given away.

    Attributes:
        left_out: how many are not in it because of the gate, by reason.
        n_in_small_groups: how many are not in it because too few are like them.
        n_traits_left_out: traits that were not asked for by name and are labelled.
    """

    export: Export
    left_out: Mapping[str, int]
    n_in_small_groups: int
    n_traits_left_out: int


def pseudonymise(sharing: Sharing, file: Path, project: Project, traits: Sequence[str] = ()) -> Pseudonymised:
    """Write an audience's members and their traits into a CSV or Parquet file, each by the recipient's pseudonym.

    Args:
        sharing: whom, for whom, what for.
        file: where; there must be none yet.
        project: of which project.
        traits: which; if none is named, all without labels.

    Raises:
        UserError: the file is there already, or of another kind; an identifier was asked for; nobody is left.
        NotFoundError: there is no such audience or trait.
        Refusal: the gate refused.
        StorageError: the file cannot be written.
    """
    write = _writer(file)
    with read(project) as workspace:
        definitions = read_definitions(workspace)
        fields = _fields(traits, definitions)
        accepts = sharing.accepts | {Label.PSEUDONYM}
        asked = Sharing(sharing.audience, sharing.recipient, sharing.purpose, accepts)
        people = permitted(asked, {**fields, PERSON: frozenset({Label.PSEUDONYM})}, workspace, definitions)
        rows = _rows(people, list(fields), workspace)
        kept = in_large_groups(rows, _quasi(list(fields), project), project.config.anonymity.least)
        if not kept.num_rows:
            raise UserError(
                f"nobody of '{sharing.audience}' can be in it: {rows.num_rows:,} are permitted, and too few are alike",
                next_step="name fewer traits with --trait, or declare by which ones people can be recognised "
                "under `anonymity: {quasi_identifiers: […]}`",
            )
        shown = _by_pseudonym(kept, Pseudonyms(sharing.recipient, workspace.seals))
    node_ids = kept[NODE].to_numpy()
    with _draft(file, write, shown) as draft, open_exports(project) as exports:
        export = exports.note(sharing.recipient, people.purpose, sharing.audience, list(fields), node_ids)
        draft.replace(file)
    left_out = {reason.value: n for reason, n in people.left_out.items()}
    n_labelled = 0 if traits else len(declared_traits(definitions)) - len(fields)
    return Pseudonymised(export, left_out, rows.num_rows - kept.num_rows, n_labelled)


def _fields(traits: Sequence[str], definitions: Definitions) -> dict[str, frozenset[Label]]:
    """What is to be in it, with labels.

    Raises:
        UserError: an identifier was asked for.
        NotFoundError: there is no such trait.
    """
    if not traits:
        known = labels_of(sorted(declared_traits(definitions)), definitions)
        return {name: labels for name, labels in known.items() if not labels}
    found = labels_of(list(dict.fromkeys(traits)), definitions)
    named = [name for name, labels in found.items() if Label.IDENTIFIER in labels]
    if named:
        raise UserError(
            f"{', '.join(named)}: an identifier, which no pseudonymised file may hold",
            next_step="leave it out: people are in it by pseudonym",
        )
    return found


def _quasi(columns: Sequence[str], project: Project) -> list[str]:
    """Of the columns, those by which somebody could be recognised: as declared, or all."""
    declared = project.config.anonymity.quasi_identifiers
    return [name for name in columns if declared is None or name in declared]


def _rows(people: Permitted, traits: Sequence[str], workspace: Workspace) -> pa.Table:
    """The permitted people, a row each: the first identifier that they were known by, and their traits."""
    engine = workspace.engine
    engine.register(_PEOPLE, pa.table({"profile_id": pa.array(people.profile_ids, pa.int64())}))
    found = engine.table(f"SELECT DISTINCT trait, type FROM traits WHERE trait IN ({_listed(traits)})")
    types = dict(zip(found["trait"].to_pylist(), found["type"].to_pylist(), strict=True))
    columns = [f"first.node_id AS {NODE}"]
    joins = []
    for place, name in enumerate(traits):
        value = _VALUE[types.get(name, "text")]
        columns.append(f"t{place}.value AS {quoted(name)}")
        joins.append(
            f"LEFT JOIN (SELECT profile_id, {value} AS value FROM traits "
            f"WHERE trait = {literal(name).sql(DIALECT)}) AS t{place} USING (profile_id)"
        )
    first = f"SELECT profile_id, min(node_id) AS node_id FROM identity_map SEMI JOIN {_PEOPLE} USING (profile_id) GROUP BY ALL"
    try:
        return engine.table(f"SELECT {', '.join(columns)} FROM ({first}) AS first {' '.join(joins)}")
    finally:
        engine.drop(_PEOPLE)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(literal(name).sql(DIALECT) for name in ("", *names))


def _by_pseudonym(rows: pa.Table, pseudonyms: Pseudonyms) -> pa.Table:
    """The rows by pseudonym alone, and in its order: the order of profiles tells who came first."""
    told = pa.array([pseudonyms.of(node) for node in rows[NODE].to_pylist()], pa.string())
    return rows.set_column(0, PERSON, told).sort_by(PERSON)


Write = Callable[[pa.Table, Path], None]


def _writer(file: Path) -> Write:
    """What writes a file of this kind.

    Raises:
        UserError: the file is there already, or of another kind.
    """
    writers: dict[str, Write] = {".csv": pa_csv.write_csv, ".parquet": pq.write_table}
    if file.suffix.lower() not in writers:
        raise UserError(
            f"{file.name} is neither CSV nor Parquet", next_step="name it like export.csv or export.parquet"
        )
    if file.exists():
        raise UserError(f"there is a file {file.name} already", next_step="remove it, or name another one")
    return writers[file.suffix.lower()]


@contextmanager
def _draft(file: Path, write: Write, rows: pa.Table) -> Iterator[Path]:
    """A file with rows beside the one that it is to become; gone, if it does not.

    Raises:
        StorageError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{uuid4().hex}.draft")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        write(rows, draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        yield draft
    except OSError as error:
        raise StorageError(
            f"{file.name} could not be written: {error.strerror or type(error).__name__}",
            next_step="make room, or write to a folder that may be written to",
        ) from None
    finally:
        draft.unlink(missing_ok=True)
