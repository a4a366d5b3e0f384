"""What came of a request, drawn: an export to download, a receipt, an objection, where somebody was found."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from headwater.console.drawn import look
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.console.privacy.frame import counted, receipt_told, rows_in
from headwater.console.privacy.requests import Packed
from headwater.flow.objecting import Objected
from headwater.privacy.receipt import Answer, Left, Receipt


def show_export(_: View, found: Packed) -> None:
    """An export that is ready."""
    text("p", f"{counted(found.n_profiles, 'profile')}. Hand it over only to whom you know that it is about.")
    rows_in("Exported", found.rows)
    with box("row"):
        name = f"{found.request_id}.zip"
        look.button(
            "Download", partial(ui.download.content, found.archive, name, "application/zip"), "primary"
        )
        look.link("Receipt", f"/privacy/requests/{found.request_id}", "button")


def show_receipt(_: View, found: Receipt | Answer) -> None:
    """What was done, and the way to its receipt."""
    receipt_told(found)
    look.link("Receipt", f"/privacy/requests/{found.request_id}", "button")


def show_receipts(view: View, found: tuple[Receipt, ...]) -> None:
    """What was done for each."""
    for each in found:
        show_receipt(view, each)
    if not found:
        text("p", "There was none left to carry out.", "good")


def show_objected(_: View, found: Objected) -> None:
    """An objection that counts."""
    text(
        "p",
        f"{counted(found.n_identifiers, 'identifier')} {'is' if found.n_identifiers == 1 else 'are'} used for "
        f"{', '.join(found.purposes)} no more.",
        "good",
    )
    if found.n_kept_out:
        text(
            "p",
            f"{found.n_kept_out:,} are kept out of everything already; nothing was written of them.",
            "quiet",
        )
    if not found.is_at_rest:
        text("p", "It counts live now, and in the tables once what was collected is taken in.", "quiet")


def show_left(found: tuple[Left, ...]) -> None:
    """Where persons were found."""
    if found:
        text("p", "They stand in these places.", "strong")
        rows_in("Found", {each.where: each.n for each in found})
    else:
        text("p", "Nothing of them is anywhere.", "good")
