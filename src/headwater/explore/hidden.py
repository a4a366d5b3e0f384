"""What of a question whoever asks may not see: values of properties and traits with a label that is hidden from them."""

from __future__ import annotations

from headwater.audiences.lineage import NO_ORIGINS, Lineage
from headwater.core.errors import Refusal
from headwater.explore.question import Trend
from headwater.privacy.labels import Label, labels_of


def expect_shown(question: Trend, lineage: Lineage, labels: frozenset[Label]) -> None:
    """Go on only if whoever sees these labels may see by what counts are told apart, and what is summed.

    Raises:
        Refusal: it carries a label that is hidden from them.
    """
    of_event = lineage.events.get(question.happenings.event, {})
    named = {each.name: of_event.get(each.name, NO_ORIGINS) for each in question.split}
    if question.of:
        named[question.of] = of_event.get(question.of, NO_ORIGINS)
    if question.split_trait:
        named[question.split_trait] = lineage.traits.get(question.split_trait, NO_ORIGINS)
    for name, origins in named.items():
        if hidden := labels_of(origins) - labels:
            raise Refusal(
                f"'{name}' carries {', '.join(sorted(hidden))}, which is hidden from your role",
                next_step="tell counts apart by something else, or ask in a role that sees it",
            )


def hidden_traits(lineage: Lineage, labels: frozenset[Label]) -> frozenset[str]:
    """The traits whose values whoever sees these labels may not see."""
    return frozenset(name for name, origins in lineage.traits.items() if labels_of(origins) - labels)
