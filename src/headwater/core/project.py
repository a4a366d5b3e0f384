"""The project folder: where a team keeps what its data means, as files in Git.

    headwater.yaml        name, time zone, purposes, lake, settings
    collectors/*.yaml     who may send events live, and how they are treated
    plans/*.yaml          the tracking plan: what events are expected to look like
    sources/*.yaml        where data comes from and what its columns mean
    identifiers/*.yaml    how many a person may have, and what counts for nothing
    matching/*.yaml       which records are compared by likeness, and by what
    traits/*.yaml         what to compute about each profile
    audiences/*.yaml      rules
    destinations/*.yaml   where audiences go
    placements/*.yaml     what to show whom
    cleanrooms/*.yaml     with which partner an overlap may be counted, and how often
    lake/ work/ state/    written by Headwater: tables, the owner's scratch space, the ledger (never in Git)
    log/ live/            written by Headwater: what was collected, and the live profiles (never in Git)
    audit/                written by Headwater: how far the audit log went (never in Git)
    keys/                 written by Headwater: the keys that identifiers are sealed with (never in Git)

This module reads the folder and `headwater.yaml`; what any other file may say is known to the room of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from headwater.core.clock import Clock, read_instant
from headwater.core.documents import Declaration, Document, read_declaration, read_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.core.readings import FORM, reread
from headwater.core.remembered import Remembered, remembered_in
from headwater.core.settings import Settings, load_settings

CONFIG = "headwater.yaml"
KINDS = (
    "collectors", "plans", "sources", "identifiers", "matching", "traits", "audiences", "destinations", "placements",
    "cleanrooms",
)  # fmt: skip
RoleName = Literal["admin", "engineer", "analyst", "marketer", "privacy_officer", "read_only"]
NAME = r"^[a-z][a-z0-9_]{0,62}$"


class Purpose(Declaration):
    """Why personal data may be used: the unit in which people agree or refuse."""

    description: str = Field(min_length=1, description="In words a person outside the company understands.")
    lawful_basis: Literal["consent", "legitimate_interest", "contract"] = Field(
        "consent",
        description="consent: only who agreed. legitimate_interest, contract: everyone who did not object.",
    )


class LakeLayout(Declaration):
    """How the tables at rest are cut into files."""

    buckets: int = Field(
        4, ge=1, le=1024, description="Buckets of people a month is cut into; about one per million people."
    )


class Oidc(Declaration):
    """Whose tokens the management API takes besides its own keys."""

    issuer: str = Field(
        description="The provider's issuer URL, exactly as its tokens say it: https, or http on this machine."
    )
    audience: str = Field(min_length=1, description="For whom its tokens must be: this API, as it knows it.")
    role_claim: str = Field(
        "groups",
        pattern=r"^[^.]+(\.[^.]+)*$",
        description="The claim that holds a person's groups; inside of others with dots, like realm_access.roles.",
    )
    roles: dict[str, RoleName] = Field(
        min_length=1, description="Group: role. Of several that somebody is in, the first counts."
    )

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not is_safe_url(value):
            raise ValueError("must be an https address")
        return value


class Access(Declaration):
    """Who may use the management API, besides those who have a key."""

    oidc: Oidc | None = Field(None, description="Whose tokens count, and which groups have which role.")


class Anonymity(Declaration):
    """How few people nothing may be told of, and how much statistics may tell in all: see docs/anonymity.md."""

    floor: Annotated[int, Field(ge=2, le=10_000)] | Literal["off"] = Field(
        25,
        description="Whoever may not see small counts sees no number about fewer people than this; "
        "what is above is not exact. off: every count is shown exactly.",
    )
    quasi_identifiers: tuple[str, ...] | None = Field(
        None,
        description="The traits by which somebody could be recognised who knows them, for pseudonymised exports; "
        "all that are exported, if left out.",
    )
    epsilon: float | None = Field(
        None,
        gt=0,
        le=20,
        description="How much differentially private releases may tell one recipient in all within `days`; "
        "none are made, if left out.",
    )
    epsilon_of_all: float | None = Field(
        None,
        gt=0,
        le=100,
        description="The same for all recipients together, should they talk to each other.",
    )
    days: int = Field(365, ge=1, le=3660, description="The period that `epsilon` is for, up to the present.")

    @property
    def least(self) -> int | None:
        """The floor; None: it is off."""
        return None if self.floor == "off" else self.floor


class ProjectConfig(Declaration):
    """What `headwater.yaml` may say."""

    project: str = Field(
        pattern=NAME, description="The project's name: lower case letters, digits, underscores."
    )
    time_zone: str = Field("UTC", description="IANA zone in which days, weeks and months are counted.")
    now: str | None = Field(
        None,
        description="Fixes the present for historic data, as ISO 8601 in the project's zone; leave out for real time.",
    )
    lake: LakeLayout = LakeLayout()
    purposes: dict[str, Purpose] = Field(default_factory=dict, description="Purposes by id.")
    source_priority: tuple[str, ...] = Field(
        (),
        description="Which source wins when several state the same attribute, best first; others follow by recency.",
    )
    access: Access = Field(Access(), description="Who may use the management API, besides its keys.")
    anonymity: Anonymity = Field(
        Anonymity(), description="How few people nothing may be told of, and how much statistics may tell."
    )
    settings: dict[str, object] = Field(
        default_factory=dict, description="See `headwater doctor` for the names."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return check_zone(value)

    @field_validator("now")
    @classmethod
    def _now_is_instant(cls, value: str | None) -> str | None:
        if value is not None:
            read_instant(value, ZoneInfo("UTC"))
        return value


@dataclass(frozen=True)
class Project:
    """A project folder that could be opened: configuration sound, other files read but not yet judged.

    `readings`: what the files were read as; the owner keeps it, who has a folder for it.
    """

    root: Path
    config: ProjectConfig
    settings: Settings
    config_document: Document
    documents: Mapping[str, tuple[Document, ...]]
    unreadable: tuple[Problem, ...]
    readings: Remembered

    @property
    def clock(self) -> Clock:
        """The project's clock: its zone, and its fixed present if it has one."""
        zone = ZoneInfo(self.config.time_zone)
        return Clock(zone, read_instant(self.config.now, zone) if self.config.now else None)

    def path(self, *parts: str) -> Path:
        """A path inside the project folder."""
        return self.root.joinpath(*parts)


