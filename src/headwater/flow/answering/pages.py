"""An export as files for people and for programs: `export.json`, a CSV a table, and a page to read. In one folder, or an archive.

Writes a folder that was not there, all of it or nothing, readable by its owner alone; of an archive nothing. The page needs
nothing from elsewhere.
"""

from __future__ import annotations

import csv
import html
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp

from headwater.core.errors import StorageError, UserError
from headwater.core.plain import plain
from headwater.flow.answering.export import Exported, Table

_OWNER_ONLY = 0o600
_MOST_ROWS = 1000  # of a table on the page; the files have them all
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;font-size:.85em;display:block;overflow-x:auto}"
    "td,th{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}p.why{color:#555}"
)
_BASES = {
    "consent": "you agreed to it",
    "legitimate_interest": "a legitimate interest; you may object",
    "contract": "a contract with you",
}


def write_export(exported: Exported, folder: Path) -> None:
    """Write an export into a folder of this name, which is made.

    Raises:
        UserError: there is something of this name already.
        StorageError: it cannot be written.
    """
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder.name} is there already", next_step="name a folder that does not exist yet")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))  # of this user alone
        try:
            for name, text in _files(exported):
                _write(draft / name, text)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise StorageError(
            f"the export could not be written: {error.strerror}",
            next_step="free disk space, or name another folder",
        ) from error


def archive(exported: Exported) -> bytes:
    """The same files as a ZIP archive, in memory."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in _files(exported):
            out.writestr(f"{exported.request_id}/{name}", text.encode("utf-8", "backslashreplace"))
    return held.getvalue()


def _files(exported: Exported) -> Iterator[tuple[str, str]]:
    yield "export.json", json.dumps(asdict(exported), default=plain, indent=2, ensure_ascii=False) + "\n"
    for table in exported.tables:
        yield f"{table.table}.csv", _csv(table.rows)
    yield "recipients.csv", _csv([asdict(each) for each in exported.recipients])
    yield "calls.csv", _csv([asdict(each) for each in exported.calls])
    yield "index.html", page(exported)


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    written = io.StringIO()
    out = csv.writer(written)
    if rows:
        out.writerow(rows[0])
    out.writerows([_cell(value) for value in row.values()] for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case tuple() | list() | dict():
            return json.dumps(value, default=plain, ensure_ascii=False)
        case bool():
            return "true" if value else "false"
    return str(plain(value))


def page(exported: Exported) -> str:
    """An export as a page: plain HTML, everything in it escaped."""
    identifiers = [{"kind": each.identifier, "identifier": each.value} for each in exported.identifiers]
    purposes = [
        {
            "purpose": each.description,
            "why we may": _BASES[each.lawful_basis],
            "where you stand": each.standing,
        }
        for each in exported.purposes
    ]
    sent = [
        {
            "to": each.destination,
            "when (UTC)": each.sent_at,
            "what": f"{each.change} in {each.audience}",
            "by": ", ".join(each.identifiers),
        }
        for each in exported.recipients
    ]
    calls = [
        {"when (UTC)": each.received_at, "by": each.source, "what": " ".join(each.parts)}
        for each in exported.calls
    ]
    live = [{"what": name, "value": value} for each in exported.live for name, value in each.traits.items()]
    parts = (
        f"<h1>What {_text(exported.project)} holds about you</h1>",
        f"<p>As of {_text(_cell(exported.made_at))} (UTC). The same is in export.json, and by table in the other files.</p>",
        _section("What you are known by", "", identifiers),
        _section("What it is used for", "", purposes),
        _section("Who was sent something of it", "", sent),
        *(_table(each) for each in exported.tables),
        _section("What is known of you at this moment", "", live),
        _section("What websites and apps sent", "As it came in.", calls),
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>What is held about you</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _table(table: Table) -> str:
    kept = (
        f"Kept for {table.kept_days} days."
        if table.kept_days
        else "Kept as long as the project, or until you ask otherwise."
    )
    said = f" Said by: {', '.join(table.sources)}." if table.sources else ""
    why = f"{table.meaning} We keep it to {table.purpose}. {kept}{said}"
    return _section(table.table.replace("_", " "), why, table.rows)


def _section(heading: str, why: str, rows: Sequence[Mapping[str, object]]) -> str:
    told = f'<h2>{_text(heading)}</h2><p class="why">{_text(why)}</p>'
    if not rows:
        return f"{told}<p>Nothing.</p>"
    more = f"<p>{len(rows) - _MOST_ROWS} more are in the files.</p>" if len(rows) > _MOST_ROWS else ""
    head = _row("th", rows[0])
    body = "".join(_row("td", map(_cell, row.values())) for row in rows[:_MOST_ROWS])
    return f"{told}<table>{head}{body}</table>{more}"


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_text(each)}</{tag}>' for each in cells)}</tr>"


def _text(text: str) -> str:
    return html.escape(text)
