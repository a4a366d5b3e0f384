"""What the pages of privacy share: the way between them, and words for requests and receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from headwater.access.roles import Action
from headwater.api.endpoints.requests import Requested
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.privacy.receipt import Answer, Receipt

PARTS = (
    ("", "Requests", Action.PRIVACY_REQUESTS),
    ("consent", "Consent and purposes", Action.SEE_COUNTS),
    ("retention", "Retention", Action.SEE_COUNTS),
    ("gate", "Gate", Action.SEE_COUNTS),
    ("audit", "Audit log", Action.SEE_AUDIT),
)
ASKS = {
    "erase": "Erase everything",
    "export": "Export everything",
    "restrict": "Restrict use",
    "unrestrict": "Let be used again",
    "correct": "Correct what is stated",
    "opt-out": "Opt out of sale and sharing",
}


@contextmanager
def privacy_page(view: View, here: str, lede: str) -> Iterator[None]:
    """A page of privacy with the way to the others that somebody may see. `here`: which it is, of `PARTS`."""
    with look.page("Privacy", lede):
        with with_attributes(box("tabs", "nav"), aria_label="Privacy"):
            for part, title, asks in PARTS:
                if view.may(asks):
                    entry = look.link(title, f"/privacy/{part}".rstrip("/"), "tab")
                    with_attributes(entry, aria_current="page" if part == here else "false")
        yield


def state_of(request: Requested, now: datetime | None = None) -> tuple[str, str]:
    """How a request stands in words, and the tone of that."""
    if request.ended_at is not None:
        return f"answered {look.day(request.ended_at)}", "good"
    days = (request.due_at - (now or datetime.now(UTC)).replace(tzinfo=None)).days
    if request.is_overdue:
        return f"overdue by {-days:,} d" if days < -1 else "overdue", "bad"
    return f"{days:,} d left", "warn" if days <= 7 else ""


def rows_in(label: str, rows: Mapping[str, int]) -> None:
    """Of which table how many rows."""
    if not rows:
        text("p", "Nothing.", "quiet")
        return
    told = [(Cell(place_said(name)), Cell(f"{n:,}")) for name, n in rows.items()]
    look.table(label, (Column("Where"), Column("Rows", is_number=True)), told)


def place_said(name: str) -> str:
    """Where something is, in words; a file by its name as it is.

    >>> place_said("table identity_map"), place_said("deliveries/mailing_house_1.csv")
    ('table identity map', 'deliveries/mailing_house_1.csv')
    """
    return name if "/" in name else name.replace("_", " ")


def counted(n: int, word: str) -> str:
    """How many of something.

    >>> counted(1, "profile"), counted(1200, "identifier")
    ('1 profile', '1,200 identifiers')
    """
    return f"{n:,} {word}" + ("" if n == 1 else "s")


def receipt_told(receipt: Receipt | Answer) -> None:
    """What was done for a request."""
    text(
        "p",
        f"{counted(receipt.n_profiles, 'profile')} with {counted(receipt.n_identifiers, 'identifier')}, "
        f"answered {receipt.ended_at} (UTC).",
    )
    match receipt:
        case Receipt():
            _erased(receipt)
        case Answer():
            rows = [(Cell(what.replace("_", " ")), Cell(said)) for what, said in receipt.done.items()]
            look.table("What was done", (Column("What"), Column("How much, or how")), rows)


def _erased(receipt: Receipt) -> None:
    rows = {f"table {name}": n for name, n in receipt.rows.items()}
    beside = {
        "live profiles": receipt.n_live,
        **{f"log: {name.removeprefix('n_').replace('_', ' ')}": n for name, n in receipt.logs.items()},
    }
    rows_in("Erased", {name: n for name, n in {**rows, **beside}.items() if n})
    kept_out = counted(receipt.n_kept_out, "identifier")
    text("p", f"{kept_out} {'is' if receipt.n_kept_out == 1 else 'are'} kept out from now on.")
    for each in receipt.recipients:
        said = "was told to remove them" if each.is_told else f"was not told: {each.detail}"
        text("p", f"{each.destination} {said}.", "" if each.is_told else "warn")
    for name in receipt.files_rewritten:
        text("p", f"{name} does not name them any more; whoever read it before does.", "quiet")
    for name in receipt.files_that_tell:
        text("p", f"{name} says that they are to be removed: delete it once it was read.", "warn")
    if receipt.left:
        look.refusal(
            "Something of them is left.", "; ".join(f"{each.where}: {each.n:,}" for each in receipt.left)
        )
    else:
        text("p", "Looked for afterwards: nothing of them is left.", "good")
