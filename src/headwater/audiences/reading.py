"""Reading the parts of a rule: operators judge with it what YAML says against what is known.

Nothing here raises for what a person wrote: a method notes the problem, with its place, and gives None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from headwater.audiences.comparison import Test, comparisons
from headwater.audiences.happenings import Filter, Happenings
from headwater.audiences.values import ValueType
from headwater.audiences.vocabulary import EVENT_PROPERTIES, Vocabulary, is_property_name
from headwater.audiences.within import Within, WithinFields
from headwater.core.documents import Declaration, Document, Mistake, Place, comma_hint, mistakes
from headwater.core.errors import Problem, suggest

D = TypeVar("D", bound=Declaration)
_NAMED = {ValueType.TEXT: "text", ValueType.NUMBER: "a number", ValueType.BOOLEAN: "true or false"}
_NAMED |= {ValueType.INSTANT: "an instant", ValueType.TEXTS: "a list"}


@dataclass
class Reader:
    """One document under examination: its problems so far."""

    document: Document
    vocabulary: Vocabulary
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, message: str, *, value: object = "", expected: str = "") -> None:
        """Note something that is wrong."""
        self.problems.append(self.document.problem(place, message, value=value, expected=expected))

    def fields(self, model: type[D], given: object, place: Place, at: Place | None = None) -> D | None:
        """What stands at a place as this model; problems are noted at `at` if that is given."""
        if not isinstance(given, dict):
            self.problem(place, "must hold keys and values", value=given)
            return None
        try:
            return model.model_validate(given)
        except ValidationError as error:
            for mistake in mistakes(error, given, model):
                self._note(mistake, place, at)
            return None

    def sound(self, model: type[D], given: Mapping[str, object]) -> D | None:
        """What stands at a place as this model, without the keys that are wrong; None if that leaves too little."""
        try:
            return model.model_validate(given)
        except ValidationError as error:
            wrong = {item["loc"][0] for item in error.errors() if item["loc"]}
        rest = {key: value for key, value in given.items() if key not in wrong}
        return self.sound(model, rest) if len(rest) < len(given) else None

    def happenings(
        self, event: str, where: object, within: object, place: Place, key: str
    ) -> Happenings | None:
        """Events of a name, which stands under `key`, with the filters and the window beside it."""
        before = len(self.problems)
        self._known(event, self.vocabulary.events, "event", (*place, key), none_is_any=True)
        filters = self._where(where, (*place, "where"))
        window = self._within(within, (*place, "within"))
        return Happenings(event, filters, window) if len(self.problems) == before else None

    def window(self, given: object, place: Place) -> Within:
        """A stretch of time; ever, where nothing is given or after noting what is wrong."""
        return self._within(given, place)

    def property_type(self, name: str, place: Place) -> ValueType | None:
        """The type of a property, if it is known; a name that no property can have is noted."""
        if not is_property_name(name):
            expected = "use letters, digits, _ . and -; not a digit first; at most 63"
            self.problem(place, "cannot be the name of a property", value=name, expected=expected)
        return self.vocabulary.property_type(name)

    def trait_type(self, name: str, place: Place) -> ValueType | None:
        """The type of a trait; an unknown one is noted."""
        self._known(name, self.vocabulary.traits, "trait", place)
        return self.vocabulary.traits.get(name)

    def audience(self, name: str, place: Place) -> None:
        """Note a name that no audience has, or that is this audience's own."""
        if name == self.document.name:
            self.problem(place, f"the audience refers to itself: {name} → {name}")
        else:
            self._known(name, self.vocabulary.audiences, "audience", place)

    def uploaded_list(self, name: str, place: Place) -> None:
        """Note a name that no uploaded list has: leaving it out could reach whom it keeps from being reached."""
        known = self.vocabulary.lists
        if name not in known:
            upload = f"{suggest(name, known)}; make one with `headwater lists upload NAME FILE`"
            self.problem(place, f"there is no list '{name}'", expected=upload)

    def tests(
        self, given: object, place: Place, known: ValueType | None, *, may_be_missing: bool = True
    ) -> tuple[Test, ...]:
        """Tests of a value of a type (None: unknown), by comparison: {at_least: 2}; or a bare value, or a bare list.

        `may_be_missing`: whether asking for missing values makes sense.
        """
        if not isinstance(given, dict):
            comparison = "one_of" if isinstance(given, list) else "equals"
            return tuple(self._test(comparison, given, place, place, known))
        if not given:
            self.problem(place, "is empty", expected=suggest("", comparisons()))
        found: list[Test] = []
        for name, operand in given.items():
            found += self._test(name, operand, place, (*place, name), known)
            if found and found[-1].type is ValueType.ANY and not may_be_missing:
                expected = "compare the value; for nothing done, `did` with `exactly: 0`"
                self.problem((*place, name), f"{name} makes no sense here", expected=expected)
        return tuple(sorted(found, key=lambda test: test.comparison))

    def _test(
        self, name: str, given: object, place: Place, at: Place, known: ValueType | None
    ) -> Iterator[Test]:
        comparison = comparisons().get(name)
        if not comparison:
            expected = comma_hint(name, given) or suggest(name, comparisons())
            self.problem(at, f"there is no comparison '{name}'", expected=expected)
            return
        fields = self.fields(comparison.fields, {name: given}, place, at)
        if fields is None:
            return
        operand = getattr(fields, name)
        reads = comparison.reads(operand)
        if known and reads not in (known, ValueType.ANY):
            message = f"{name} compares with {_NAMED[reads]}, but this is {_NAMED[known]}"
            self.problem(at, message, value=given, expected=_fix(known, reads, given))
        else:
            yield Test(name, reads, operand)

    def _where(self, given: object, place: Place) -> tuple[Filter, ...]:
        if given is None:
            return ()
        if not isinstance(given, dict) or not given:
            self.problem(place, "must hold properties with what they must be", value=given)
            return ()
        filters: list[Filter] = []
        for name, wanted in given.items():
            if not name:
                self.problem(place, "choose a property")
                continue
            at = (*place, name)
            known = self.property_type(name, at)
            for test in self.tests(wanted, at, known):
                if test.type is ValueType.INSTANT and name not in EVENT_PROPERTIES:
                    expected = "compare occurred_at, or use `within`"
                    self.problem(
                        at,
                        f"'{name}' holds no instant: properties have text, numbers, true/false",
                        expected=expected,
                    )
                filters.append(Filter(name, test))
        return tuple(sorted(filters, key=lambda each: (each.name, each.test.comparison)))

    def _within(self, given: object, place: Place) -> Within:
        if given is None:
            return Within()
        fields = self.fields(WithinFields, given, place)
        return fields.read() if fields else Within()

    def _known(
        self, name: str, known: Iterable[str], kind: str, place: Place, *, none_is_any: bool = False
    ) -> None:
        names = list(known)
        if name in self.vocabulary.unread or (none_is_any and not names):
            return
        if name not in names:
            self.problem(place, f"there is no {kind} '{name}'", expected=suggest(name, names))

    def _note(self, mistake: Mistake, place: Place, at: Place | None) -> None:
        """Note what a model refuses; a missing key at what lacks it, for there is no place where it stands."""
        where = place if mistake.is_missing else at or (*place, *mistake.place)
        self.problem(where, mistake.message, value=mistake.value, expected=mistake.expected)


def _fix(known: ValueType, reads: ValueType, given: object) -> str:
    if known is ValueType.TEXTS:
        return "use contains_any or contains_all"
    if known is ValueType.INSTANT:
        return "use after, before or between"
    if reads is ValueType.TEXTS:
        return "use one_of"
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    return f'write it in quotes: "{given}"' if known is ValueType.TEXT and is_number else ""
