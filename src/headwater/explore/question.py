"""Questions about what people did, in the words of audiences: counts over time, and how far people get through steps.

    did: purchase                         funnel:
    where: {category: COFFEE}               - did: page
    within: {last: 90 days}                 - did: purchase
    by: week                                  where: {revenue: {at_least: 20}}
    count: people                         lasting: 7 days
    split: channel                        within: {last: 90 days}
    audience: big_spenders                audiences: [big_spenders]

Reads a document against what a project knows. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, StrictInt

from headwater.audiences.happenings import Happenings
from headwater.audiences.operator import Where, Within
from headwater.audiences.parse import parse
from headwater.audiences.properties import Read
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Rule, describe, to_data
from headwater.audiences.sequences.fields import Length, elapsed
from headwater.audiences.sequences.steps import Elapsed
from headwater.audiences.values import Text, ValueType, show_name
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.documents import Declaration, Document
from headwater.core.errors import Problem

FEWEST_STEPS, MOST_STEPS, MOST_VALUES, MOST_AUDIENCES = 2, 10, 20, 10
TOP = 5
EVERYONE = "everyone"
Period = Literal["hour", "day", "week", "month"]
Counted = Literal["events", "people", "sum"]
_KINDS = (ValueType.TEXT, ValueType.NUMBER, ValueType.BOOLEAN)


class TrendFields(Declaration):
    """What a question about counts over time may say."""

    did: Text = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")
    within: Within = Field(None, description="Only events in this stretch of time.")
    by: Period = Field("day", description="How long each period is, in the project's time zone.")
    count: Counted = Field("events", description="Events, the people who did them, or the sum of a property.")
    of: Text | None = Field(None, description="The property that a sum is of.")
    split: Text | None = Field(None, description="A property of the event, to count each value by itself.")
    split_trait: Text | None = Field(None, description="A trait of the people, as it is now, likewise.")
    top: StrictInt = Field(TOP, ge=1, le=MOST_VALUES, description="So many values; the rest are others.")
    audience: Text | None = Field(None, description="Only people of this audience, by its rule now.")
    rule: object = Field(None, description="Only people who meet this rule.")


class FunnelStepFields(Declaration):
    """One step of a funnel, strictly later in time than the one before."""

    did: Text = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")


class FunnelFields(Declaration):
    """What a question about a funnel may say."""

    funnel: list[object] = Field(description=f"The steps in their order, {FEWEST_STEPS} to {MOST_STEPS}.")
    lasting: Length | None = Field(None, description="From the first step to each later one at most so long.")
    within: Within = Field(None, description="Only events in this stretch of time.")
    audiences: list[Text] = Field([], description="Each of these audiences by itself, by its rule now.")
    rule: object = Field(None, description="Only people who meet this rule.")


@dataclass(frozen=True)
class Trend:
    """Counts of events, or of the people who did them, over time.

    Attributes:
        split: the property that counts are told apart by, as each type that it may have; none: they are not.
        split_trait: the trait that they are told apart by instead; empty: none.
        of: the property that a sum is of.
        top: how many of its values are told by themselves.
        audience: only its people, and `rule`: only who meets it; both may be left out.
    """

    happenings: Happenings
    period: Period = "day"
    counted: Counted = "events"
    split: tuple[Read, ...] = ()
    top: int = TOP
    audience: str = ""
    rule: Rule | None = None
    split_trait: str = ""
    of: str = ""

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        split = {"split": self.split[0].name} if self.split else {}
        split |= {"split_trait": self.split_trait} if self.split_trait else {}
        return (
            {"did": self.happenings.event}
            | self.happenings.to_data()
            | {"by": self.period, "count": self.counted}
            | ({"of": self.of} if self.of else {})
            | split
            | ({"top": self.top} if split else {})
            | ({"audience": self.audience} if self.audience else {})
            | _rule_data(self.rule)
        )

    def describe(self) -> str:
        """In words."""
        name = self.split[0].name if self.split else self.split_trait
        split = f" and {show_name(name)}" if name else ""
        what = {"events": "events of", "people": "people who did", "sum": f"sum of {show_name(self.of)} of"}[
            self.counted
        ]
        return (
            f"{what} {self.happenings.describe_in_window()}, by {self.period}{split}"
            f"{_whom(self.audience, self.rule)}"
        )


@dataclass(frozen=True)
class Funnel:
    """How many people reach each step. `steps` share one window; `lasting`: from the first step to each at most so long."""

    steps: tuple[Happenings, ...]
    lasting: Elapsed | None = None
    audiences: tuple[str, ...] = ()
    rule: Rule | None = None

    def to_data(self) -> dict[str, object]:
        """As YAML says it."""
        steps = [_without_window({"did": each.event} | each.to_data()) for each in self.steps]
        within = self.steps[0].within.to_data()
        return (
            {"funnel": steps}
            | ({"lasting": self.lasting.to_data()} if self.lasting else {})
            | ({"within": within} if within else {})
            | ({"audiences": list(self.audiences)} if self.audiences else {})
            | _rule_data(self.rule)
        )

    def describe(self) -> str:
        """In words."""
        steps = ", then ".join(each.describe() for each in self.steps)
        lasting = f", all in {self.lasting.describe()}" if self.lasting else ""
        return f"{steps}{lasting}, {self.steps[0].within.describe()}{_whom(' and '.join(self.audiences), self.rule)}"


def read_trend(document: Document, vocabulary: Vocabulary) -> Trend | list[Problem]:
    """The question in a document, or all that is wrong with it."""
    reader = Reader(document, vocabulary)
    fields = reader.fields(TrendFields, document.data, ())
    if fields is None:
        return reader.problems
    happenings = reader.happenings(fields.did, fields.where, fields.within, (), "did")
    split = _split(fields.split, reader)
    _check_trait(fields, reader)
    _check_sum(fields, reader)
    if fields.audience is not None:
        reader.audience(fields.audience, ("audience",))
    rule = _rule(fields.rule, reader)
    if happenings is None or reader.problems:
        return reader.problems
    trait, of = fields.split_trait or "", fields.of or ""
    top = fields.top if split or trait else TOP
    return Trend(happenings, fields.by, fields.count, split, top, fields.audience or "", rule, trait, of)


def read_funnel(document: Document, vocabulary: Vocabulary) -> Funnel | list[Problem]:
    """The question in a document, or all that is wrong with it."""
    reader = Reader(document, vocabulary)
    fields = reader.fields(FunnelFields, document.data, ())
    if fields is None:
        return reader.problems
    if not FEWEST_STEPS <= len(fields.funnel) <= MOST_STEPS:
        reader.problem(("funnel",), f"must be a list of {FEWEST_STEPS} to {MOST_STEPS} steps")
    if len(fields.audiences) > MOST_AUDIENCES:
        reader.problem(("audiences",), f"must be no more than {MOST_AUDIENCES} audiences")
    steps = [_step(each, place, fields.within, reader) for place, each in enumerate(fields.funnel)]
    for place, name in enumerate(fields.audiences):
        reader.audience(name, ("audiences", place))
    rule = _rule(fields.rule, reader)
    if reader.problems:
        return reader.problems
    known = tuple(each for each in steps if each)
    return Funnel(known, elapsed(fields.lasting), tuple(dict.fromkeys(fields.audiences)), rule)


def _step(given: object, place: int, within: object, reader: Reader) -> Happenings | None:
    fields = reader.fields(FunnelStepFields, given, ("funnel", place))
    if fields is None:
        return None
    happenings = reader.happenings(fields.did, fields.where, None, ("funnel", place), "did")
    window = reader.window(within, ("within",)) if place == 0 or not reader.problems else None
    return Happenings(happenings.event, happenings.where, window) if happenings and window else None


def _split(name: str | None, reader: Reader) -> tuple[Read, ...]:
    """A property as each type that it may have: one, if it is known."""
    if name is None:
        return ()
    kind = reader.property_type(name, ("split",))
    if kind in (ValueType.INSTANT, ValueType.TEXTS):
        what = "an instant" if kind is ValueType.INSTANT else "a list"
        reader.problem(("split",), f"'{name}' is {what}: its values cannot be told apart in a chart")
    return tuple(Read(name, each) for each in ((kind,) if kind else _KINDS))


def _check_trait(fields: TrendFields, reader: Reader) -> None:
    """Note a trait that is not there, or whose values cannot be told apart."""
    if fields.split_trait is None:
        return
    if fields.split is not None:
        reader.problem(("split_trait",), "split by a property or by a trait, not by both")
    kind = reader.trait_type(fields.split_trait, ("split_trait",))
    if kind in (ValueType.INSTANT, ValueType.TEXTS):
        what = "an instant" if kind is ValueType.INSTANT else "a list"
        reader.problem(
            ("split_trait",), f"'{fields.split_trait}' is {what}: its values cannot be told apart in a chart"
        )


def _check_sum(fields: TrendFields, reader: Reader) -> None:
    """Note a sum of nothing, or of what is no number, and a property that nothing is summed of."""
    if fields.count != "sum":
        if fields.of is not None:
            reader.problem(("of",), "is the property that a sum is of", expected="write `count: sum`")
        return
    if fields.of is None:
        reader.problem((), "a sum is of a property", expected="name it: `of: revenue`")
        return
    kind = reader.property_type(fields.of, ("of",))
    if kind not in (None, ValueType.NUMBER):
        reader.problem(("of",), f"'{fields.of}' is no number: it cannot be summed")


def _rule(given: object, reader: Reader) -> Rule | None:
    if given is None:
        return None
    found = parse(reader.document, reader.vocabulary)
    if isinstance(found, list):
        reader.problems += found
        return None
    return found


def _rule_data(rule: Rule | None) -> dict[str, object]:
    return {} if rule is None else {"rule": to_data(rule)}


def _without_window(said: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in said.items() if key != "within"}


def _whom(audience: str, rule: Rule | None) -> str:
    said = [f"of {audience}"] if audience else []
    said += [f"of who meets: {describe(rule)}"] if rule else []
    return "".join(f"; {each}" for each in said)
