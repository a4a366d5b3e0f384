"""Lists that people upload: identifiers to include in audiences or to leave out of them.

Reads a file by the readers of `sources`, and `nodes` and `identity_map` to say who is known. Writes `list_entries` and
`list_uploads` together. A row that holds no valid identifier is counted with its reason and not kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.evaluate import Named
from headwater.audiences.operators.in_list import InList
from headwater.audiences.rule import conditions
from headwater.core.config import NAME
from headwater.core.errors import NotFoundError, UserError
from headwater.engine.query import column, literal
from headwater.engine.sealing import INDEX, SEAL
from headwater.identity.declare import as_said, read_rules
from headwater.identity.identifier import Identifier, define_kinds, lookup_kinds, trimmed
from headwater.privacy.shown import Harmless, People
from headwater.privacy.suppression import is_suppressed, register_suppressed
from headwater.sources.files import SOURCE as FILES, FilesRead
from headwater.sources.source import Load, Staged
from headwater.tables import list_entries, list_uploads
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace

_READ, _UPLOAD = "list_being_read", "list_upload"


@dataclass(frozen=True)
class Listed:
    """One list as it stands.

    Attributes:
        identifiers: the kinds of identifier on it.
        n_rows: rows of the files it was made from: valid + rejected.
        n_valid: rows with a valid identifier.
        n_distinct: different identifiers on it.
        n_matched: those of them that belong to a profile.
        n_profiles: the profiles they belong to.
        rejected: rejected rows by reason.
    """

    name: Harmless
    identifiers: tuple[Harmless, ...]
    n_rows: People
    n_valid: People
    n_distinct: People
    n_matched: People
    n_profiles: People
    rejected: Mapping[Harmless, People]

    @property
    def match_rate(self) -> float:
        """The share of its identifiers that belong to a profile; 0 for an empty list."""
        return self.n_matched / self.n_distinct if self.n_distinct else 0.0


def upload(
    name: str,
    file: Path,
    identifier: str,
    workspace: Workspace,
    *,
    read: FilesRead | None = None,
    is_new: bool = True,
) -> Listed:
    """Put the identifiers in a file on a list; gives the list as it then stands.

    Args:
        name: lower case letters, digits and underscores.
        file: CSV, TSV, JSON lines or Parquet.
        identifier: the kind and the column that holds it, as kind=column.
        workspace: a project that this process owns.
        read: how to read the file, where its name does not tell.
        is_new: whether the file is the whole list from now on; if not, it is added to what is there.

    Raises:
        UserError: a name that no list can have, or an identifier not written so.
        NotFoundError: an unknown kind of identifier, or no such column.
        SourceError: the file cannot be read.
    """
    if not re.fullmatch(NAME, name):
        raise UserError(
            f"'{name}' cannot be the name of a list", next_step="use lower case letters, digits and _"
        )
    kind, wanted = _kind_and_column(identifier)
    with _staged(file, read or FilesRead(path=str(file)), workspace) as staged:
        if wanted not in staged.columns:
            raise NotFoundError(f"column in {file.name}", wanted, staged.columns)
        rejected = _normalise(staged, wanted, kind, workspace)
        row = _row(name, kind, file.name, rejected, staged.n_received)
        _publish(row, workspace, is_new=is_new)
    return read_list(name, workspace)


def remove(name: str, workspace: Workspace) -> None:
    """Forget a list and everyone on it.

    Raises:
        NotFoundError: there is none.
    """
    _known(name, workspace)
    named = literal(name).sql(workspace.engine.dialect)
    with workspace.publish() as out:
        for table in (list_entries.TABLE, list_uploads.TABLE):
            out.replace(table, f"SELECT * FROM {table.name} WHERE list <> {named}")


def users(name: str, audiences: Mapping[str, Named]) -> list[str]:
    """The audiences whose rules refer to a list."""
    return sorted(
        audience
        for audience, declared in audiences.items()
        if any(isinstance(each, InList) and each.list == name for each in conditions(declared.rule))
    )


def list_names(workspace: Workspace) -> list[str]:
    """The names of all lists."""
    found = workspace.engine.table("SELECT DISTINCT list FROM list_uploads ORDER BY list")
    return [str(each) for each in found["list"].to_pylist()]


def read_list(name: str, workspace: Workspace) -> Listed:
    """One list as it stands.

    Raises:
        NotFoundError: there is none.
    """
    _known(name, workspace)
    named = literal(name).sql(workspace.engine.dialect)
    uploads = workspace.engine.table(f"SELECT * FROM list_uploads WHERE list = {named}").to_pylist()
    [held] = workspace.engine.table(_HELD.format(name=named)).to_pylist()
    rejected = sum((Counter(json.loads(each["rejected"])) for each in uploads), Counter[str]())
    return Listed(
        name,
        tuple(sorted({each["identifier"] for each in uploads})),
        sum(each["n_rows"] for each in uploads),
        sum(each["n_valid"] for each in uploads),
        held["n_distinct"],
        held["n_matched"],
        held["n_profiles"],
        dict(sorted(rejected.items())),
    )


_HELD = """
    SELECT
        count(*) AS n_distinct,
        count(profile_id) AS n_matched,
        count(DISTINCT profile_id) AS n_profiles
    FROM (SELECT identifier, value_index FROM list_entries WHERE list = {name}) AS entries
    LEFT JOIN nodes USING (identifier, value_index)
    LEFT JOIN identity_map USING (node_id)
