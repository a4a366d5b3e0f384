"""What the gate refuses already when a project's files are read: whoever it would be about.

Reads `purposes:` and `gate:` of `headwater.yaml`, audiences, destinations and where their labels come from; writes nothing.
Placements ask the gate where they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from headwater.activate.declare import DeclaredDestination
from headwater.activate.errand import NOBODY, permit_request
from headwater.audiences.lineage import Lineage, audience_field
from headwater.audiences.parse import Audience
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.documents import Document, Place
from headwater.core.errors import Problem, Refusal, suggest
from headwater.core.project import Project
from headwater.privacy.gate import PermitRequest, Use, check_request
from headwater.privacy.labels import Label, labels_of


def gate_problems(project: Project, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Purposes that ask what nothing says of people, and attributes of `gate:` that nobody has."""
    document, gate = project.config_document, project.config.gate
    for name, purpose in project.config.purposes.items():
        if purpose.minimum_age and not gate.of_age:
            yield _unsaid(document, name, "minimum_age", "how old people are", "birth_date")
        if purpose.jurisdictions and not gate.of_place:
            yield _unsaid(document, name, "jurisdictions", "where people are", "country")
    for key in ("country", "region", "age", "birth_date", "is_child"):
        trait = getattr(gate, key)
        if trait and trait not in vocabulary.traits and not _may_be_stated(trait, project, vocabulary):
            expected = suggest(trait, vocabulary.traits)
            yield document.problem(("gate", key), f"there is no trait '{trait}'", expected=expected)


def _may_be_stated(trait: str, project: Project, vocabulary: Vocabulary) -> bool:
    """Whether clients may state it yet, or a file with mistakes declares it."""
    return trait in vocabulary.unread or bool(project.documents["collectors"])


def _unsaid(document: Document, purpose: str, key: str, what: str, hint: str) -> Problem:
    return document.problem(
        ("purposes", purpose, key),
        f"nothing says {what}, so it would be for nobody",
        expected=f"name the attribute that says it: `gate: {{{hint}: …}}`",
    )


def refused_audiences(
    project: Project, audiences: Mapping[str, Audience], lineage: Lineage
) -> Iterator[Problem]:
    """Audiences that may not be made for the purpose that they name."""
    for name, audience in audiences.items():
        if audience.purpose is None:
            continue
        origins, field = lineage.of_audience(name), audience_field(name)
        request = PermitRequest(
            audience.purpose,
            Use.AUDIENCE,
            name,
            NOBODY,
            {field: labels_of(origins)},
            frozenset(Label),  # what may go where is for each destination to say
            {field: origins},
        )
        yield from _refused(request, project, audience.document, ("purpose",))


def refused_deliveries(
    project: Project,
    destinations: Mapping[str, DeclaredDestination],
    audiences: Iterable[str],
    lineage: Lineage,
) -> Iterator[Problem]:
    """Audiences that may not go to a destination that names them, or takes all."""
    known = sorted(audiences)
    for to in destinations.values():
        for index, name in enumerate(known if to.audiences is None else to.audiences):
            place: Place = ("audiences",) if to.audiences is None else ("audiences", index)
            request = permit_request(to, name, lineage.of_audience(name))
            yield from _refused(request, project, to.document, place)


def _refused(request: PermitRequest, project: Project, document: Document, place: Place) -> Iterator[Problem]:
    try:
        check_request(request, project)
    except Refusal as refusal:
        wanted = ", ".join(sorted({each.label for each in refusal.grounds} if refusal.grounds else ()))
        is_carried = all(each.rule == "label_not_accepted" and each.because for each in refusal.grounds)
        expected = (
            f"leave it out, or let it go there: `accepts: [{wanted}]`" if is_carried else refusal.next_step
        )
        yield document.problem(place, refusal.message, expected=expected or "")
