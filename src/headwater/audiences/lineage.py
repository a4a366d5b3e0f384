"""Where the labels of data come from: columns, attributes, properties of events, traits, and the audiences made of them.

Reads the declarations of sources, plans, traits, lists, models of matching and audiences; writes nothing. Labels flow one way and
are never lost on it:

    a column of a source            -> every attribute and property that is read from it
    an event, a property of it      -> every trait that is computed from it
    an attribute, a trait, an event, a property, a list -> every audience whose rule looks at it
    an audience                     -> every audience whose rule refers to it

Whoever is told that someone is in an audience is told what it is made of. A rule of SQL is taken to look at everything that is in
the tables it reads. What is called like a kind of identifier is an identifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from headwater.audiences.needs import Needs
from headwater.audiences.operators.in_list import InList
from headwater.audiences.parse import Audience
from headwater.audiences.rule import Condition, Rule, conditions, needs_of
from headwater.collect.tracking_plan.plan import Plan
from headwater.core.documents import Declared, Document, Place
from headwater.core.project import Project
from headwater.identity.identifier import identifier_kinds
from headwater.identity.likeness.declare import Model, household_models
from headwater.privacy.labels import Label, Origin, labels_of
from headwater.profiles.trait import TraitDeclaration
from headwater.sources.declare import SourceDeclaration
from headwater.tables import list_entries
from headwater.tables.table import all_tables

Labels = Mapping[str, frozenset[Label]]
Origins = frozenset[Origin]
NONE: frozenset[Label] = frozenset()
NO_ORIGINS: Origins = frozenset()
_HAPPENED = ""  # stands for the event itself among its properties
_OF_TRAITS = frozenset({"traits", "attributes"})
_OF_AUDIENCES = frozenset({"memberships", "membership_moves", "membership_changes"})
_Found = dict[str, set[Origin]]


@dataclass(frozen=True)
class Lineage:
    """What gives everything in a project its labels; a name that is not here has none.

    Attributes:
        traits: of attributes and computed traits.
        events: of events, by property; of the event itself, that it happened at all, under the empty name.
        lists: of uploaded lists.
        audiences: of every audience, also of those without.
    """

    traits: Mapping[str, Origins] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, Origins]] = field(default_factory=dict)
    lists: Mapping[str, Origins] = field(default_factory=dict)
    audiences: Mapping[str, Origins] = field(default_factory=dict)

    @property
    def labels_of_traits(self) -> dict[str, frozenset[Label]]:
        """The labels of every trait that has any."""
        return _labelled(self.traits)

    @property
    def labels_of_audiences(self) -> dict[str, frozenset[Label]]:
        """The labels of every audience that has any."""
        return _labelled(self.audiences)

    def of_audience(self, name: str) -> Origins:
        """What gives an audience its labels."""
        return self.audiences.get(name, NO_ORIGINS)

    def of_rule(self, rule: Rule) -> Origins:
        """What gives a rule's answer its labels: all that it looks at, the audiences it refers to included."""
        own = _of_rule(rule, self)
        return own.union(*(self.of_audience(name) for name in _referred(rule, self.audiences)))


def audience_field(name: str) -> str:
    """What the gate knows an audience's membership as; a trait it knows by its name."""
    return f"audience {name}"


def read_lineage(
    project: Project,
    sources: Mapping[str, Declared[SourceDeclaration]],
    plans: Mapping[str, Plan],
    traits: Mapping[str, Declared[TraitDeclaration]],
    matching: Mapping[str, Model],
) -> Lineage:
    """What gives attributes, traits, events and lists their labels; audiences come by `with_audiences`."""
    events: dict[str, _Found] = {}
    for event, name, origin in (*_events_of_sources(sources), *_events_of_plans(plans)):
        events.setdefault(event, {}).setdefault(name, set()).add(origin)
    happened = {event: _frozen(found) for event, found in events.items()}
    found: _Found = {kind: {Origin(Label.IDENTIFIER, f"identifier '{kind}'")} for kind in identifier_kinds()}
    for name, origin in (*_attributes(sources), *_stated_live(plans), *_traits(traits, happened)):
        found.setdefault(name, set()).add(origin)
    attributes = frozenset(name for each in sources.values() for name in each.value.attributes)
    for name in household_models(matching):
        compared = matching[name].attributes(attributes)
        found.setdefault(name, set()).update(*(found.get(each, ()) for each in compared))
    return Lineage(_frozen(found), happened, _lists(project))


def with_audiences(lineage: Lineage, audiences: Mapping[str, Audience]) -> Lineage:
    """The same with the audiences, each with all that its rule, and the rules it refers to, look at."""
    found = {name: _of_rule(each.rule, lineage) for name, each in audiences.items()}
    referred = {name: _referred(each.rule, audiences) for name, each in audiences.items()}
    grows = True
    while grows:  # until nothing more flows: so circles, such as over stored memberships, come to an end too
        wider = {
            name: own.union(*(found.get(other, NO_ORIGINS) for other in referred[name]))
            for name, own in found.items()
        }
        grows, found = wider != found, wider
    return Lineage(lineage.traits, lineage.events, lineage.lists, found)


def _of_rule(rule: Rule, lineage: Lineage) -> Origins:
    """What a rule looks at itself."""
    return NO_ORIGINS.union(*(_of_condition(each, lineage) for each in conditions(rule)))


