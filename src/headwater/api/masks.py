"""What the labels of a project's traits and audiences are, for masking answers."""

from __future__ import annotations

from headwater.access.masking import Known
from headwater.audiences.lineage import NONE
from headwater.core.project import Project
from headwater.flow.definitions import Definitions, judge
from headwater.identity.likeness.declare import household_models
from headwater.tables.workspace import read


def known_of(project: Project) -> Known:
    """The labels of all that a project declares."""
    with read(project) as workspace:
        definitions, _ = judge(workspace)
    return labels_declared(definitions)


def labels_declared(definitions: Definitions) -> Known:
    """The labels of every trait and audience; of one that is declared without any, none."""
    lineage = definitions.lineage
    stated = [name for each in definitions.sources.values() for name in each.value.attribute_columns()]
    traits = dict.fromkeys([*stated, *definitions.traits, *household_models(definitions.matching)], NONE)
    return Known(
        {**traits, **lineage.labels_of_traits},
        {**dict.fromkeys(definitions.audiences, NONE), **lineage.labels_of_audiences},
    )
