"""On what terms destinations are told of an audience: what its file says, what that leaves out, and the file with others in it.

Reads the definitions, memberships as last refreshed, and the file. Writes one file of `audiences/`, whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from headwater.access.roles import Action
from headwater.activate.outgoing import Outgoing
from headwater.audiences.parse import AudienceFields
from headwater.audiences.percent import show_percent
from headwater.audiences.terms import TermsFields, read_terms
from headwater.console.audiences.questions import crowd_of, found
from headwater.console.desk.files import Draft, drafted, expect_sound, save
from headwater.console.desk.question import Given, Question, RefusedError
from headwater.core.documents import Document, parse_document, read_declaration
from headwater.core.errors import UserError
from headwater.privacy.anonymity.counts import Counting


@dataclass(frozen=True)
class Written:
    """The terms as they are written.

    Attributes:
        holdout, begins, ends: as in the file; empty: nothing is said of it.
        is_scheduled: whether destinations are told of the audience now.
    """

    holdout: str
    begins: str
    ends: str
    is_scheduled: bool

    def __bool__(self) -> bool:
        """Whether any are set."""
        return bool(self.holdout or self.begins or self.ends)


@dataclass(frozen=True)
class Agreed(Written):
    """The terms, and how many of the audience destinations are, or would be, told of by them; None: too few to show."""

    n_told_of: int | None


@dataclass(frozen=True)
class DraftOfTerms:
    """A file with other terms, and what they would come to."""

    draft: Draft
    agreed: Agreed


def written_of(document: Document, given: Given) -> Written:
    """What the document of an audience says of its terms."""
    said = _fields(document)
    terms = read_terms(document.name, said, given.project.clock)
    holdout = show_percent(said.holdout) if said.holdout else ""
    is_scheduled = terms.is_scheduled(given.workspace.clock.now())
    return Written(holdout, said.from_ or "", said.until or "", is_scheduled)


def agreed_of(document: Document, given: Given, counting: Counting) -> Agreed:
    """The same, and of how many destinations are told by it."""
    said = written_of(document, given)
    terms = read_terms(document.name, _fields(document), given.project.clock)
    people, _ = Outgoing(terms=terms).told_of(crowd_of(document.name, given), given.workspace)
    return Agreed(said.holdout, said.begins, said.ends, said.is_scheduled, counting.crowd(people))


def _fields(document: Document) -> TermsFields:
    read = read_declaration(document, AudienceFields)
    return TermsFields() if isinstance(read, list) else read  # it is sound, as it was judged before


def _draft(given: Given, name: str, holdout: str, begins: str, ends: str) -> DraftOfTerms:
    """An audience's file with other terms, judged with the whole project; nothing is written. Empty: nothing is said of it.

    Raises:
        RefusedError: whoever asks may not change audiences. NotFoundError: there is no such audience.
        ProjectError: it cannot be so.
    """
    if not given.caller.may(Action.CHANGE_AUDIENCES):
        raise RefusedError(Action.CHANGE_AUDIENCES)
    said = {"holdout": holdout or None, "from": _day(begins), "until": _day(ends)}
    draft = drafted(given.project.root, found(name, given.definitions).document.file, said)
    expect_sound(draft, given.workspace)
    document = parse_document(draft.text.encode(), draft.file)
    assert isinstance(document, Document)  # noqa: S101 - it is sound
    with given.counting() as counting:
        return DraftOfTerms(draft, agreed_of(document, given, counting))


def _day(moment: str) -> date | str | None:
    """A day so that it stands in the file without quotes; what is none is left for the judgement of the file."""
    try:
        return date.fromisoformat(moment)
    except ValueError:
        return moment or None


def _save(given: Given, name: str, draft: Draft) -> str:
    """Write an audience's file with other terms; gives the file.

    Raises:
        NotFoundError: there is no such audience. UserError: it moved meanwhile. EditConflictError: somebody changed it meanwhile.
        ProjectError: it is not sound.
    """
    file = found(name, given.definitions).document.file
    if draft.file != file:
        raise UserError(f"{name} is in {file} by now", next_step="look at it anew, then change it there")
    expect_sound(draft, given.workspace)
    save(given.project.root, draft)
    return file


DRAFT_TERMS = Question("console audience terms draft", Action.SEE_COUNTS, _draft, seconds=0.0)
SAVE_TERMS = Question(
    "console audience terms", Action.CHANGE_AUDIENCES, _save, seconds=0.0, about=lambda name, _: (name,)
)
