"""Compute profiles and traits: all traits in one pass over the events.

Reads `events`, `identity_map`, `attributes`, `nodes`, `households`; writes `profiles` and `traits`.

An attribute that several sources state is decided by the project's `source_priority`, then by the newest statement. A
computed trait wins over an attribute of the same name. Who lives together by a model of matching has a trait of the model's
name in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.core.clock import Window
from headwater.core.documents import Declared
from headwater.engine.query import DIALECT, Query, literal, name as quoted
from headwater.identity.likeness.households import households_of_profiles
from headwater.profiles.trait import Chosen, TraitDeclaration, trait_kinds, trait_type
from headwater.sources.mapping import rank_of_source, typed_null
from headwater.tables import profiles, traits
from headwater.tables.table import VALUE_TYPES, Type
from headwater.tables.workspace import Workspace

_VALUES = ", ".join(VALUE_TYPES)
MATCHED = "matching"  # the origin of traits that a model of matching gives
NOT_LIVE = "trait NOT IN (SELECT model FROM households)"  # who lives together is told of everyone at once, not event by event
_HOUSEHOLD = (
    f"profile_id, trait, '{Type.TEXT.value}' AS type, "
    + ", ".join(
        f"{'household' if type_ is Type.TEXT else typed_null(type_)} AS {quoted(kind)}"
        for kind, type_ in VALUE_TYPES.items()
    )
    + f", '{MATCHED}' AS origin"
)
Traits = Mapping[str, Declared[TraitDeclaration]]


@dataclass(frozen=True)
class Built:
    """What came of it."""

    n_profiles: int
    n_traits: int
    n_values: int


def build(declared: Traits, workspace: Workspace, mark: tuple[str, str]) -> Built:
    """Recompute `profiles` and `traits`; `mark` is (stage, fingerprint), noted with them."""
    engine = workspace.engine
    n_profiles = create_profiles(workspace, "built_profiles")
    n_values = create_traits(declared, workspace, "built_traits")
    with workspace.publish() as out:
        out.replace(profiles.TABLE, "SELECT * FROM built_profiles")
        out.replace(traits.TABLE, "SELECT * FROM built_traits")
        out.mark(*mark)
    n_traits = engine.table("SELECT count(DISTINCT trait) AS n FROM built_traits").column("n")[0].as_py()
    engine.drop("built_profiles", "built_traits")
    return Built(n_profiles, n_traits, n_values)


def create_profiles(workspace: Workspace, name: str) -> int:
    """Compute all profiles as of the workspace's clock into a relation of its engine; gives how many there are."""
    return workspace.engine.create(name, _profiles(workspace))


def create_traits(declared: Traits, workspace: Workspace, name: str) -> int:
    """Compute all traits as of the workspace's clock into a relation of its engine; gives how many values there are."""
    workspace.engine.create("computed", _computed(declared, workspace))
    workspace.engine.register("lived_together", households_of_profiles(workspace))
    try:
        return workspace.engine.create(name, _traits(declared, workspace))
    finally:
        workspace.engine.drop("computed", "lived_together")


def _profiles(workspace: Workspace) -> Query:
    return (
        Query()
        .step("known", "SELECT profile_id, count(*) AS n_identifiers FROM identity_map GROUP BY ALL")
        .step("active", _events_until_now(workspace, ("occurred_at",)))
        .step(
            "activity",
            "SELECT profile_id, count(*) AS n_events, min(occurred_at) AS first_event_at, max(occurred_at) AS last_event_at "
            "FROM active GROUP BY ALL",
        )
        .step(
            "rows",
            "SELECT profile_id, n_identifiers, coalesce(n_events, 0) AS n_events, first_event_at, last_event_at "
            "FROM known LEFT JOIN activity USING (profile_id)",
        )
    )


def _computed(declared: Traits, workspace: Workspace) -> Query:
    """One row a profile, one column a computed trait."""
    columns = sorted(
        {
            "occurred_at",
            "event_id",
            "event",
            *(name for item in declared.values() for name in _columns(item.value)),
        }
    )
    aggregates = "".join(
        f", {_aggregate(item.value, workspace)} AS {_column(name)}" for name, item in declared.items()
    )
    everyone = ", ".join(["profile_id", *(_or_none(name, item.value) for name, item in declared.items())])
    return (
        Query()
        .step("events_until_now", _events_until_now(workspace, tuple(columns)))
        .step("by_profile", f"SELECT profile_id{aggregates} FROM events_until_now GROUP BY profile_id")
        .step("everyone", "SELECT DISTINCT profile_id FROM identity_map")
        .step("rows", f"SELECT {everyone} FROM everyone LEFT JOIN by_profile USING (profile_id)")
    )


