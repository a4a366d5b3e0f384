"""What may be done at all, and which role may do it: data, in one place.

An *action* is what an endpoint or a command is: what a role may is a set of them, and the audit log says which one it was. A
*label* (`privacy/labels.py`) is what data can be that calls for care: a role sees some in the clear and the others masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from headwater.privacy.labels import Label

Labels = frozenset[Label]


class Action(StrEnum):
    """What can be done: a closed set. The value is the action as keys, answers and the audit log write it."""

    SEE_COUNTS = "see_counts"
    SEE_SMALL_COUNTS = "see_small_counts"
    SEE_PEOPLE = "see_people"
    CHANGE_IDENTITY = "change_identity"
    CHANGE_LISTS = "change_lists"
    CHANGE_AUDIENCES = "change_audiences"
    SEND = "send"
    SHARE = "share"
    OPERATE = "operate"
    PRIVACY_REQUESTS = "privacy_requests"
    MANAGE_KEYS = "manage_keys"
    SEE_AUDIT = "see_audit"

    @property
    def meaning(self) -> str:
        """The action in one sentence."""
        return _MEANINGS[self]

    @property
    def is_recorded(self) -> bool:
        """Whether the audit log tells of it: of everything but looking at counts."""
        return self is not Action.SEE_COUNTS

    @property
    def changes(self) -> bool:
        """Whether something is another one afterwards: then the log says that it begins, too."""
        return self not in (
            Action.SEE_COUNTS,
            Action.SEE_SMALL_COUNTS,
            Action.SEE_PEOPLE,
            Action.SEE_AUDIT,
        )


_MEANINGS = {
    Action.SEE_COUNTS: "See sizes, rules and what would change: of nobody in particular.",
    Action.SEE_SMALL_COUNTS: "See exactly how many people something is about, also if they are few.",
    Action.SEE_PEOPLE: "See single people: what is held about them, and why; masked by the role's labels.",
    Action.CHANGE_IDENTITY: "Decide who is one person, and let rules and likeness take effect.",
    Action.CHANGE_LISTS: "Upload and remove lists of people.",
    Action.CHANGE_AUDIENCES: "Make audiences, and change who is in them.",
    Action.SEND: "Send audiences to destinations.",
    Action.SHARE: "Give others noisy statistics, pseudonymised data, and overlaps with their lists.",
    Action.OPERATE: "Run, rebuild and replay.",
    Action.PRIVACY_REQUESTS: "Answer what people ask for themselves: access, erasure.",
    Action.MANAGE_KEYS: "Make and revoke keys of the API; rotate and forget the keys that data is sealed with.",
    Action.SEE_AUDIT: "Read and verify the audit log.",
}


class Role(StrEnum):
    """Who somebody is to the project. Nobody has one by default."""

    ADMIN = "admin"
    ENGINEER = "engineer"
    ANALYST = "analyst"
    MARKETER = "marketer"
    PRIVACY_OFFICER = "privacy_officer"
    READ_ONLY = "read_only"

    @property
    def actions(self) -> frozenset[Action]:
        """What it may do."""
        return ROLES[self].actions

    @property
    def labels(self) -> Labels:
        """What it sees in the clear."""
        return ROLES[self].labels


@dataclass(frozen=True)
class Grant:
    """What a role is for, what it may do, and which labels it sees in the clear."""

    meaning: str
    actions: frozenset[Action]
    labels: Labels = frozenset()


_EVERY_LABEL = frozenset(Label)
_LOOK = frozenset({Action.SEE_COUNTS, Action.SEE_PEOPLE})

ROLES: Mapping[Role, Grant] = MappingProxyType(
    {
        Role.ADMIN: Grant("Runs the installation, and decides who else may what.", frozenset(Action), _EVERY_LABEL),
        Role.ENGINEER: Grant(
            "Brings data in and keeps who is who right; tells people apart without knowing them.",
            _LOOK | {Action.SEE_SMALL_COUNTS, Action.CHANGE_IDENTITY, Action.OPERATE},
            frozenset({Label.PSEUDONYM}),
        ),
        Role.ANALYST: Grant(
            "Asks what people do; tells them apart without knowing them.",
            _LOOK,
            frozenset({Label.PSEUDONYM, Label.LOCATION}),
        ),
        Role.MARKETER: Grant(
            "Makes audiences and sends them; sees nobody in particular.",
            frozenset({Action.SEE_COUNTS, Action.CHANGE_LISTS, Action.CHANGE_AUDIENCES, Action.SEND}),
        ),
        Role.PRIVACY_OFFICER: Grant(
            "Answers people and authorities, and watches over what is shared: sees all that is held, and who did what.",
            _LOOK | {Action.SEE_SMALL_COUNTS, Action.SHARE, Action.PRIVACY_REQUESTS, Action.SEE_AUDIT},
            _EVERY_LABEL,
        ),
        Role.READ_ONLY: Grant("Looks at what is there, with everything that calls for care hidden.", _LOOK),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Whoever asks: by which name, in which role, and what of that role they may use.

    `name`: of a key, or the subject of a token, as decisions and the audit log note it.
    """

    name: str
    role: Role
    actions: frozenset[Action]

    def may(self, action: Action) -> bool:
        """Whether they may do that."""
        return action in self.actions

    @property
    def labels(self) -> Labels:
        """What they see in the clear."""
        return self.role.labels
