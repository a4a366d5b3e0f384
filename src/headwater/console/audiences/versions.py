"""One audience now against an earlier one: another rule, the file as committed, or who was in it after an earlier run.

Of two rules both are met by people as they are today, so that what differs comes of the rules; of two runs, what each left.
Reads `audience_rules`, `audience_sizes`, `membership_changes` and the audience's file. Counts are given as they may be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from headwater.access.roles import Action
from headwater.audiences.chosen import Unsaved, by_rules
from headwater.audiences.diff import Moved, diff
from headwater.audiences.members import members as read_members, members_at
from headwater.audiences.parse import Audience, parse
from headwater.audiences.rule import Rule, describe, fingerprint
from headwater.audiences.versions import Sized, Version, read_sizes, read_versions
from headwater.console.audiences.committed import committed
from headwater.console.audiences.comparing import rule_text
from headwater.console.audiences.questions import found, least_of, source_of
from headwater.console.desk.files import Line, difference
from headwater.console.desk.question import Given, Question
from headwater.core.documents import Document, parse_document
from headwater.core.errors import NotFoundError, Problem, UserError
from headwater.engine.bitmaps import Ids
from headwater.flow.definitions import read_vocabulary_of
from headwater.privacy.anonymity.counts import Counting

COMMITTED, RULE, RUN = "committed", "rule-", "run-"
MOST_RUNS, MOST_REASONS = 60, 8


@dataclass(frozen=True)
class Earlier:
    """What the audience of now can be compared with; `key`: as an address says it."""

    key: str
    said: str


@dataclass(frozen=True)
class Went:
    """How many came in, or left, and which condition decided for how many."""

    n: int | None
    reasons: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True)
class Changes:
    """An audience now against an earlier one.

    Attributes:
        known: what it can be compared with, the newest first.
        chosen: what it is compared with; None: there is nothing.
        lines: how the rule differs, from the earlier one to that of now.
    """

    name: str
    known: tuple[Earlier, ...]
    chosen: Earlier | None
    before: int | None = None
    now: int | None = None
    stay: int | None = None
    came: Went = Went(0)
    left: Went = Went(0)
    words: tuple[str, str] = ("", "")
    lines: tuple[Line, ...] = ()
    least: int | None = None


def _changes(given: Given, name: str, since: str) -> Changes:
    """An audience now against an earlier one; `since`: a key of `Earlier`, empty: the newest that is another one.

    Raises:
        NotFoundError: there is no such audience, or no such earlier one. UserError: its rule cannot be read any more.
    """
    audience = found(name, given.definitions)
    versions, sizes = read_versions(name, given.workspace), read_sizes(name, given.workspace)
    text = committed(given.project.root, audience.document.file)
    text = None if text == source_of(audience, given) else text
    known = _known(audience, versions, sizes, text)
    if not known:
        return Changes(name, (), None, words=(describe(audience.rule), describe(audience.rule)))
    by_key = {each.key: each for each in known}
    chosen = by_key.get(since) if since else known[0]
    if chosen is None:
        raise NotFoundError("earlier version", since, list(by_key))
    if chosen.key.startswith(RUN):
        return _since_run(given, audience, chosen, known, (versions, sizes))
    if chosen.key == COMMITTED:
        rule = _rule(parse_document((text or "").encode(), audience.document.file), given)
    else:
        rule = _rule(_document(_version(versions, chosen)), given)
    return _since_rule(given, audience, rule, chosen, known)


def _known(
    audience: Audience, versions: list[Version], sizes: list[Sized], text: str | None
) -> tuple[Earlier, ...]:
    """What an audience can be compared with: the file as committed, other rules, earlier runs."""
    current = fingerprint(audience.rule)
    others = [each for each in reversed(versions) if each.rule_fingerprint != current]
    return (
        *([Earlier(COMMITTED, "the file as Git last committed it")] if text is not None else ()),
        *(
            Earlier(
                f"{RULE}{each.number}",
                f"rule {each.number}, first run {each.first_refreshed_at:%Y-%m-%d %H:%M}",
            )
            for each in others
        ),
        *(
            Earlier(
                f"{RUN}{each.refreshed_at.isoformat()}",
                f"who was in it after the run of {each.refreshed_at:%Y-%m-%d %H:%M}",
            )
            for each in list(reversed(sizes))[1 : MOST_RUNS + 1]
        ),
    )


def _version(versions: list[Version], chosen: Earlier) -> Version:
    return next(each for each in versions if f"{RULE}{each.number}" == chosen.key)


def _document(version: Version) -> Document:
    return Document("the earlier rule", "", {"rule": version.rule})


def _rule(document: Document | Problem, given: Given) -> Rule:
    """The rule of a document.

    Raises:
        UserError: it is not sound, as the project is now.
    """
    read = (
        document
        if isinstance(document, Problem)
        else parse(document, read_vocabulary_of(given.definitions, given.workspace))
    )
    if isinstance(read, (Problem, list)):
        why = read if isinstance(read, Problem) else read[0]
        raise UserError(f"that rule cannot be read any more: {why.message}", next_step="choose another one")
    return read


def _since_rule(
    given: Given, audience: Audience, rule: Rule, chosen: Earlier, known: tuple[Earlier, ...]
) -> Changes:
    """Who meets the rule of now, against another one: of people as they are today."""
    audiences = given.definitions.audiences
    members = by_rules({"old": Unsaved(rule), "new": Unsaved(audience.rule)}, given.workspace, audiences)
    why = diff(rule, audience.rule, given.workspace, audiences, n_sample=0)
    ids = (members.universe.members(members.sets[each]) for each in ("old", "new"))
    with given.counting() as counting:
        came, left = _reasons(why.enter, _CAME, counting), _reasons(why.leave, _LEFT, counting)
        return _told(given, (audience, rule), (chosen, known), tuple(ids), counting, (came, left))


def _since_run(
    given: Given,
    audience: Audience,
    chosen: Earlier,
    known: tuple[Earlier, ...],
    history: tuple[list[Version], list[Sized]],
) -> Changes:
    """Who is in it as last refreshed, against who was after an earlier run."""
    versions, sizes = history
    moment = datetime.fromisoformat(chosen.key.removeprefix(RUN))
    number = next((each.version for each in sizes if each.refreshed_at == moment), 0)
    then = next((each for each in versions if each.number == number), None)
    rule = _rule(_document(then), given) if then else audience.rule
    now = np.asarray(read_members(audience.name, given.workspace)["profile_id"].to_numpy(), dtype=np.int64)
    with given.counting() as counting:
        ids = (members_at(audience.name, moment, given.workspace), now)
        return _told(given, (audience, rule), (chosen, known), ids, counting, ((), ()))


Reasons = tuple[tuple[str, int | None], ...]


def _told(
    given: Given,
    rules: tuple[Audience, Rule],
    choice: tuple[Earlier, tuple[Earlier, ...]],
    ids: tuple[Ids, ...],
    counting: Counting,
    reasons: tuple[Reasons, Reasons],
) -> Changes:
    (audience, rule), (before, now) = rules, ids
    return Changes(
        audience.name,
        choice[1],
        choice[0],
        counting.crowd(before),
        counting.crowd(now),
        counting.crowd(np.intersect1d(before, now)),
        Went(counting.crowd(np.setdiff1d(now, before)), reasons[0]),
        Went(counting.crowd(np.setdiff1d(before, now)), reasons[1]),
        (describe(rule), describe(audience.rule)),
        difference(rule_text(rule), rule_text(audience.rule)),
        least_of(given),
    )


_CAME = {"old": "kept out before by", "new": "let in now by"}
_LEFT = {"old": "let in before by", "new": "kept out now by"}


def _reasons(moved: Moved, said: Mapping[str, str], counting: Counting) -> Reasons:
    """Which conditions decided, as many as are worth reading."""
    return tuple(
        (f"{said[each.rule]}: {each.condition}", counting.number(each.n, "audience changes"))
        for each in moved.reasons[:MOST_REASONS]
    )


CHANGES = Question("console audience changes", Action.SEE_COUNTS, _changes, seconds=60.0)
