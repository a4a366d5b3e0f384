"""A small generated shop: a project folder with sources, traits, audiences and what they are for; for tests and benchmarks.

Everything follows from the seed. People buy over ninety days of 2026 in a shop in Berlin; some are members who gave an
e-mail address and agreed to the newsletter, or refused it. `bad_rows` adds rows that must be rejected, one of each kind.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 1, 1, 9, tzinfo=ZONE)
CATEGORIES = ("coffee", "tea", "bread", "cheese", "wine", "soap")
FILES = {
    "headwater.yaml": """
        project: shop
        time_zone: Europe/Berlin
        now: 2026-04-01T00:00
        purposes:
          newsletter: {description: Send news by e-mail., ccpa: [share]}
        retention: {}
        lake: {buckets: 2}
        """,
    "sources/members.yaml": """
        kind: files
        read: {path: data/members.csv}
        identifiers: {user_id: member, email: email}
        attributes: {city: city, points: {column: points, type: number}}
        consents: [{purpose: newsletter, column: newsletter}]
        """,
    "sources/purchases.yaml": """
        kind: files
        read: {path: data/purchases*.csv}
        identifiers: {user_id: member, anonymous_id: visitor}
        event:
          name: purchase
          time: sold_at
          key: [receipt, line]
          properties: {order_id: receipt, category: category, revenue: amount, quantity: pieces, gift: gift}
        """,
    "traits/revenue_30d.yaml": """
        kind: sum
        description: Money spent in 30 days
        event: purchase
        property: revenue
        within: {last: 30 days}
        """,
    "traits/favourite_category.yaml": """
        kind: favourite
        description: Bought most often
        event: purchase
        property: category
        """,
    "audiences/coffee_lovers.yaml": """
        description: Coffee, three times or more
        rule: {did: purchase, where: {category: coffee}, at_least: 3}
        """,
    "audiences/big_spenders.yaml": """
        description: Spent a hundred in a month
        rule: {trait: revenue_30d, is: {at_least: 100}}
        """,
    "audiences/tea_not_coffee.yaml": """
        description: Tea drinkers who are no coffee lovers
        rule:
          all:
            - {did: purchase, where: {category: tea}}
            - {not: {in_audience: coffee_lovers}}
        """,
    "destinations/mailing.yaml": """
        kind: csv_file
        purpose: newsletter
        audiences: all
        identifiers: {email: sha256_hex}
        settings: {folder: deliveries}
        """,
    "placements/home_hero.yaml": """
        description: The large picture of the home page
        purpose: newsletter
        holdout: 10%
        cap: {most: 3, within: 1 day}
        rules:
          - when: {in_audience: coffee_lovers}
            variants:
              - {name: beans, weight: 2, content: {headline: Fresh beans}}
              - {name: machines, weight: 1, content: {headline: New machines}}
        fallback: {headline: Welcome}
        """,
}


@dataclass(frozen=True)
class Shop:
    """What was generated, counted while it was generated."""

    folder: Path
    n_members: int
    n_purchases: int
    revenue: float
    n_bad: int


def make_shop(
    folder: Path, *, n_people: int = 200, n_purchases: int = 3_000, seed: int = 7, bad_rows: bool = False
) -> Shop:
    """Write the project and its data into a folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    n_members = _write_members(folder, n_people, chance)
    revenue, n_bad = write_purchases(
        folder / "data" / "purchases.csv", n_people, n_purchases, chance, bad_rows=bad_rows
    )
    return Shop(folder, n_members, n_purchases, revenue, n_bad)


def write_purchases(
    path: Path,
    n_people: int,
    n_purchases: int,
    chance: random.Random,
    *,
    first_receipt: int = 0,
    bad_rows: bool = False,
) -> tuple[float, int]:
    """Write a file of purchases; gives their revenue and how many bad rows were put among them."""
    rows, revenue = ["receipt,line,member,visitor,sold_at,category,amount,pieces,gift"], 0.0
    for number in range(n_purchases):
        person = int(n_people * chance.random() ** 2)
        member, visitor = (f"m{person}", "") if person % 2 else ("", f"v{person}")
        at = BEGIN + timedelta(minutes=chance.randrange(60 * 24 * 89))
        amount, pieces = chance.randrange(50, 5000) / 100, chance.randrange(1, 5)
        revenue += amount
        rows.append(
            f"{first_receipt + number // 3},{number % 3},{member},{visitor},{at:%Y-%m-%d %H:%M:%S},"
            f"{chance.choice(CATEGORIES)},{amount},{pieces},{'yes' if chance.random() < 0.1 else ''}"
        )
    bad = _bad_rows(rows[1]) if bad_rows else []
    rows[2:2] = bad
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return revenue, len(bad)


def _write_members(folder: Path, n_people: int, chance: random.Random) -> int:
    rows = ["member,email,city,points,newsletter"]
    for person in range(1, n_people, 2):
        answer = chance.choice(("yes", "yes", "no", ""))
        city = chance.choice(("Berlin", "Hamburg", "München"))
        rows.append(f"m{person},m{person}@example.com,{city},{chance.randrange(1000)},{answer}")
    (folder / "data" / "members.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return len(rows) - 1


def _bad_rows(good: str) -> list[str]:
    """One row of each kind that must be rejected: reason by reason."""
    return [
        good,  # duplicate
        "b1,0,m1,,yesterday,tea,1.00,1,",  # invalid_time
        "b2,0,m1,,2026-01-02 10:00:00,tea,a lot,1,",  # invalid_number
        "b3,0,,,2026-01-02 10:00:00,tea,1.00,1,",  # no_identifier
        "b4,0,m1,,,tea,1.00,1,",  # missing_value
        "b5,0,m1,,2099-01-02 10:00:00,tea,1.00,1,",  # time_in_future
        "b6,0,m1,,2026-01-02 10:00:00",  # malformed_row
    ]
