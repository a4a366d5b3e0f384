"""How often something must have happened: at least, at most or exactly so many times.

Who has nothing to count has it 0 times, and so meets `at_most` and `exactly: 0`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, StrictInt, model_validator
from sqlglot import exp

from headwater.audiences.scope import Scope
from headwater.core.documents import Declaration
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column, literal

MOST_TIMES = 1_000_000_000
Bound = Literal["at_least", "at_most", "exactly"]


@dataclass(frozen=True)
class Times:
    """A number is at least, at most or exactly `number`."""

    bound: Bound = "at_least"
    number: int = 1

    def holds(self, n: int) -> bool:
        """Whether a number is so."""
        match self.bound:
            case "at_least":
                return n >= self.number
            case "at_most":
                return n <= self.number
            case "exactly":
                return n == self.number

    def holding(self, counts: npt.NDArray[np.signedinteger]) -> Bits:
        """Which of many numbers are so."""
        match self.bound:
            case "at_least":
                return np.asarray(np.greater_equal(counts, self.number))
            case "at_most":
                return np.asarray(np.less_equal(counts, self.number))
            case "exactly":
                return np.asarray(np.equal(counts, self.number))

    @property
    def most(self) -> int:
        """How far one must count to know."""
        return self.number if self.bound == "at_least" else self.number + 1

    def select(self, counted: exp.Select, n: exp.Expr, scope: Scope) -> exp.Select:
        """The profiles for which it is so.

        `counted`: rows grouped by profile, without a projection; `n`: the number of each, over its rows.
        """
        rows = counted.select(column("profile_id"))
        if not self.holds(0):
            wanted = n.eq(literal(self.number)) if self.bound == "exactly" else n >= literal(self.number)
            return rows.having(wanted)
        # Everyone but those with more: so are those taken in who have nothing to count.
        everyone = exp.select(column("profile_id")).from_(scope.profiles())
        too_many = rows.having(n > literal(self.number))
        return everyone.where(exp.not_(column("profile_id").isin(query=too_many)))

    def describe(self, one: str, many: str) -> str:
        """In words, counting something that is called so."""
        return f"{self.bound.replace('_', ' ')} {self.number} {one if self.number == 1 else many}"


class TimesFields(Declaration):
    """What can be said of a number; nothing: at least 1."""

    at_least: StrictInt | None = Field(None, ge=1, le=MOST_TIMES, description="So many or more.")
    at_most: StrictInt | None = Field(None, ge=0, le=MOST_TIMES, description="So many or fewer; also none.")
    exactly: StrictInt | None = Field(None, ge=0, le=MOST_TIMES, description="Just so many; 0: none.")

    @model_validator(mode="after")
    def _says_one_count(self) -> TimesFields:
        if len(self.model_fields_set & {"at_least", "at_most", "exactly"}) > 1:
            raise ValueError("must say no more than one of at_least, at_most and exactly")
        return self

    def times(self) -> Times:
        """As a rule holds it."""
        if self.at_most is not None:
            return Times("at_most", self.at_most)
        if self.exactly is not None:
            return Times("exactly", self.exactly)
        return Times("at_least", self.at_least or 1)
