"""Purposes: why personal data may be used. The unit in which people agree or refuse.

Reads `purposes:` of `headwater.yaml`; writes nothing.
"""

from __future__ import annotations

from headwater.core.config import Purpose
from headwater.core.errors import Ground, Refusal, suggest
from headwater.core.project import Project


def find_purpose(project: Project, purpose: str) -> Purpose:
    """What `headwater.yaml` says of a purpose.

    Raises:
        Refusal: it is not declared there; the nearest or the known purposes are named.
    """
    known = project.config.purposes
    if purpose not in known:
        raise Refusal(
            f"the purpose '{purpose}' is not declared in headwater.yaml; {suggest(purpose, known)}",
            next_step="use a declared purpose, or declare this one under `purposes:`",
            grounds=[Ground("purpose_unknown", purpose)],
        )
    return known[purpose]
