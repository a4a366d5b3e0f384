"""Answer California's deletion lists: find who is named in them, erase them as by any request, and say what became of each.

Reads a download, and the tables `nodes` and `identity_map`; erases (see `flow.privacy`), notes what is done before it is done,
and writes the answers. Broken off, it is run again with the same download: what was found stays found.

A request is answered as the law has it: one consumer is deleted; several that share what is hashed are opted out of sale and
sharing instead, or not answered where no purpose is said to be either; nobody is "not found". Lists whose names cannot be found
in identifiers are not answered at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.engine.query import DIALECT, literal
from headwater.flow.answering.opt_out import SOLD
from headwater.flow.privacy import Privacy
from headwater.privacy.drop.answers import Status, answer_files, open_answers, write_answers
from headwater.privacy.drop.download import DeletionList, Download, ListType, read_download
from headwater.privacy.drop.hashes import ANSWERED, KINDS, Called, called
from headwater.privacy.receipt import Receipt
from headwater.privacy.requests import Law
from headwater.privacy.shown import Harmless
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace, read


@dataclass(frozen=True)
class Listed:
    """What there is to say of one list.

    Attributes:
        list: its name.
        n_items: requests in it.
        n_deleted: of people who are, or would be, deleted.
        n_opted_out: of what several people share, who are, or would be, opted out of sale and sharing.
        n_not_found: of people who are not held.
        n_several: of what several people share, where no purpose is sale or sharing: these are not answered.
        refused: rows that cannot be read, by line; not answered. `n_refused`: how many.
        is_answered: whether such people can be found at all.
    """

    list: Harmless
    n_items: int
    n_deleted: int
    n_opted_out: int
    n_not_found: int
    n_several: int
    n_refused: int
    refused: Mapping[int, Harmless]
    is_answered: bool


@dataclass(frozen=True)
class Answered:
    """What became of a download. `receipt`: of the erasure; None: there was nobody to erase."""

    lists: tuple[Listed, ...]
    n_removed: int
    receipt: Receipt | None
    files: tuple[Harmless, ...]


@dataclass(frozen=True)
class _Found:
    """Who is named. `statuses`: by list and request; `deleted`, `opted_out`: of whom, by identifiers as kind=value."""

    statuses: Mapping[ListType, Mapping[str, Status]]
    deleted: tuple[str, ...]
    opted_out: tuple[str, ...]


def foresee_drop(project: Project, file: Path) -> Answered:
    """What a download would come to; nothing is changed.

    Raises:
        UserError: it is none.
    """
    download = read_download(file)
    found = _find(project, download)
    return Answered(_told(download, found.statuses), download.n_removed, None, ())


def answer_drop(
    project: Project,
    file: Path,
    folder: Path,
    *,
    received_at: datetime | None = None,
    wait_seconds: float = 0,
) -> Answered:
    """Erase who is named in a download, and write the answers that DROP takes.

    Args:
        project: whose people are looked for.
        file: the ZIP file that was downloaded.
        folder: where the answers are written: a file for each list, `<day>_<broker>_<list>.csv`.
        received_at: when it was downloaded; None: now.
        wait_seconds: for whoever works on the project.

    Raises:
        UserError: it is no download, or there are answers already.
        BusyError: somebody else works on the project; the erasure is noted, and answers are written by running this again.
    """
    download = read_download(file)
    files = answer_files(download, folder, received_at or datetime.now(UTC))
    privacy = Privacy(project, wait_seconds=wait_seconds)
    privacy.resume()
    found = _find(project, download)
    with open_answers(project) as answers:
        known = answers.known()
        for kind, statuses in found.statuses.items():
            answers.note(
                kind,
                {
                    each: it
                    for each, it in statuses.items()
                    if it is not Status.NOT_FOUND and each not in known
                },
            )
    receipt = None
    if found.opted_out:
        privacy.opt_out(found.opted_out, law=Law.CCPA, received_at=received_at)
    if found.deleted:
        receipt = privacy.erase(found.deleted, law=Law.CCPA, received_at=received_at)
        if receipt.left:
            raise UserError(
                f"not everything could be erased, so nothing is answered: see the receipt {receipt.request_id}",
                next_step="see `headwater privacy receipt`, mend what it names, and run this again",
            )
    written = {
        files[kind]: statuses for kind, statuses in found.statuses.items() if kind in ANSWERED and statuses
    }
    for path, statuses in written.items():
        write_answers(path, statuses)
    return Answered(
        _told(download, found.statuses), download.n_removed, receipt, tuple(sorted(map(str, written)))
    )


def _find(project: Project, download: Download) -> _Found:
    """Who of the lists is held, and was found before."""
    wanted = {
        (each.type, item.digest) for each in download.lists if each.type in ANSWERED for item in each.items
    }
    with read(project) as workspace:
        holders = _holders(wanted, workspace) if wanted else {}
    with open_answers(project) as answers:
        known = answers.known()
    sells = any(SOLD.intersection(each.ccpa) for each in project.config.purposes.values())
    statuses = {each.type: dict(_statuses(each, holders, known, sells=sells)) for each in download.lists}
    named: dict[Status, set[str]] = {Status.DELETED: set(), Status.OPTED_OUT: set()}
    for each in download.lists:
        for item in each.items:
            status, people = statuses[each.type].get(item.item_id), holders.get((each.type, item.digest), {})
            if status in named and (len(people) == 1) == (status is Status.DELETED):
                named[status].update(one for identifiers in people.values() for one in identifiers)
    return _Found(statuses, tuple(sorted(named[Status.DELETED])), tuple(sorted(named[Status.OPTED_OUT])))


def _holders(wanted: set[Called], workspace: Workspace) -> dict[Called, dict[object, list[str]]]:
    """Of each hash that somebody has: who, as a profile's number or (without one) an identifier's, and by which identifiers."""
    found: dict[Called, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    kinds = ", ".join(literal(each).sql(DIALECT) for each in KINDS)
    rows = workspace.engine.stream(
        f"SELECT node_id, profile_id, identifier, {opened('nodes')} AS value "
        f"FROM nodes LEFT JOIN identity_map USING (node_id) WHERE identifier IN ({kinds})"
    )
    for batch in rows:
        columns = (
            batch.column(each).to_pylist() for each in ("node_id", "profile_id", "identifier", "value")
        )
        for node_id, profile_id, kind, value in zip(*columns, strict=True):
            if value is None:  # its key was forgotten
                continue
            for name in wanted.intersection(called(kind, value)):
                who = ("node", node_id) if profile_id is None else profile_id
                found[name][who].append(f"{kind}={value}")
    return found


def _statuses(
    each: DeletionList,
    holders: Mapping[Called, Mapping[object, Sequence[str]]],
    known: Mapping[str, Status],
    *,
    sells: bool,
) -> Mapping[str, Status]:
    """How the requests of a list are answered; those that are not are missing."""
    if each.type not in ANSWERED:
        return {}
    found = dict[str, Status]()
    for item in each.items:
        n_holders = len(holders.get((each.type, item.digest), ()))
        if item.item_id in known:
            found[item.item_id] = known[item.item_id]
        elif n_holders < 2:
            found[item.item_id] = Status.DELETED if n_holders else Status.NOT_FOUND
        elif sells:
            found[item.item_id] = Status.OPTED_OUT
    return found


def _told(download: Download, statuses: Mapping[ListType, Mapping[str, Status]]) -> tuple[Listed, ...]:
    return tuple(
        Listed(
            list=each.type.value,
            n_items=len({item.item_id for item in each.items}),
            n_deleted=_n(statuses[each.type], Status.DELETED),
            n_opted_out=_n(statuses[each.type], Status.OPTED_OUT),
            n_not_found=_n(statuses[each.type], Status.NOT_FOUND),
            n_several=len({item.item_id for item in each.items} - statuses[each.type].keys())
            if each.type in ANSWERED
            else 0,
            n_refused=len(each.refused),
            refused=each.refused,
            is_answered=each.type in ANSWERED,
        )
        for each in download.lists
    )


def _n(statuses: Mapping[str, Status], status: Status) -> int:
    return sum(each is status for each in statuses.values())
