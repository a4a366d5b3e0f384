"""A shop that takes events in live, but without its processes: some follow its plan, some do not, some are out to do harm."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tests.console.conftest import SCRIPT, made
from tests.flow.alive import Alive, Call, track

from headwater.collect.tracking_plan.drift import to_json

COLLECTOR = "website"
PRICE = "17.50"
EMAIL = "ann@example.com"
FILES = {
    "collectors/website.yaml": """
        description: The shop's pages
        keys: [demo]
        plan: quarantine
        """,
    "plans/order_completed.yaml": """
        event: Order Completed
        description: An order was placed
        owner: shop team
        schema:
          type: object
          required: [order_id, revenue]
          properties:
            order_id: {type: string, description: The order's number}
            revenue: {type: number, minimum: 0}
            currency: {enum: [EUR]}
        """,
    "plans/basket_filled.yaml": "event: Basket Filled\n",
    "plans/hostile.yaml": f'event: "{SCRIPT}"\n',
}
GOOD, BAD = {"order_id": "o1", "revenue": 19}, {"order_id": "o2", "paid": PRICE, "note": f"ring {EMAIL}"}


def calls() -> list[Call]:
    """One that is taken in, three that are not, and one that holds a script wherever text can stand."""
    return [
        track("Order Completed", **GOOD),
        {**track("Order Completed", **BAD), "messageId": "m1"},
        track("Order Completed", order_id="o3", paid="much"),
        track("Wishlist Shared", items=3),
        track(SCRIPT, **{SCRIPT: SCRIPT}),
    ]


def made_live(folder: Path) -> Alive:
    """It, run once, with those calls in its tables and its log."""
    made(folder)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(text))
    alive = Alive(folder)
    alive.run()
    alive.tell(*calls())
    with alive.stream() as stream:
        while stream.take_some():
            pass
        (folder / "live" / "drift.json").write_bytes(to_json(stream.drift))
    alive.run()
    return alive
