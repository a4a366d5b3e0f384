"""What a project's files say about live events, made ready for the stream.

Reads the definitions, who is suppressed and, for the catalogue, the table `products`. Writes nothing.
"""

from __future__ import annotations

from pathlib import Path

from headwater.collect.enriching.places import open_places
from headwater.collect.step import Product, Surroundings
from headwater.collect.tracking_plan.plan import TrackingPlan
from headwater.flow.definitions import Definitions
from headwater.flow.showings import Showings
from headwater.flow.stream import Treatment
from headwater.identity.declare import as_said, heeding
from headwater.identity.identifier import identifier_kinds
from headwater.identity.likeness.declare import household_models
from headwater.live.judge import Judge
from headwater.live.rules import make_rules
from headwater.live.take import Identifiers
from headwater.live.ties import make_ties
from headwater.privacy.consent import Lasting
from headwater.privacy.suppression import suppressed_indexes
from headwater.privacy.wishes import hearing_of
from headwater.tables.workspace import Workspace

_ENRICHED = ("category", "department", "brand", "product_name")


def make_treatment(definitions: Definitions, workspace: Workspace) -> Treatment:
    """How live events of a project are treated."""
    project = workspace.project
    rules = make_rules(
        definitions.audiences,
        {name: trait.value for name, trait in definitions.traits.items()},
        household_models(definitions.matching),
    )
    kinds = heeding(definitions.identifiers, identifier_kinds())
    return Treatment(
        definitions.collectors,
        Judge(rules, project.clock.zone, project.config.ranked_sources),
        Identifiers(
            {name: kind.normalise for name, kind in kinds.items()},
            {name: kind.strength for name, kind in kinds.items()},
        ),
        make_ties(definitions.identifiers, kinds, project.clock.zone),
        _surroundings(definitions, workspace),
        plan=TrackingPlan.of(definitions.plans),
        showings=Showings(definitions.placements, project.clock),
        suppressed=suppressed_indexes(project),
        lasting=Lasting.of(project.config.purposes),
    )


def _surroundings(definitions: Definitions, workspace: Workspace) -> Surroundings:
    collectors, kinds = definitions.collectors, as_said(definitions.identifiers, identifier_kinds())
    products = _products(workspace)
    return Surroundings(
        product_of=products.get,
        place_of=open_places(_geo_file(workspace)),
        keep_bots=frozenset(name for name, each in collectors.items() if each.said.keep_bots),
        own_hosts={name: frozenset(map(str.lower, each.said.own_hosts)) for name, each in collectors.items()},
        identifier_of={name: kind.normalise for name, kind in kinds.items() if kind.is_direct},
        ip_kept={name: each.said.ip for name, each in collectors.items()},
        hear=hearing_of(workspace.project).hear,
    )


def _geo_file(workspace: Workspace) -> Path | None:
    """The file that says where addresses are; None: none is set."""
    named = workspace.project.settings.geo_file
    return workspace.project.path(named) if named else None


def _products(workspace: Workspace) -> dict[str, Product]:
    """The catalogue in memory."""
    rows = workspace.engine.table("SELECT * FROM products").to_pylist()
    return {row["product_id"]: {name: row[name] for name in _ENRICHED if row.get(name)} for row in rows}