def is_safe_url(url: object) -> bool:
    """Whether what is said there is heard by nobody on the way: https, or http on this machine.

    >>> is_safe_url("https://login.example.org/"), is_safe_url("http://login.example.org"), is_safe_url("http://127.0.0.1:9")
    (True, False, True)
    """
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))


def check_zone(name: str) -> str:
    """The name, if it is an IANA time zone.

    Raises:
        ValueError: it is not.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no such file, a path out of the database, a folder in it
        raise ValueError("is no IANA time zone; write one like Europe/Berlin or America/New_York") from None
    return name


def open_project(root: Path, files: Path | None = None) -> Project:
    """The project in this folder.

    Args:
        root: the folder.
        files: where its files are read, if not there: a copy of them.

    Raises:
        UserError: there is no project here.
        ProjectError: `headwater.yaml` is wrong; with every problem in it.
    """
    root = root.resolve()
    read_from = files or root
    if not (read_from / CONFIG).is_file():
        raise UserError(
            f"there is no {CONFIG} in {root.name or root}",
            next_step="go to a project folder, name one with --project, or make one with `headwater init`",
        )
    document = read_document(read_from / CONFIG, read_from)
    if isinstance(document, Problem):
        raise ProjectError([document])
    config = read_declaration(document, ProjectConfig)
    if isinstance(config, list):
        raise ProjectError(config)
    readings = remembered_in(root / "work" / "documents.json", FORM)
    documents, unreadable = _read_all(read_from, readings)
    settings = load_settings(config.settings)
    return Project(root, config, settings, document, documents, tuple(unreadable), readings)


def _read_all(root: Path, readings: Remembered) -> tuple[dict[str, tuple[Document, ...]], list[Problem]]:
    documents: dict[str, tuple[Document, ...]] = {}
    problems: list[Problem] = []
    for kind in KINDS:
        read = [reread(path, root, readings) for path in sorted((root / kind).glob("*.yaml"))]
        documents[kind] = tuple(item for item in read if isinstance(item, Document))
        problems += [item for item in read if isinstance(item, Problem)]
        problems += [
            Problem(f"{kind}/{path.name}", 0, "", "is not read: its name must end in .yaml")
            for path in sorted((root / kind).glob("*.yml"))
        ]
    return documents, problems