def _of_condition(condition: Condition, lineage: Lineage) -> Origins:
    needs = condition.needs()
    found = [lineage.traits.get(name, NO_ORIGINS) for name in needs.traits]
    found += [
        of_event.get(name, NO_ORIGINS)
        for event, reads in needs.events.items()
        for of_event in [lineage.events.get(event, {})]
        for name in (_HAPPENED, *(read.name for read in reads))
    ]
    if isinstance(condition, InList):
        found.append(lineage.lists.get(condition.list, NO_ORIGINS))
    else:
        found += _of_tables(needs, lineage)
    return NO_ORIGINS.union(*found)


def _of_tables(needs: Needs, lineage: Lineage) -> Iterator[Origins]:
    """What is in tables that are read as they are."""
    for table in sorted(needs.tables):
        for column in all_tables()[table].columns:
            yield frozenset(Origin(Label(label), f"{table}.{column.name}") for label in column.labels)
    if needs.tables & _OF_TRAITS:
        kinds = identifier_kinds()  # those are in `nodes`
        yield from (origins for name, origins in lineage.traits.items() if name not in kinds)
    if "events" in needs.tables:
        yield from (origins for each in lineage.events.values() for origins in each.values())
    if list_entries.TABLE.name in needs.tables:
        yield from lineage.lists.values()


def _referred(rule: Rule, audiences: Iterable[str]) -> frozenset[str]:
    """The audiences a rule refers to; of SQL that reads who is in which, all."""
    needs = needs_of(rule)
    return needs.audiences | (frozenset(audiences) if needs.tables & _OF_AUDIENCES else frozenset())


# What the files say


def _events_of_sources(
    sources: Mapping[str, Declared[SourceDeclaration]],
) -> Iterator[tuple[str, str, Origin]]:
    for source in sources.values():
        event = source.value.event
        if event is None:
            continue
        said = _said(source.document)
        for origin in said(event.labels, f"event '{event.name}'", ("event", "labels")):
            yield event.name, _HAPPENED, origin
        for name, labels in event.property_labels.items():
            for origin in said(
                labels, f"property '{name}' of '{event.name}'", ("event", "property_labels", name)
            ):
                yield event.name, name, origin
        for name, columns in event.columns().items():
            for origin in _of_columns(source, columns):
                yield event.name, name, origin


def _events_of_plans(plans: Mapping[str, Plan]) -> Iterator[tuple[str, str, Origin]]:
    for plan in plans.values():
        event, said = plan.said.event, _said(plan.document)
        for origin in said(plan.said.labels, f"event '{event}'", ("labels",)):
            yield event, _HAPPENED, origin
        for name, labels in plan.said.property_labels.items():
            for origin in said(labels, f"property '{name}' of '{event}'", ("property_labels", name)):
                yield event, name, origin


def _attributes(sources: Mapping[str, Declared[SourceDeclaration]]) -> Iterator[tuple[str, Origin]]:
    for source in sources.values():
        for name, column in source.value.attribute_columns().items():
            own = _said(source.document)(column.labels, f"attribute '{name}'", ("attributes", name, "labels"))
            yield from ((name, origin) for origin in (*own, *_of_columns(source, [column.column])))


def _of_columns(source: Declared[SourceDeclaration], columns: Iterable[str]) -> Iterator[Origin]:
    for column in columns:
        labels = source.value.labels.get(column, ())
        yield from _said(source.document)(labels, f"column '{column}' of '{source.name}'", ("labels", column))


def _stated_live(plans: Mapping[str, Plan]) -> Iterator[tuple[str, Origin]]:
    for plan in plans.values():
        for name, labels in plan.said.trait_labels.items():
            for origin in _said(plan.document)(labels, f"attribute '{name}'", ("trait_labels", name)):
                yield name, origin


def _traits(
    traits: Mapping[str, Declared[TraitDeclaration]], events: Mapping[str, Mapping[str, Origins]]
) -> Iterator[tuple[str, Origin]]:
    """Those of computed traits: their own, and those of what they are computed from."""
    for name, trait in traits.items():
        said = trait.value
        for origin in _said(trait.document)(said.labels, f"trait '{name}'", ("labels",)):
            yield name, origin
        looked_at = [events.get(said.event, {})] if said.event else list(events.values())
        read = {_HAPPENED, *said.where, *([said.property] if said.property else [])}
        for of_event in looked_at:
            for each in read:
                yield from ((name, origin) for origin in of_event.get(each, ()))


def _lists(project: Project) -> dict[str, Origins]:
    said = _said(project.config_document)
    return {
        name: frozenset(said(map(Label, labels), f"list '{name}'", ("lists", name)))
        for name, labels in project.config.lists.items()
    }


def _said(document: Document) -> Callable[[Iterable[Label], str, Place], Iterator[Origin]]:
    """What makes origins of labels that stand in a document, of what carries them and of the place they stand at."""

    def origins(labels: Iterable[Label], what: str, place: Place) -> Iterator[Origin]:
        return (Origin(label, what, f"{document.file}:{document.line(place)}") for label in labels)

    return origins


def _frozen(found: Mapping[str, Iterable[Origin]]) -> dict[str, Origins]:
    return {name: frozenset(origins) for name, origins in found.items()}


def _labelled(origins: Mapping[str, Origins]) -> dict[str, frozenset[Label]]:
    return {name: labels_of(each) for name, each in origins.items() if each}
