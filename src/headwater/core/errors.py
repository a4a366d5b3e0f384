"""Every error Headwater raises, in one tree.

Each class answers four questions: whose fault it is (`blame`), whether trying again can help
(`is_retryable`), a stable code for programs (`code`) and the exit code of a command that ends with it. The
message says where, the value, and what would be right; `next_step` is the command or edit to do next. A
message never holds a personal identifier.

    HeadwaterError
    ├── UserError                   the person's input; fix it and run again          exit 2
    │   ├── ProjectError            problems in the project folder, all of them
    │   ├── SettingsError           an unknown or impossible setting
    │   ├── SourceError             a source that cannot be read at all
    │   ├── SignalError             a consent signal that is none, or cannot be written
    │   ├── RuleError               an audience rule that means nothing
    │   ├── NotFoundError           a name that does not exist (the nearest one is named)
    │   ├── KeysError               keys that are missing, damaged, or open to others
    │   ├── NobodyError             an identifier that nobody has
    │   ├── LargeChangeError        new rules would change more than may happen unasked
    │   ├── EditConflictError       a file that somebody else changed meanwhile
    │   └── DeliveryError           a destination refused a batch for good
    ├── Refusal                     privacy said no; names the consent or label       exit 3
    ├── EnvironmentFault            the world around: disk, network, another process  exit 4
    │   ├── BusyError               another process owns this project
    │   ├── StorageError            disk full, no permission, a broken table
    │   │   ├── SealError           a sealed value that was changed, or stands where it was not sealed
    │   │   └── AuditError          an audit log that was changed
    │   ├── DestinationError        a destination that did not take a batch now
    │   └── ProviderError           an OpenID provider that could not be asked for its keys
    └── Bug                         ours; please report                               exit 70

Bad *data* is no error: it is a row in `rejected_events` or `deliveries`, with its reason.
"""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Blame = Literal["user", "privacy", "environment", "headwater"]


class HeadwaterError(Exception):
    """The root: catch this to catch everything that Headwater raises on purpose."""

    code: ClassVar[str] = "error"
    blame: ClassVar[Blame] = "headwater"
    is_retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def as_dict(self) -> dict[str, object]:
        """The error as `--json` and the API show it."""
        return {
            "code": self.code,
            "message": self.message,
            "blame": self.blame,
            "retryable": self.is_retryable,
            "next_step": self.next_step,
        }


class UserError(HeadwaterError):
    """The input is at fault: correct it and run again."""

    code = "user_error"
    blame: ClassVar[Blame] = "user"
    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in one place of the project folder.

    `file` is relative to the project, `line` counts from 1 (0: the whole file), `path` is the place inside
    the document ("rule.all[0].at_least"), `value` what stands there, `expected` what would be right.
    """

    file: str
    line: int
    path: str
    message: str
    value: str = ""
    expected: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        at = f" at {self.path}" if self.path else ""
        value = f" (found {self.value})" if self.value else ""
        expected = f"; {self.expected}" if self.expected else ""
        return f"{place}{at}: {self.message}{value}{expected}"


class ProjectError(UserError):
    """Everything that is wrong with a project folder, collected before speaking."""

    code = "project_invalid"

    def __init__(self, problems: Iterable[Problem], *, next_step: str | None = None) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the project"
        super().__init__(
            "\n".join([head, *(f"  {problem}" for problem in self.problems)]),
            next_step=next_step or "mend the files named above, then run `headwater check`",
        )

    def as_dict(self) -> dict[str, object]:
        """The error with its problems as a list."""
        return {**super().as_dict(), "problems": [vars(problem) for problem in self.problems]}


class SettingsError(UserError):
    """A setting that does not exist or cannot have that value."""

    code = "setting_invalid"


class SourceError(UserError):
    """A source that cannot be read at all (a bad *row* is no error: it is rejected and counted)."""

    code = "source_unreadable"


class SignalError(UserError):
    """A consent signal (TCF, GPP, US Privacy, Consent Mode) that is none, or that cannot be written; nothing of it counts.

    `fault` says what kind of mistake it is, in a word of `privacy.signals.fault`.
    """

    code = "signal_invalid"

    def __init__(self, message: str, *, fault: str = "malformed", next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class RuleError(UserError):
    """An audience rule that cannot be given a meaning."""

    code = "rule_invalid"


class NotFoundError(UserError):
    """A name that does not exist."""

    code = "not_found"

    def __init__(self, kind: str, name: str, known: Sequence[str], *, next_step: str | None = None) -> None:
        super().__init__(f"there is no {kind} '{name}'; {suggest(name, known)}", next_step=next_step)


class KeysError(UserError):
    """The keys of a project are missing, damaged or open to others; what they sealed cannot be read until that is mended."""

    code = "keys_unusable"


class EditConflictError(UserError):
    """A file of the project is not what it was when somebody began to change it; nothing was written.

    `seen` is its text as they saw it, `now` as it is: both may hold what is not for everybody, so neither is in the message.
    """

    code = "edit_conflict"

    def __init__(self, file: str, seen: str, now: str) -> None:
        super().__init__(
            f"{file} was changed by somebody else since you began; nothing is written",
            next_step="look at what they changed, then make your change to the file as it is now",
        )
        self.seen = seen
        self.now = now


class NobodyError(UserError):
    """An identifier that nobody was ever seen with, or that names nobody."""

    code = "nobody"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"nobody has that {kind}", next_step="run `headwater run` if it is in a source not yet loaded"
        )


class LargeChangeError(UserError):
    """New rules would change more of who is who than may happen without somebody's word; nothing was changed."""

    code = "change_too_large"