def _traits(declared: Traits, workspace: Workspace) -> Query:
    """One row a profile and trait that has a value: the computed ones, households, then what sources state."""
    query = Query()
    for name, item in declared.items():
        query = query.step(f"computed_{name}", _rows_of(name, trait_type(item.value)))
    stated = query.step("ranked", _ranked(workspace)).step(
        "stated",
        f"SELECT profile_id, attribute AS trait, type, {_VALUES}, source AS origin FROM ranked "
        "QUALIFY row_number() OVER (PARTITION BY profile_id, attribute "
        "ORDER BY priority, stated_at DESC, identifier, value_index, source) = 1",
    )
    own = "".join(f"SELECT * FROM {quoted(f'computed_{name}')} UNION ALL " for name in declared)
    names = ", ".join(_text(name) for name in declared)
    others = f" AND trait NOT IN ({names})" if declared else ""
    households = f"SELECT {_HOUSEHOLD} FROM lived_together WHERE TRUE{others}"
    stated_alone = f"SELECT * FROM stated WHERE trait NOT IN (SELECT trait FROM lived_together){others}"
    return stated.step("rows", f"{own}{households} UNION ALL {stated_alone}")


def _ranked(workspace: Workspace) -> str:
    """Each source's newest statement of each attribute, with the source's priority, and of which identifier it was heard.

    Numbers of identifiers say which came first, and must not decide what is said at one moment.
    """
    priority = rank_of_source(workspace.project.config.ranked_sources)
    return (
        f"SELECT attributes.*, profile_id, {priority} AS priority, identifier, value_index FROM attributes "
        "JOIN identity_map USING (node_id) LEFT JOIN nodes USING (node_id)"
    )


def _events_until_now(workspace: Workspace, columns: tuple[str, ...]) -> str:
    chosen = ", ".join(f"events.{quoted(column)}" for column in columns)
    now = literal(workspace.clock.now()).sql(dialect=DIALECT)
    return f"SELECT profile_id, {chosen} FROM events JOIN identity_map USING (node_id) WHERE occurred_at <= {now}"


def _aggregate(trait: TraitDeclaration, workspace: Workspace) -> str:
    today = workspace.clock.now().astimezone(workspace.clock.zone).date()
    value = quoted(trait.property or "occurred_at")
    of = Chosen(value, _chosen(trait, workspace), workspace.project.config.time_zone, today)
    return trait_kinds()[trait.kind].aggregate(of)


def _chosen(trait: TraitDeclaration, workspace: Workspace) -> str:
    """SQL that is true for the events a trait counts."""
    conditions = [f"event = {_text(trait.event)}"] if trait.event else []
    for name, value in trait.where.items():
        values = value if isinstance(value, list) else [value]
        conditions.append(
            f"{quoted(name)} IN ({', '.join(literal(each).sql(dialect=DIALECT) for each in values)})"
        )
    window = trait.within.window(workspace.clock) if trait.within else Window()
    if window.start:
        conditions.append(f"occurred_at > {literal(window.start).sql(dialect=DIALECT)}")
    return " AND ".join(conditions) or "TRUE"


def _columns(trait: TraitDeclaration) -> set[str]:
    return {*trait.where, *([trait.property] if trait.property else [])}


def _or_none(name: str, trait: TraitDeclaration) -> str:
    """A trait's column; profiles without any event get what the kind gives for none."""
    if_none, column = trait_kinds()[trait.kind].if_none, _column(name)
    return column if if_none is None else f"coalesce({column}, {if_none}) AS {column}"


def _column(name: str) -> str:
    """A trait's column in `computed`; a trait may be called as a column of ours is."""
    return quoted(f"trait:{name}")


def _rows_of(name: str, type_: Type) -> str:
    columns = ", ".join(
        f"{_column(name) if column is type_ else typed_null(column)} AS {quoted(kind)}"
        for kind, column in VALUE_TYPES.items()
    )
    return (
        f"SELECT profile_id, {_text(name)} AS trait, {_text(type_.value)} AS type, {columns}, 'computed' AS origin "
        f"FROM computed WHERE {_column(name)} IS NOT NULL"
    )


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
