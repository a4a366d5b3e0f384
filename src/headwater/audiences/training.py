"""What a model may be trained on, and on whom: every model asks this before it looks at anybody.

Reads what the gate reads; writes nothing. Features are traits and audiences; each brings the labels of all that it is made of.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from headwater.audiences.lineage import Lineage, audience_field
from headwater.engine.bitmaps import Ids
from headwater.privacy.gate import PermitRequest, Permitted, Use, permit
from headwater.privacy.labels import Label, labels_of
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Training:
    """What a model is to learn from.

    Attributes:
        model: its id.
        purpose: what its predictions are used for: people must stand so on that.
        traits: the attributes and traits it looks at, what it predicts included.
        audiences: the audiences whose members it looks at.
        accepts: the labels that it may learn from.
    """

    model: str
    purpose: str
    traits: Collection[str] = ()
    audiences: Collection[str] = ()
    accepts: frozenset[Label] = frozenset()

    def request(self, lineage: Lineage, profile_ids: Ids) -> PermitRequest:
        """What the gate is asked for."""
        origins = {name: lineage.traits.get(name, frozenset()) for name in self.traits}
        origins |= {audience_field(name): lineage.of_audience(name) for name in self.audiences}
        fields = {name: labels_of(each) for name, each in origins.items()}
        return PermitRequest(
            self.purpose, Use.TRAINING, self.model, profile_ids, fields, self.accepts, origins
        )


def permit_training(
    training: Training, lineage: Lineage, profile_ids: Ids, workspace: Workspace
) -> Permitted:
    """Whom of these a model may be trained on.

    Args:
        training: what the model is to learn from.
        lineage: what gives traits and audiences their labels.
        profile_ids: int64, any order.
        workspace: the project opened.

    Raises:
        Refusal: the purpose is not declared, or something it is to learn from carries labels that it may not.
    """
    return permit(training.request(lineage, profile_ids), workspace)
