"""What `headwater.yaml` may say: the project's name and zone, purposes, retention, access, anonymity.

Reads and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from headwater.core.clock import Clock, back, read_instant
from headwater.core.documents import Declaration
from headwater.core.errors import Bug
from headwater.core.purpose import (
    Articles,
    CcpaUses,
    GateFields,
    LawfulBasis,
    TcfPurposes,
    WhereAllowed,
    contradiction,
)

RoleName = Literal["admin", "engineer", "analyst", "marketer", "privacy_officer", "read_only"]
CORRECTION, ON_REQUEST = "correction", "privacy_request"
"""The sources of what people have had corrected, and of what they said by a privacy request: no file is called so."""
_TCF_PURPOSES = 11
LabelName = Literal["identifier", "pseudonym", "sensitive", "financial", "children", "location"]
NAME = r"^[a-z][a-z0-9_]{0,62}$"


class Purpose(Declaration):
    """Why personal data may be used: the unit in which people agree or refuse."""

    description: str = Field(min_length=1, description="In words a person outside the company understands.")
    lawful_basis: LawfulBasis = Field(
        "consent",
        description="consent: only who agreed. legitimate_interest, contract: everyone who did not object.",
    )
    signals: tuple[str, ...] = Field(
        (),
        description="What consent signals call it, such as tcf:3, consent_mode:ad_storage, gpp:usnat:sale_opt_out, gpc.",
    )
    lasts_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="For how many days an agreement holds; left out: until it is taken back.",
    )
    gdpr: Articles = Field((), description="Its grounds in the GDPR: 6.1.a, and for sensitive data 9.2.a.")
    ccpa: CcpaUses = Field(
        (), description="What it is under the CCPA: sale, share, sensitive_use, service_provider, own_use."
    )
    tcf: TcfPurposes = Field((), description="The purposes of IAB Europe's TCF that it is: 1 to 11.")
    jurisdictions: WhereAllowed | None = Field(
        None, description="Where people may be used for it: a list of regions, or `only` and `except`."
    )
    minimum_age: int | None = Field(None, ge=1, le=99, description="Nobody younger is used for it; in years.")

    @model_validator(mode="after")
    def _is_one_basis(self) -> Purpose:
        if told := contradiction(self.lawful_basis, self.gdpr, self.tcf):
            raise ValueError(told)
        return self


class Vendor(Declaration):
    """Who we are in the Global Vendor List of IAB Europe's TCF, and what we have declared there."""

    id: int = Field(ge=1, le=65_535, description="Our vendor id.")
    consent: tuple[int, ...] = Field((), description="The purposes declared by consent.")
    legitimate_interest: tuple[int, ...] = Field(
        (), description="The purposes declared by legitimate interest."
    )
    flexible: tuple[int, ...] = Field(
        (), description="Those of them whose basis a publisher's restriction may change."
    )

    @model_validator(mode="after")
    def _is_of_the_list(self) -> Vendor:
        declared = (*self.consent, *self.legitimate_interest)
        if unknown := {each for each in declared if not 1 <= each <= _TCF_PURPOSES}:
            raise ValueError(
                f"TCF has no purpose {min(unknown)}; they are numbered from 1 to {_TCF_PURPOSES}"
            )
        if twice := set(self.consent) & set(self.legitimate_interest):
            raise ValueError(
                f"purpose {min(twice)} is declared by consent or by legitimate interest, not by both"
            )
        if left := set(self.flexible) - set(declared):
            raise ValueError(f"purpose {min(left)} is flexible, but not declared by either basis")
        return self


def _is_period(text: str) -> str:
    if not _PERIOD.fullmatch(text):
        raise ValueError("must be a number of days, weeks, months or years, like 25 months")
    return text


Period = Annotated[str, AfterValidator(_is_period)]
_PERIOD = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?")


def cutoff(period: str, clock: Clock) -> datetime:
    """The moment so long ago: what is older is kept no more.

    >>> from datetime import UTC, datetime
    >>> cutoff("1 month", Clock(UTC, datetime(2026, 3, 31, tzinfo=UTC))).isoformat()
    '2026-02-28T00:00:00+00:00'
    """
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise Bug(f"{period} is no period")
    return back(clock.now(), int(found[1]), f"{found[2]}s", clock.zone)


