"""What the invented shop is like: its events, products, channels and traits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

NOW = datetime(2026, 7, 1, tzinfo=UTC)
EVENTS = {
    "page": 0.40,
    "product_view": 0.20,
    "search": 0.10,
    "add_to_cart": 0.08,
    "email_open": 0.07,
    "purchase": 0.05,
    "email_click": 0.04,
    "app_open": 0.03,
    "wishlist": 0.015,
    "coupon_redeemed": 0.005,
    "refund": 0.005,
    "store_visit": 0.005,
}
"""Names, with their share of all events."""
OF_PRODUCTS = ("page", "product_view", "add_to_cart", "purchase", "wishlist", "coupon_redeemed", "refund")
CHANNELS = {"web": 0.5, "app": 0.3, "store": 0.14, "email": 0.06}
DEPARTMENTS = (
    "GROCERY",
    "BEAUTY",
    "HOME",
    "GARDEN",
    "SPORT",
    "TOYS",
    "FASHION",
    "BOOKS",
    "MUSIC",
    "GAMES",
)
_RANGES = (
    "BASICS",
    "PREMIUM",
    "KIDS",
    "TRAVEL",
    "ORGANIC",
    "CLASSIC",
    "SEASONAL",
    "GIFTS",
    "REFILLS",
    "MINI",
    "FAMILY",
    "STUDIO",
    "OUTDOOR",
    "VINTAGE",
    "IMPORT",
    "LOCAL",
    "SALE",
    "NEW",
    "LIMITED",
    "PARTS",
)
CATEGORIES = tuple(f"{department} {kind}" for kind in _RANGES for department in DEPARTMENTS)
BRANDS = tuple(f"brand_{number:02d}" for number in range(50))
N_PRODUCTS = 20_000
PRODUCTS = tuple(f"p{number:05d}" for number in range(N_PRODUCTS))
"""The most wanted first. Product n is of category n modulo 200; departments and brands go round likewise."""

COUNTRIES = ("DE", "US", "FR", "GB", "ES", "IT", "NL", "PL", "AT", "CH", "SE", "PT")
CITIES = tuple(f"city_{number:03d}" for number in range(100))


@dataclass(frozen=True)
class TraitShape:
    """One trait: its type, the values or the bounds it has, the share of profiles that have one."""

    type: str
    values: tuple[str, ...] = ()
    most: float = 0
    digits: int = 0
    known: float = 0.9


TRAITS = {
    "country": TraitShape("text", COUNTRIES, known=0.98),
    "language": TraitShape("text", ("de", "en", "fr", "es", "it", "nl")),
    "gender": TraitShape("text", ("female", "male", "other"), known=0.7),
    "age_band": TraitShape("text", ("18-24", "25-34", "35-44", "45-54", "55-64", "65+"), known=0.6),
    "plan": TraitShape("text", ("free", "plus", "family", "business"), known=0.95),
    "city": TraitShape("text", CITIES, known=0.8),
    "device": TraitShape("text", ("mobile", "desktop", "tablet", "tv")),
    "acquisition": TraitShape(
        "text", ("search", "social", "referral", "email", "direct", "affiliate", "store")
    ),
    "lifetime_value": TraitShape("number", most=2_000, digits=2),
    "orders_count": TraitShape("number", most=60),
    "churn_score": TraitShape("number", most=1, digits=3, known=0.8),
    "visits_per_month": TraitShape("number", most=40),
    "average_basket": TraitShape("number", most=150, digits=2, known=0.6),
    "loyalty_points": TraitShape("number", most=10_000, known=0.5),
    "household_size": TraitShape("number", most=6, known=0.4),
    "satisfaction": TraitShape("number", most=10, known=0.2),
    "newsletter": TraitShape("boolean"),
    "is_member": TraitShape("boolean", known=1.0),
    "app_installed": TraitShape("boolean", known=0.8),
    "has_children": TraitShape("boolean", known=0.3),
    "push_allowed": TraitShape("boolean", known=0.6),
    "registered_at": TraitShape("instant", most=1_500, known=0.99),
    "last_login_at": TraitShape("instant", most=120, known=0.7),
    "birthday_at": TraitShape("instant", most=25_000, known=0.5),
}
"""By name; `most` of an instant: how many days before now it may be."""


def wanted_products() -> npt.NDArray[np.float64]:
    """How the wish for products adds up, from the most wanted on (Zipf); shape (products,), ends at 1."""
    shares = np.cumsum(1 / np.arange(1, N_PRODUCTS + 1) ** 0.9)
    found: npt.NDArray[np.float64] = shares / shares[-1]
    return found
