"""The project's files as the console changes them: drafted, judged, shown as a difference, saved or taken out.

Reads and writes the YAML files of the project folder, which stay what people write and Git shows: comments and order survive.
A draft is judged with all other files before it is saved, so that a mistake never reaches a running installation from here.
"""

from __future__ import annotations

import copy
import difflib
import io
import json
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import PlainScalarString

from headwater.core.config import NAME
from headwater.core.documents import Document, parse_document
from headwater.core.errors import EditConflictError, Problem, ProjectError, UserError
from headwater.core.owner import own
from headwater.core.project import KINDS, Project, files_of, open_project
from headwater.engine.lake import write_atomically
from headwater.flow.definitions import judge
from headwater.tables.workspace import Workspace

EDITING = "work/edit.lock"
MOST_FOLDERS = 5  # in one another
CONTEXT = 3  # lines around what changed
MOST_LETTERS = 63  # of a name
MOST_SHOWN = 80  # of a name that is none
WIDTH = 4096  # no line is broken that was not
_LIST = re.compile(
    r"^(?P<key> *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*(?P<dash> *)- ", re.MULTILINE
)


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Line:
    """A line of a difference."""

    text: str
    change: Change


@dataclass(frozen=True)
class Draft:
    """A file as it is, and as somebody would have it. `seen` empty: it is a new one."""

    file: str
    seen: str
    text: str

    @property
    def changes(self) -> bool:
        """Whether it would be another file."""
        return self.seen != self.text

    @property
    def difference(self) -> tuple[Line, ...]:
        """What would change, with some lines around it."""
        return difference(self.seen, self.text)


def file_of(root: Path, kind: str, name: str, folder: str = "") -> str:
    """The file that defines something, in whatever folder it lies; if there is none, where it would be in this one.

    Raises:
        UserError: nothing can be called so, or no folder can.
    """
    if kind not in KINDS or not re.fullmatch(NAME, name):
        near = nearest_name(name)
        raise UserError(
            f"'{name[:MOST_SHOWN]}' cannot be a name of {kind}" if name else "it has no name yet",
            next_step="write lower case letters, digits and _" + (f", such as {near}" if near else ""),
        )
    found = next((path for path in files_of(root, kind) if path.stem == name), None)
    return found.relative_to(root).as_posix() if found else place_in(kind, name, folder)