class Retention(Declaration):
    """How long data is kept; of a table that is left out as long as its page under docs/tables says."""

    events: Period | None = Field(None, description="What people did.")
    rejected_events: Period | None = Field(None, description="Rows that could not be used.")
    refused_signals: Period | None = Field(None, description="Counts of consent signals that were refused.")
    membership_changes: Period | None = Field(None, description="Who entered and left which audience when.")
    sources: dict[str, Period] = Field(
        default_factory=dict, description="Source: how long what it said is kept, if that is shorter."
    )
    purposes: dict[str, Period] = Field(
        default_factory=dict,
        description="Purpose: how long it counts that somebody agreed to it, and what they said before is kept.",
    )


class LakeLayout(Declaration):
    """How the tables at rest are cut into files."""

    buckets: int = Field(
        4, ge=1, le=1024, description="Buckets of people a month is cut into; about one per million people."
    )


class OidcClient(Declaration):
    """What the console is to the provider, so that people sign in there."""

    client_id: str = Field(min_length=1, description="The id that the provider knows the console by.")
    client_secret: str | None = Field(
        None,
        pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$",
        description="`${NAME}` of the environment variable that holds its secret; none where the provider gave none.",
    )
    scopes: tuple[str, ...] = Field(
        ("openid",), description="What is asked for: openid, and what the provider needs to tell groups."
    )


class Oidc(Declaration):
    """Whose tokens the management API takes besides its own keys, and where people sign in to the console."""

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
    console: OidcClient | None = Field(
        None, description="Lets people sign in to the console at the provider; without it, with keys alone."
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


class DeletionRequests(Declaration):
    """Whose deletion requests are taken, as the IAB's Data Deletion Request Framework passes them on."""

    domain: str = Field(
        pattern=r"^[a-z0-9.-]+\.[a-z]+$", description="The domain we are known by to partners."
    )
    endpoint: str = Field(
        pattern=r"^https://\S+/dsrdelete$",
        description="Where partners reach `/dsrdelete` of the edge: an https address.",
    )
    partners: dict[str, tuple[dict[str, str], ...]] = Field(
        description="Domain of a partner, or of a first party that a partner passes requests on of: its public keys (JWK)."
    )

    @field_validator("partners")
    @classmethod
    def _are_public_keys(
        cls, value: dict[str, tuple[dict[str, str], ...]]
    ) -> dict[str, tuple[dict[str, str], ...]]:
        for domain, keys in value.items():
            for key in keys:
                check_public_key(domain, key)
        return value


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
    vendor: Vendor | None = Field(
        None, description="Our own vendor id of TCF: its strings then count for us, not for anybody."
    )
    gate: GateFields = Field(
        GateFields(), description="By which attributes or traits it is known where people are, and how old."
    )
    lists: dict[str, tuple[LabelName, ...]] = Field(
        default_factory=dict,
        description="What being on an uploaded list says that calls for care: labels by the list's name.",
    )
    source_priority: tuple[str, ...] = Field(
        (),
        description="Which source wins when several state the same attribute, best first; others follow by recency.",
    )
    retention: Retention | None = Field(
        None,
        description="How long data is kept, looked after once a day; nothing goes by itself if left out.",
    )
    access: Access = Field(Access(), description="Who may use the management API, besides its keys.")
    deletion_requests: DeletionRequests | None = Field(
        None, description="Whose deletion requests the edge takes; leave out to take none."
    )
    anonymity: Anonymity = Field(
        Anonymity(), description="How few people nothing may be told of, and how much statistics may tell."
    )
    settings: dict[str, object] = Field(
        default_factory=dict, description="See `headwater doctor` for the names."
    )

    @property
    def ranked_sources(self) -> tuple[str, ...]:
        """Whose word on an attribute counts first, best first: what somebody had corrected, then as `source_priority` says."""
        return (CORRECTION, *self.source_priority)

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


def check_public_key(domain: str, key: Mapping[str, str]) -> None:
    """Refuse what is no public key as JWK (RFC 7517).

    Raises:
        ValueError: it is none, or one that signs.
    """
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where keys are declared
    from joserfc.jwk import KeySet  # noqa: PLC0415

    if key.get("kty") == "oct" or "d" in key:
        raise ValueError(f"a key of {domain} is not public: whoever reads it could sign with it")
    try:
        KeySet.import_key_set({"keys": [dict(key)]})
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError(f"a key of {domain} is no JSON Web Key") from None


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
