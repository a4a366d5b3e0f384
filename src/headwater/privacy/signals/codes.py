"""Every code that a signal's statement may have: what a purpose of `headwater.yaml` may list under `signals`.

Reads the declarations of the standards; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from headwater.privacy.signals.consent_mode import Storage
from headwater.privacy.signals.reading import GPC, is_overruled
from headwater.privacy.signals.tcf_parts import N_PURPOSES, N_SPECIAL_FEATURES
from headwater.privacy.signals.us_fields import Field, SectionKind
from headwater.privacy.signals.us_sections import SECTIONS

TCF = "tcf:"
N_TCF_PURPOSES, N_TCF_FEATURES = 11, 2


@cache
def known_codes() -> frozenset[str]:
    """All codes."""
    return frozenset(
        (
            *(f"{TCF}{number}" for number in range(1, N_TCF_PURPOSES + 1)),
            *(f"{TCF}special_feature:{number}" for number in range(1, N_TCF_FEATURES + 1)),
            *(f"tcfca:{number}" for number in range(1, N_PURPOSES + 1)),
            *(f"tcfca:special_feature:{number}" for number in range(1, N_SPECIAL_FEATURES + 1)),
            *(code for kind in SECTIONS for code in _of_section(kind)),
            *(f"consent_mode:{storage}" for storage in Storage),
            "us_privacy:sale",
            GPC,
        )
    )


def is_refused_by_gpc(code: str) -> bool:
    """Whether Global Privacy Control is a refusal of what a code stands for: itself, and what it is about.

    >>> is_refused_by_gpc("gpc"), is_refused_by_gpc("us_privacy:sale"), is_refused_by_gpc("tcf:3")
    (True, True, False)
    """
    return code == GPC or is_overruled(code)


def tcf_purpose(code: str) -> int | None:
    """The number of TCF's purpose that a code stands for; None: of none.

    >>> tcf_purpose("tcf:3"), tcf_purpose("tcf:special_feature:1"), tcf_purpose("gpc")
    (3, None, None)
    """
    number = code.removeprefix(TCF)
    return int(number) if number != code and number.isdecimal() else None


def _of_section(kind: SectionKind) -> Iterator[str]:
    for fields in kind.versions.values():
        for field in fields:
            yield from _of_field(kind, field)
    if kind.optional:
        yield from _of_field(kind, kind.optional)


def _of_field(kind: SectionKind, field: Field) -> Iterator[str]:
    code = f"gpp:{kind.name}:{field.name}"
    if field.basis is None:
        return
    if field.n_values is None:
        yield code
    else:
        yield from (f"{code}:{place}" for place in range(1, field.n_values + 1))