def nearest_name(said: str) -> str:
    """The name that is nearest to what somebody wrote; empty: nothing of it can be in one.

    >>> nearest_name("Grocery regulars"), nearest_name("Café, Zürich!"), nearest_name("2024")
    ('grocery_regulars', 'cafe_zurich', '')
    """
    plain = unicodedata.normalize("NFKD", said.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")[:MOST_LETTERS].rstrip("_")


def place_in(kind: str, name: str, folder: str) -> str:
    """Where a file would be in a folder of its kind. `folder`: names with slashes between them; empty: in none.

    Raises:
        UserError: no folder can be called so.
    """
    inner = folder.split("/") if folder else []
    if len(inner) > MOST_FOLDERS or not all(re.fullmatch(NAME, each) for each in inner):
        raise UserError(
            "no folder can have that name",
            next_step=f"write lower case letters, digits and _, at most {MOST_FOLDERS} names with / between them",
        )
    return "/".join((kind, *inner, f"{name}.yaml"))


def read_text(root: Path, file: str) -> str:
    """A file of the project as it is now; empty: there is none.

    Raises:
        UserError: it is no text.
    """
    try:
        return (root / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text", next_step="save the file as UTF-8") from None


def drafted(root: Path, file: str, values: Mapping[str, object]) -> Draft:
    """A file with some of its keys said otherwise.

    Raises:
        UserError: it is not YAML that holds keys and values.
    """
    seen = read_text(root, file)
    return Draft(file, seen, edited(seen, values, file))


def difference(before: str, after: str) -> tuple[Line, ...]:
    """What changes from one text to another, with some lines around it."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), n=CONTEXT, lineterm="")
    marks = {"+": Change.ADDED, "-": Change.REMOVED, " ": Change.SAME}
    return tuple(
        Line("…", Change.SAME) if each.startswith("@@") else Line(each[1:], marks[each[0]])
        for number, each in enumerate(told)
        if number > 2 or (number == 2 and not each.startswith("@@"))
    )


def edited(text: str, values: Mapping[str, object], file: str = "the file") -> str:
    r"""YAML with some keys set, to plain values; None takes a key out. Comments, order and all that is not named stay.

    >>> print(edited("kind: csv_file   # for the agency\nlive: true\n", {"kind": "webhook", "live": None}), end="")
    kind: webhook    # for the agency

    Raises:
        UserError: the text is not YAML that holds keys and values.
    """
    document = parse_document(text.encode(), file) if text.strip() else None
    if isinstance(document, Problem) or (document and not isinstance(document.data, dict)):
        raise UserError(
            f"{file} is not sound YAML, so it cannot be changed here", next_step="mend it in an editor"
        )
    yaml = YAML(typ="rt")
    yaml.width, yaml.preserve_quotes = WIDTH, True
    offset = _offset(text)
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    held = yaml.load(text) if text.strip() else CommentedMap()
    if not _set(held, values):
        return text
    out = io.StringIO()
    yaml.dump(held, out)
    return out.getvalue()


def _offset(text: str) -> int:
    r"""How far the lists of a text are moved in from their keys; 2, where there is none.

    >>> _offset("a:  # first\n- b\n"), _offset("a:\n  b:\n    # the list\n    - c\n"), _offset("a: b\n")
    (0, 2, 2)
    """
    found = _LIST.search(text)
    return max(0, len(found["dash"]) - len(found["key"])) if found else 2


def _set(held: CommentedMap, values: Mapping[str, object]) -> bool:
    """Set what is another value; whether anything was."""
    has_changed = False
    for key, value in values.items():
        if value is None:
            has_changed |= held.pop(key, None) is not None
        elif isinstance(value, Mapping) and isinstance(held.get(key), CommentedMap):
            has_changed |= _set(held[key], {**dict.fromkeys(held[key].keys() - value.keys()), **value})
        elif key not in held or _plain(held[key]) != _plain(value):
            held[key] = _put(held.get(key), value)
            has_changed = True
    return has_changed


def _put(held: object, value: object) -> object:
    """A value in place of what is there; what stays of it stays as it was written, with its comments."""
    if isinstance(value, Mapping):
        if isinstance(held, CommentedMap):
            _set(held, {**dict.fromkeys(held.keys() - value.keys()), **value})
            return held
        return dict(value)
    if isinstance(value, list) and isinstance(held, CommentedSeq):
        return _listed(held, value)
    if _plain(held) == _plain(value):
        return held
    # The quotes of an empty text are no wish for quotes.
    return PlainScalarString(value) if isinstance(value, str) and held == "" else value


def _listed(held: CommentedSeq, values: list[object]) -> CommentedSeq:
    """A list in place of another: items that are alike stay, others are changed where they stand."""
    made = CommentedSeq()
    if held.fa.flow_style():
        made.fa.set_flow_style()
    made.ca.comment = held.ca.comment
    before, after = [_plain(each) for each in held], [_plain(each) for each in values]
    for _, first, end, to, to_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        for number in range(to, to_end):
            old = first + number - to
            if old < end:
                made.append(_put(held[old], values[number]))
                if old in held.ca.items:
                    made.ca.items[number] = held.ca.items[old]
            else:
                made.append(_put(None, values[number]))
    return made


def _plain(value: object) -> str:
    """A value so that it can be compared: as JSON, which tells true from 1 and text from numbers."""
    return json.dumps(value, default=str)


def expect_sound(draft: Draft, workspace: Workspace) -> None:
    """Go on only if the project with a draft in it is as sound as without.

    Raises:
        ProjectError: it is not; with every problem that the draft brings.
    """
    if problems := problems_of(draft, workspace):
        raise ProjectError(problems, next_step="mend what is named above; nothing is written")


def problems_of(draft: Draft, workspace: Workspace) -> list[Problem]:
    """What is wrong with a draft, and with other files because of it."""
    document = parse_document(draft.text.encode(), draft.file)
    if isinstance(document, Problem):
        return [document]
    written = open_project(workspace.project.root)
    before = _judged(written, workspace)
    return [
        each
        for each in _judged(_with(document, written), workspace)
        if each.file == document.file or each not in before
    ]


def problems_without(file: str, workspace: Workspace, instead: Draft | None = None) -> list[Problem]:
    """What would be wrong with other files if one were not there; `instead`: what would be there in its place."""
    written = open_project(workspace.project.root)
    kind, before = file.partition("/")[0], _judged(written, workspace)
    others = tuple(each for each in written.documents[kind] if each.file != file)
    after = replace(written, documents={**written.documents, kind: others})
    if instead is not None:
        document = parse_document(instead.text.encode(), instead.file)
        if isinstance(document, Problem):
            return [document]
        after = _with(document, after)
    return [each for each in _judged(after, workspace) if each not in before]


def _judged(project: Project, workspace: Workspace) -> list[Problem]:
    beside = copy.copy(workspace)
    beside.project = project
    return judge(beside)[1]


def drafted_in(draft: Draft, project: Project) -> Project:
    """A project as it would be with a draft in it.

    Raises:
        ProjectError: the draft is no YAML.
    """
    document = parse_document(draft.text.encode(), draft.file)
    if isinstance(document, Problem):
        raise ProjectError([document])
    return _with(document, project)


def _with(document: Document, project: Project) -> Project:
    kind = document.file.partition("/")[0]
    others = [each for each in project.documents[kind] if each.file != document.file]
    documents = {**project.documents, kind: tuple(sorted([*others, document], key=lambda each: each.file))}
    unreadable = tuple(each for each in project.unreadable if each.file != document.file)
    return replace(project, documents=documents, unreadable=unreadable)


def save(root: Path, draft: Draft) -> None:
    """Write a draft, if the file still is what it was drafted from.

    Raises:
        EditConflictError: it is another one; nothing is written. BusyError: somebody saves another one at this moment.
    """
    with own(root, EDITING):
        now = read_text(root, draft.file)
        if now != draft.seen:
            raise EditConflictError(draft.file, draft.seen, now)
        write_atomically(root / draft.file, draft.text.encode())


def move(root: Path, file: str, to: str, seen: str) -> None:
    """Put a file elsewhere, if it still is what somebody saw, and nothing is there; it is never in both places, nor in none.

    Raises:
        EditConflictError: it is another one, or one is there; nothing is done. BusyError: somebody saves one at this moment.
    """
    with own(root, EDITING):
        now, there = read_text(root, file), read_text(root, to)
        if now != seen:
            raise EditConflictError(file, seen, now)
        if there:
            raise EditConflictError(to, "", there)
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (root / file).rename(root / to)
        _leave_no_folder(root, file)


def remove(root: Path, file: str, seen: str) -> None:
    """Take a file out, if it still is what somebody saw when they decided so.

    Raises:
        EditConflictError: it is another one; nothing is done. BusyError: somebody saves another one at this moment.
    """
    with own(root, EDITING):
        now = read_text(root, file)
        if now != seen:
            raise EditConflictError(file, seen, now)
        (root / file).unlink(missing_ok=True)
        _leave_no_folder(root, file)


def _leave_no_folder(root: Path, file: str) -> None:
    """Take away the folders that held a file and hold nothing any more, as Git has no empty ones; that of its kind stays."""
    for folder in list(PurePosixPath(file).parents)[:-2]:
        with suppress(OSError):  # it holds something
            (root / folder).rmdir()
