"""Agreements: with which partner, about whom, for what and how often an overlap may be counted.

    # cleanrooms/acme.yaml
    partner: Acme Media
    partner_key: ULjkr1Q0…          # what `headwater privacy key` says there
    agreement: shop-acme-2027       # the same name at both
    audience: coffee_lovers         # whom we put in
    purpose: measurement
    identifier: email               # compared as the SHA-256 of its canonical form
    floor: 50
    until: 2027-06-30
    runs: 12

Reads the project's `cleanrooms/*.yaml`; gives what is declared and every problem in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from headwater.core.documents import Declaration, Document, read_declaration
from headwater.core.errors import NotFoundError, Problem, suggest
from headwater.core.project import Project
from headwater.core.sealing.text import from_text
from headwater.identity.identifier import lookup_kinds

KEY_BYTES = 32


class AgreementFile(Declaration):
    """What a file in `cleanrooms/` may say."""

    partner: str = Field(min_length=1, description="Who the partner is, in words.")
    partner_key: str = Field(
        description="The partner's public key, as `headwater privacy key` says it there."
    )
    agreement: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{2,62}$", description="What both call it: the same in both projects."
    )
    audience: str = Field(description="Who of this project takes part, as far as the gate permits.")
    purpose: str = Field(description="What people must have agreed to, as headwater.yaml names it.")
    identifier: str = Field("email", description="The kind of identifier that people are compared by.")
    floor: int = Field(
        50, ge=2, le=1_000_000, description="A smaller overlap is not told, nor is anything of fewer people."
    )
    until: date = Field(description="The last day (UTC) on which it counts.")
    runs: int = Field(12, ge=1, le=1000, description="How often an overlap may be counted in all.")


@dataclass(frozen=True)
class Agreement:
    """An agreement as declared, checked; `name`: its file's."""

    name: str
    said: AgreementFile
    document: Document

    @property
    def terms(self) -> str:
        """Changes when what both must have agreed to does."""
        said = self.said
        both = [said.agreement, said.identifier, "sha256", said.floor, said.until.isoformat(), said.runs]
        return hashlib.sha256(json.dumps(both).encode()).hexdigest()[:32]


def read_agreements(
    project: Project, audiences: Collection[str]
) -> tuple[dict[str, Agreement], list[Problem]]:
    """The sound agreements by name, and every problem in the others."""
    found: dict[str, Agreement] = {}
    problems: list[Problem] = []
    for document in project.documents["cleanrooms"]:
        said = read_declaration(document, AgreementFile)
        wrong = said if isinstance(said, list) else list(_problems(document, said, audiences, project))
        problems += wrong
        if not wrong and isinstance(said, AgreementFile):
            found[document.name] = Agreement(document.name, said, document)
    return found, problems


def find_agreement(name: str, agreements: Mapping[str, Agreement]) -> Agreement:
    """The agreement of this name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in agreements:
        raise NotFoundError(
            "agreement", name, list(agreements), next_step="declare it in cleanrooms/: see docs/anonymity.md"
        )
    return agreements[name]


def _problems(
    document: Document, said: AgreementFile, audiences: Collection[str], project: Project
) -> Iterator[Problem]:
    known = {
        "audience": sorted(audiences),
        "purpose": sorted(project.config.purposes),
        "identifier": sorted(lookup_kinds()),
    }
    for field, names in known.items():
        value = getattr(said, field)
        if value not in names:
            yield document.problem((field,), f"no such {field}", value=value, expected=suggest(value, names))
    if not _is_key(said.partner_key):
        yield document.problem(
            ("partner_key",),
            "is no public key",
            expected="what `headwater privacy key` says at the partner's",
        )


def _is_key(text: str) -> bool:
    try:
        return len(from_text(text)) == KEY_BYTES
    except ValueError:
        return False
