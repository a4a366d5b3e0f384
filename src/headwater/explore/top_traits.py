"""What is special about an audience: values of traits that its people have more, or less, often than everybody.

Reads what `audiences.columns` reads; of who may be used only. Writes nothing.

The index is 100 times the share inside over the share of everybody. The share inside has its 95 % interval by the score method
(E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical
Association 22, 1927, 209-212). How sure a difference is, the two-proportion z test says, of those inside against those outside,
with the pooled share (J. L. Fleiss, B. Levin and M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd edition, 2003,
section 3.2, without correction for continuity). Many values are tried at once, so a value is *sure* if its p times the number of
values tried is below 5 % (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

from headwater.audiences.compare import LEAST_PEOPLE
from headwater.audiences.evaluate import Named
from headwater.audiences.rule import Rule
from headwater.engine.bitmaps import Bits, count
from headwater.explore.people import Look, look, people_of
from headwater.explore.trait_values import Counts, counted
from headwater.privacy.anonymity.counts import Counting, Exact
from headwater.privacy.shown import Harmless, OfTrait
from headwater.tables.workspace import Workspace

_Z95 = 1.959963984540054
_LEVEL = 0.05


@dataclass(frozen=True)
class TopTrait:
    """A value that people of the audience have more or less often than everybody.

    Attributes:
        n: how many inside have it; `n_everyone`: how many in all.
        share, share_everyone: the same of 1; who has no value counts as not having this one.
        low, high: the 95 % interval of the share inside.
        index: 100: as often as everybody.
        z: of those inside against those outside; `p`: how often chance alone makes such a difference, either way.
        is_sure: whether that is rare enough, with so many values tried.
    """

    trait: Harmless
    value: Annotated[str, OfTrait(name_in="trait")]
    n: int
    n_everyone: int
    share: float
    share_everyone: float
    low: float
    high: float
    index: float
    z: float
    p: float
    is_sure: bool


@dataclass(frozen=True)
class TopTraits:
    """An answer with its question.

    Attributes:
        audience: empty: only the rule says who they are.
        against: the audience that they are compared with, which is everybody then in all that follows; empty: everybody is.
        n_people, n_everyone: how many there are; None: too few to be told.
        n_tried: how many values were compared.
        over, under: what they have more, and less, often; the most certain difference first.
    """

    audience: Harmless
    rule: Rule | None
    n_people: int | None
    n_everyone: int | None
    n_tried: int
    over: tuple[TopTrait, ...]
    under: tuple[TopTrait, ...]
    against: Harmless = ""


@dataclass(frozen=True)
class Wanted:
    """What to compare.

    Attributes:
        top: at most so many values each way.
        hidden: traits that whoever asks may not see.
        against: the audience to compare with; empty: everybody.
    """

    audience: str
    rule: Rule | None = None
    top: int = 10
    hidden: Collection[str] = ()
    against: str = ""


def top_traits(
    wanted: Wanted, workspace: Workspace, known: Mapping[str, Named], counting: Counting | None = None
) -> TopTraits:
    """What is special about an audience; `known`: the project's audiences; `counting`: what counts are shown by.

    Raises:
        NotFoundError: there is no such audience.
        Refusal: whoever asks has had too many different answers today.
    """
    found, told = look(workspace), counting or Exact()
    inside = people_of(wanted.audience, wanted.rule, found, workspace, known)
    everyone = people_of(wanted.against, None, found, workspace, known)
    sizes = Sizes(count(inside), count(everyone), count(everyone & ~inside))
    names = sorted(set(_names(workspace)) - set(wanted.hidden))
    values = counted(names, found.columns, inside, everyone)
    tried = [each for each in values if each.n_everyone >= LEAST_PEOPLE]
    shown = _Shown(found, inside, everyone, told, sizes, len(tried))
    ranked = sorted(tried, key=lambda each: (-abs(shown.z(each)), each.held.trait, each.held.value))
    over = shown.first([each for each in ranked if shown.z(each) > 0], wanted.top)
    under = shown.first([each for each in ranked if shown.z(each) < 0], wanted.top)
    over, under = (
        tuple(each for each in over if each.index > 100),
        tuple(each for each in under if each.index < 100),
    )
    return TopTraits(wanted.audience, wanted.rule, *shown.told_sizes, len(tried), over, under, wanted.against)


def wilson(n: int, size: int) -> tuple[float, float]:
    """The 95 % interval of a share, by the score method; the whole of 0 to 1 where there is nobody.

    >>> [round(edge, 4) for edge in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if not size:
        return 0.0, 1.0
    share, square = n / size, _Z95**2
    middle = (share + square / (2 * size)) / (1 + square / size)
    half = _Z95 / (1 + square / size) * math.sqrt(share * (1 - share) / size + square / (4 * size**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def two_proportions(n: int, size: int, n_other: int, size_other: int) -> float:
    """The z of a share against another, with the pooled share; 0 where there is nothing to tell.

    >>> round(two_proportions(30, 100, 15, 100), 4)
    2.54
    """
    if not size or not size_other:
        return 0.0
    pooled = (n + n_other) / (size + size_other)
    error = math.sqrt(pooled * (1 - pooled) * (1 / size + 1 / size_other))
    return (n / size - n_other / size_other) / error if error else 0.0


@dataclass(frozen=True)
class Sizes:
    """How many are inside, how many everybody is, and how many of those are not inside."""

    inside: int
    everyone: int
    others: int


@dataclass(frozen=True, eq=False)
class _Shown:
    """What is shown of values."""

    found: Look
    inside: Bits
    everyone: Bits
    told: Counting
    sizes: Sizes
    n_tried: int

    @cached_property
    def told_sizes(self) -> tuple[int | None, int | None]:
        """How many are inside, and in all, as it is told: the same beside each value."""
        return self.told.crowd(self.found.ids(self.inside)), self.told.crowd(self.found.ids(self.everyone))

    def z(self, counts: Counts) -> float:
        return two_proportions(counts.n, self.sizes.inside, counts.n_others, self.sizes.others)

    def first(self, ranked: list[Counts], most: int) -> tuple[TopTrait, ...]:
        """The first that may be told, in their order; as somebody sees them who may not see small counts, by name."""
        if isinstance(self.told, Exact):
            return tuple(self._told(each, self.sizes) for each in ranked[:most])
        made = [self._hidden(each) for each in ranked[:most]]
        return tuple(sorted((each for each in made if each), key=lambda each: (each.trait, each.value)))

    def _hidden(self, counts: Counts) -> TopTrait | None:
        """As told to whom small counts may not be: made of the counts that are told, or not told of at all."""
        holders = counts.held.holders()
        n, n_everyone = (
            self.told.crowd(self.found.ids(bits)) for bits in (holders & self.inside, holders & self.everyone)
        )
        size, everyone = self.told_sizes
        if n is None or n_everyone is None or size is None or everyone is None:
            return None
        if (self.inside & ~self.everyone).any():  # another audience: these are others, but for who is in both
            size, everyone = max(size, n), max(everyone, n_everyone)
            return self._told(
                replace(counts, n=n, n_everyone=n_everyone, n_others=n_everyone),
                Sizes(size, everyone, everyone),
            )
        everyone, size = max(everyone, size, n_everyone), max(size, n)
        n_everyone = max(n, n_everyone)
        told = replace(counts, n=n, n_everyone=n_everyone, n_others=n_everyone - n)
        return self._told(told, Sizes(size, everyone, everyone - size))

    def _told(self, counts: Counts, sizes: Sizes) -> TopTrait:
        n, n_everyone = counts.n, counts.n_everyone
        share, of_everyone = n / sizes.inside if sizes.inside else 0.0, n_everyone / sizes.everyone
        z = two_proportions(n, sizes.inside, counts.n_others, sizes.others)
        p = math.erfc(abs(z) / math.sqrt(2))
        low, high = wilson(n, sizes.inside)
        index = 100 * share / of_everyone
        return TopTrait(
            counts.held.trait, counts.held.value, n, n_everyone, share, of_everyone, low, high, index, z, p,
            is_sure=p * self.n_tried < _LEVEL,
        )  # fmt: skip


def _names(workspace: Workspace) -> list[str]:
    rows = workspace.engine.table("SELECT DISTINCT trait FROM traits WHERE trait IS NOT NULL ORDER BY trait")
    return [str(each) for each in rows["trait"].to_pylist()]