"""


def _known(name: str, workspace: Workspace) -> None:
    names = list_names(workspace)
    if name not in names:
        raise NotFoundError("list", name, names)


def _kinds(workspace: Workspace) -> Mapping[str, Identifier]:
    """The kinds people are looked up by, read as the project says."""
    kinds = lookup_kinds()
    return as_said(read_rules(workspace.project, kinds)[0], kinds)


def _kind_and_column(given: str) -> tuple[str, str]:
    kind, separator, wanted = given.partition("=")
    if not separator or not wanted:
        raise UserError(
            "say which kind of identifier stands in which column",
            next_step="write kind=column, like email=E-Mail",
        )
    kinds = lookup_kinds()
    if kind not in kinds:
        raise NotFoundError("kind of identifier", kind, list(kinds))
    return kind, wanted


@contextmanager
def _staged(file: Path, read: FilesRead, workspace: Workspace) -> Iterator[Staged]:
    """The file's rows in the engine, and nothing left of them afterwards."""
    staged = FILES.stage(_UPLOAD, read, Load(str(file.absolute()), ""), workspace)
    try:
        yield staged
    finally:
        workspace.engine.drop(staged.table, _READ)


def _normalise(staged: Staged, wanted: str, name: str, workspace: Workspace) -> Counter[str]:
    """Make the relation `_READ` of valid values; gives the rejected rows by reason."""
    kind = _kinds(workspace)[name]
    raw: exp.Expression = exp.cast(column(wanted), "VARCHAR")
    rows = exp.select(
        exp.alias_(kind.to_sql(raw), "value", quoted=True),
        exp.alias_(trimmed(raw).is_(exp.Null()), "is_empty", quoted=True),
    ).from_(exp.to_identifier(staged.table, quoted=True).sql())
    engine = workspace.engine
    define_kinds(engine)
    kept_out = is_suppressed(name, "value") if register_suppressed(workspace) else "FALSE"
    engine.create(
        _READ,
        f"SELECT CASE WHEN {kept_out} THEN NULL ELSE value END AS value, is_empty, {kept_out} AS is_suppressed "
        f"FROM ({rows.sql(engine.dialect)}) AS read",
    )
    [n] = engine.table(
        "SELECT count(*) FILTER (is_empty AND value IS NULL) AS n_empty, count(*) FILTER (is_suppressed) AS n_suppressed,"
        f" count(*) FILTER (value IS NULL AND NOT is_suppressed) AS n_none FROM {_READ}"
    ).to_pylist()
    rejected = Counter(str(each.reason.value) for each in staged.rejected)
    rejected[Reason.MISSING_VALUE.value] += n["n_empty"]
    rejected[Reason.INVALID_IDENTIFIER.value] += n["n_none"] - n["n_empty"]
    rejected[Reason.SUPPRESSED.value] += n["n_suppressed"]
    return +rejected


def _row(name: str, kind: str, file: str, rejected: Counter[str], n_rows: int) -> dict[str, object]:
    """An upload as a row of `list_uploads`, but for its moment."""
    return {
        "list": name,
        "file": file,
        "identifier": kind,
        "n_rows": n_rows,
        "n_valid": n_rows - rejected.total(),
        "rejected": json.dumps(dict(sorted(rejected.items()))),
    }


def _publish(row: dict[str, object], workspace: Workspace, *, is_new: bool) -> None:
    engine = workspace.engine
    moment = workspace.loaded_at.astimezone(UTC).replace(tzinfo=None)
    engine.register(_UPLOAD, pa.Table.from_pylist([row | {"uploaded_at": moment}], list_uploads.TABLE.schema))
    named = literal(str(row["list"])).sql(engine.dialect)
    kept = f"WHERE list <> {named}" if is_new else ""
    try:
        with workspace.publish() as out:
            out.replace(list_entries.TABLE, _ENTRIES.format(kept=kept))
            out.replace(
                list_uploads.TABLE, f"SELECT * FROM list_uploads {kept} UNION ALL SELECT * FROM {_UPLOAD}"
            )
    finally:
        engine.drop(_UPLOAD)


# Who was on the list before keeps the moment of being put there.
_ENTRIES = f"""
    SELECT list, identifier, value, value_index, uploaded_at FROM list_entries {{kept}}
    UNION ALL
    SELECT list, identifier, coalesce(old.value, {SEAL}('list_entries.value', uploaded.value)), value_index,
        coalesce(old.uploaded_at, uploaded.uploaded_at)
    FROM (
        SELECT upload.list, upload.identifier, value, {INDEX}(upload.identifier, value) AS value_index, upload.uploaded_at
        FROM (SELECT DISTINCT value FROM {_READ} WHERE value IS NOT NULL) AS fresh
        CROSS JOIN {_UPLOAD} AS upload
    ) AS uploaded
    ANTI JOIN (SELECT * FROM list_entries {{kept}}) AS held USING (list, identifier, value_index)
    LEFT JOIN list_entries AS old USING (list, identifier, value_index)
"""
