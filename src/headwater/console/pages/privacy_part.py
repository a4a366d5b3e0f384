"""How privacy stands: consent and purposes, retention, what the gate refuses, the audit log. One page, four parts."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.drawn.page import Page, View
from headwater.console.privacy import audit_panel, consent_panels, gate_panel, retention_panel
from headwater.core.errors import NotFoundError

_PARTS = {
    "consent": consent_panels.show,
    "retention": retention_panel.show,
    "gate": gate_panel.show,
    "audit": audit_panel.show,
}


async def show(view: View, part: str) -> None:
    """Draw it.

    Raises:
        NotFoundError: there is no such part.
    """
    if part not in _PARTS:
        raise NotFoundError("part of Privacy", part, list(_PARTS))
    await _PARTS[part](view)


PAGE = Page("/privacy/{part}", "Privacy", "Privacy", Action.SEE_COUNTS, show)
