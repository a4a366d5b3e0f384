"""How many consent signals are read in a second, on one core.

    python -m bench.privacy.signals --write

Strings are the valid ones of the vectors that the tests hold the decoder to, which are hard on it on purpose, and such as
consent platforms write: for a list of a thousand vendors, with everything accepted, everything refused, or some of it. Each
round reads all strings of a kind over and over for a moment; time is the processor's. On a machine that does other things
too, the fastest round says what a core does that is left alone.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import page
from headwater.core.errors import SignalError
from headwater.privacy.signals import gpp, reading, tcf
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import PublisherPurposes, Restriction, RestrictionType, TcString

AIM = 20_000  # strings a second
N_VENDORS = 1_000
_VECTORS = Path(__file__).parents[2] / "tests" / "data" / "signals"
_NOBODY = IdSet()
Read = Callable[[str], object]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how many consent signals are read in a second.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.02, help="of each round")
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args()
    text = measured(given.rounds, given.seconds)
    print(text)
    if given.write:
        page.write("consent signals", f"{page.machine()}\n\n{text}")


def measured(n_rounds: int, seconds: float) -> str:
    """The table of it."""
    vectors = _vectors("tcf")
    some = [tcf.encode(_said(share)) for share in (0.2, 0.5, 0.8)]
    kinds: list[tuple[str, Read, Sequence[str], str]] = [
        (f"the {len(vectors)} valid strings of the vectors", tcf.decode, vectors, f"{AIM:,}"),
        ("everything accepted", tcf.decode, [tcf.encode(_said(1))], f"{AIM:,}"),
        ("everything refused", tcf.decode, [tcf.encode(_said(0))], f"{AIM:,}"),
        ("some vendors accepted", tcf.decode, some, f"{AIM:,}"),
        ("some vendors accepted, as statements, and one vendor asked about", _asked, some, ""),
        (f"the {len(_vectors('gpp'))} valid GPP strings of the vectors", gpp.decode, _vectors("gpp"), ""),
    ]
    rates: dict[str, list[float]] = {what: [] for what, *_ in kinds}
    for _ in range(n_rounds):
        for what, read, texts, _ in kinds:
            rates[what].append(_rate(read, texts, seconds))
    return page.table(
        ("strings", "a second: median", "fastest round", "aim, by the fastest"),
        [_row(*each, rates[each[0]]) for each in kinds],
    )


def _row(what: str, _: Read, texts: Sequence[str], aim: str, found: list[float]) -> tuple[str, ...]:
    signs, fastest = statistics.mean(map(len, texts)), max(found)
    reached = f"{aim}: {'reached' if fastest >= AIM else 'not reached'}" if aim else ""
    return f"{what} ({signs:.0f} characters)", f"{statistics.median(found):,.0f}", f"{fastest:,.0f}", reached


def _rate(read: Read, texts: Sequence[str], seconds: float) -> float:
    """How many of the texts are read in a second of the processor's."""
    n_read, began = 0, time.process_time()
    while (took := time.process_time() - began) < seconds:
        for text in texts:
            read(text)
        n_read += len(texts)
    return n_read / took


def _asked(text: str) -> object:
    said = tcf.decode(text)
    return reading.resolved([reading.of_tcf(said)]), said.allows(3, 755)


def _vectors(standard: str) -> list[str]:
    told = json.loads((_VECTORS / f"{standard}_vectors.json").read_text(encoding="utf-8"))["vectors"]
    texts = [each.get("tcString", each.get("gppString")) for each in told if each["valid"]]
    return [text for text in texts if _is_taken(standard, text)]


def _is_taken(standard: str, text: str) -> bool:
    try:
        (tcf if standard == "tcf" else gpp).decode(text)
    except SignalError:
        return False
    return True


def _said(share: float) -> TcString:
    """What somebody says who accepts this share of vendors and purposes."""
    dice = random.Random(share)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    vendors = IdSet.of(each for each in range(1, N_VENDORS + 1) if dice.random() < share)
    purposes = IdSet.of(each for each in range(1, 12) if dice.random() < share)
    few = IdSet.of(dice.sample(range(1, N_VENDORS), 12))
    return TcString(
        created=now,
        updated=now,
        cmp_id=31,
        cmp_version=2,
        consent_screen=1,
        language="DE",
        vendor_list_version=126,
        policy_version=5,
        is_service_specific=True,
        uses_non_standard_texts=False,
        special_features=IdSet.of([1]) if share else _NOBODY,
        purposes=purposes,
        purposes_by_interest=IdSet.of(each for each in purposes if each >= 7),
        is_purpose_one_left_out=False,
        publisher_country="DE",
        vendors=vendors,
        vendors_by_interest=IdSet.of(each for each in vendors if each % 3 == 0),
        restrictions=(Restriction(2, RestrictionType.REQUIRE_CONSENT, few),),
        disclosed_vendors=IdSet.of(range(1, N_VENDORS + 1)),
        publisher=PublisherPurposes(purposes, _NOBODY, 0, _NOBODY, _NOBODY),
    )


if __name__ == "__main__":
    main()
