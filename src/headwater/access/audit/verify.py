"""Whether the audit log is as it was written: every entry in its place, none missing, none changed.

Reads all of it, and `audit/head`. What cannot be found out: that the newest entries were removed together with the lines of
`audit/head` that name them, and the count in the database put back; only a line noted elsewhere tells (`noted`). And whoever has
the project's keys can write a log that is whole.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from headwater.access.audit.entry import first_hash, hash_of
from headwater.access.audit.log import AuditLog, read_row
from headwater.access.audit.witness import FILE, Mark
from headwater.privacy.shown import Harmless


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes:
        is_whole: nothing is wrong.
        n_entries: read, up to the first that is wrong.
        first_broken: the number of the first entry that is not as it was written, or should be there; None: none.
        why: what is wrong, in words.
        head: the last sound entry's number and hash, as `audit/head` writes them: to be noted elsewhere.
    """

    is_whole: bool
    n_entries: int
    first_broken: int | None
    why: Harmless
    head: Harmless


class _Broken(Exception):  # noqa: N818 - a finding
    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number
        self.why = why


def verify(log: AuditLog, noted: Iterable[Mark] = ()) -> Verified:
    """Read the whole log and say whether it is as it was written.

    Args:
        log: of the project.
        noted: lines of `audit/head` that were noted elsewhere.
    """
    head = log.head()  # first: meanwhile others go on appending
    witnessed = [each for each in log.witness.marks() if each is not None]
    known = (*witnessed, *noted, *([head] if head else []))
    marks = {each.number: each.hash for each in known}
    last = Mark(0, first_hash(log.key))
    try:
        for last in _chained(log, marks):  # noqa: B007 - the last is wanted
            pass
        _expect_end(last, log, max(marks, default=0))
        _expect_witnesses(known, has_file=bool(witnessed) or not last.number)
    except _Broken as broken:
        return Verified(False, last.number, broken.number, broken.why, str(last))
    return Verified(True, last.number, None, "", str(last))


def _chained(log: AuditLog, marks: Mapping[int, str]) -> Iterator[Mark]:
    """The mark of every entry, as long as each is what the one before, and what was noted of it, says."""
    before = Mark(0, first_hash(log.key))
    for row in log.rows():
        expected = before.number + 1
        if row["number"] != expected:
            raise _Broken(min(expected, row["number"]), "it is missing, or has no place")
        try:
            right = hash_of(*read_row(row), before.hash, log.key)
        except (TypeError, ValueError):
            raise _Broken(expected, "it says nothing that an entry can say") from None
        if not hmac.compare_digest(right, row["hash"]):
            raise _Broken(expected, "it, or the one before it, was changed")
        if marks.get(expected, right) != right:
            raise _Broken(expected, f"{FILE}, or what was noted, knows another one")
        before = Mark(expected, right)
        yield before


def _expect_end(last: Mark, log: AuditLog, furthest: int) -> None:
    """That the log ends where it says, and no earlier than is known elsewhere."""
    if furthest > last.number:
        raise _Broken(last.number + 1, f"it is missing: the log went on to entry {furthest}")
    head = log.head()
    if head is None or head.number < last.number:
        raise _Broken(last.number, "the log does not say that it went so far")


def _expect_witnesses(known: Iterable[Mark], *, has_file: bool) -> None:
    """That what knows of the log from elsewhere is there, and agrees with itself."""
    if not has_file:
        raise _Broken(1, f"{FILE} is missing, which knows how far the log went")
    said: dict[int, str] = {}
    for each in known:
        if said.setdefault(each.number, each.hash) != each.hash:
            raise _Broken(each.number, f"{FILE}, or what was noted, says two things of it")