class DeliveryError(UserError):
    """A destination refused a batch for good: its settings, or what it is sent, must be mended first."""

    code = "delivery_refused"


@dataclass(frozen=True, order=True)
class Ground:
    """One thing that privacy refused, and why.

    Attributes:
        rule: what it goes against: `purpose_unknown`, `label_not_accepted` or `special_category`.
        purpose: the purpose it was asked for.
        use: what for, and `name` which one: the destination's, placement's or model's id.
        field: what was to be used: a field, a trait, an audience; empty: the request as a whole.
        label: the label that refused it.
        because: what gives the field its label, and where that is said; empty: the field itself is so.
    """

    rule: str
    purpose: str
    use: str = ""
    name: str = ""
    field: str = ""
    label: str = ""
    because: tuple[str, ...] = ()


class Refusal(HeadwaterError):  # noqa: N818 - the word people use for it
    """Privacy refused: the message names the purpose, consent or label that did; `grounds` say it as data."""

    code = "refused"
    blame: ClassVar[Blame] = "privacy"
    exit_code = 3

    def __init__(self, message: str, *, next_step: str | None = None, grounds: Iterable[Ground] = ()) -> None:
        super().__init__(message, next_step=next_step)
        self.grounds: tuple[Ground, ...] = tuple(grounds)

    def as_dict(self) -> dict[str, object]:
        """The error with its grounds as a list."""
        return {**super().as_dict(), "details": [vars(ground) for ground in self.grounds]}


class EnvironmentFault(HeadwaterError):  # noqa: N818 - the word people use for it
    """The surroundings failed: trying again later can help."""

    code = "environment_fault"
    blame: ClassVar[Blame] = "environment"
    is_retryable = True
    exit_code = 4


class BusyError(EnvironmentFault):
    """Another process owns the project right now."""

    code = "project_busy"


class StorageError(EnvironmentFault):
    """The disk is full, forbidden or damaged; what was visible before stays visible."""

    code = "storage_failed"


class SealError(StorageError):
    """A sealed value has been changed, or stands where it was not sealed."""

    code = "seal_broken"


class AuditError(StorageError):
    """The audit log is not as it was written: an entry was changed, removed or moved."""

    code = "audit_broken"


class DestinationError(EnvironmentFault):
    """A destination did not take a batch now, or did not answer in time."""

    code = "destination_failed"


class ProviderError(EnvironmentFault):
    """The OpenID provider could not be asked for its keys."""

    code = "provider_failed"


class Bug(HeadwaterError):  # noqa: N818 - the word people use for it
    """A state that must not happen: please report it."""

    code = "bug"


def together(failures: Sequence[HeadwaterError]) -> HeadwaterError:
    """One error for several: of the kind of the first, saying what went wrong each time and what to do."""
    first, *others = failures
    if not others:
        return first
    whole = first.__class__.__new__(first.__class__)  # each class makes its message in a way of its own
    whole.__dict__.update(vars(first))
    said = [f"{len(failures)} failures", *(f"  {_in_a_line(each)}" for each in failures)]
    HeadwaterError.__init__(whole, "\n".join(said))
    return whole


def _in_a_line(error: HeadwaterError) -> str:
    return f"{error.message}; next: {error.next_step}" if error.next_step else error.message


MOST_COMPARED = 200  # names


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, if any is alike.

    >>> nearest("evnets", ["events", "traits"])
    'events'
    """
    names = sorted(known)
    matches = difflib.get_close_matches(name.casefold(), _likely(name.casefold(), names), n=1, cutoff=0.6)
    begun = [each for each in names if len(name) > 2 and each.startswith(name.casefold())]
    return next(iter([*matches, *begun]), None)


def _likely(name: str, names: list[str]) -> list[str]:
    """Of very many names those that share the most pairs of letters: to compare each as a whole would take seconds."""
    if len(names) <= MOST_COMPARED:
        return names
    pairs = _pairs(name)
    return heapq.nlargest(MOST_COMPARED, names, key=lambda each: len(pairs & _pairs(each.casefold())))


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def suggest(name: str, known: Iterable[str], *, most: int = 12) -> str:
    """A clause that says what would be right: the nearest known name, else the known names.

    >>> suggest("purchas", ["purchase", "page"])
    "did you mean 'purchase'?"
    >>> suggest("x", ["b", "a"])
    'known: a, b'
    """
    names = sorted(set(known))
    near = nearest(name, names)
    if near:
        return f"did you mean '{near}'?"
    if not names:
        return "none is defined yet"
    more = f", … ({len(names) - most} more)" if len(names) > most else ""
    return f"known: {', '.join(names[:most])}{more}"
