"""What the sections of GPP for the United States have as fields, and what a field's value says of a purpose.

Each field is a number of two bits: 0 does not apply, 1 yes (a notice was given, a person opted out) or no consent, 2 no (none was
given, they did not) or consent. A field can be several of them, numbered from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from headwater.privacy.signals.statement import Basis

LARGEST = 2  # of a field
Value = int | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a section.

    Attributes:
        name: as IAB has it, in our spelling: `SaleOptOut` is `sale_opt_out`.
        n_values: how many numbers it is; None: one, which is not numbered.
        basis: what its value is about where 1 is a refusal and 2 an agreement; None: it says nothing of a purpose.
        notice: the field that says whether the person was told, without which an agreement is none.
    """

    name: str
    n_values: int | None = None
    basis: Basis | None = None
    notice: str | None = None

    @property
    def width(self) -> int:
        """How many bits it takes."""
        return 2 * (self.n_values or 1)


@dataclass(frozen=True, slots=True)
class SectionKind:
    """A section of GPP for the United States or one of them.

    Attributes:
        id: its number in the header; `name` what it is called.
        versions: the fields behind the version, by version.
        has_gpc: whether a segment with Global Privacy Control may follow.
        optional: the field that a segment of its own may hold, if there is one.
    """

    id: int
    name: str
    versions: Mapping[int, tuple[Field, ...]]
    has_gpc: bool = True
    optional: Field | None = None


@dataclass(frozen=True, slots=True)
class GpcSegment:
    """Global Privacy Control as a section passes it on. `kind` should be 1; encoders write 0 and 2, too."""

    is_set: bool
    kind: int = 1


@dataclass(frozen=True, slots=True)
class UsSection:
    """What a section says.

    Attributes:
        kind: which section it is of.
        version: its version.
        values: each field's value by its name; those of the optional segment only if it is there.
        gpc: Global Privacy Control; None: the section does not say, which is something else than not set.
    """

    kind: SectionKind
    version: int
    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    gpc: GpcSegment | None = None
