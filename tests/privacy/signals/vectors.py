"""What IAB's own decoders answer to the strings in `tests/data/signals`, and to ten thousand more: those, changed a little.

The changed strings are not kept: they are made anew, the same each time, by `changed`. Of the answer to each, `fuzz_answers.bin`
keeps four bytes: a hash of everything that the decoder says, or zeros if it refuses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "signals"
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STRANGE = "=+/.~ !é"
N_CHANGED = 10_000
REFUSED = bytes(4)


def vectors(standard: str) -> list[dict]:
    """The strings of "tcf" or "gpp" with what the decoder says; `text` is the string."""
    told = json.loads((DATA / f"{standard}_vectors.json").read_text(encoding="utf-8"))["vectors"]
    return [{**each, "text": each.get("tcString", each.get("gppString"))} for each in told]


def changed() -> Iterator[tuple[str, str]]:
    """Ten thousand strings, half of each standard, as (standard, text)."""
    texts = {
        standard: [each["text"] for each in vectors(standard) if each["text"]] for standard in ("tcf", "gpp")
    }
    for number in range(N_CHANGED):
        standard = ("tcf", "gpp")[number % 2]
        yield standard, _change(texts[standard], Dice(number))


def answers() -> list[bytes]:
    """The decoder's answer to each changed string."""
    kept = (DATA / "fuzz_answers.bin").read_bytes()
    return [kept[at : at + 4] for at in range(0, len(kept), 4)]


def digest(said: object) -> bytes:
    """Four bytes of everything that was said."""
    text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()[:4]


class Dice:
    """Numbers that are the same on every machine and in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._state = hashlib.sha256(f"signals {seed}".encode()).digest()

    def below(self, n: int) -> int:
        self._state = hashlib.sha256(self._state).digest()
        return int.from_bytes(self._state[:8], "big") % n


def _change(texts: list[str], dice: Dice) -> str:
    """One of the texts, changed in one place, seldom in more."""
    text = texts[dice.below(len(texts))]
    for _ in range(1 + dice.below(4) // 3 + dice.below(8) // 7):
        text = _CHANGES[dice.below(len(_CHANGES))](text, texts, dice)
    return text


def _another_sign(text: str, texts: list[str], dice: Dice) -> str:
    at = dice.below(len(text) or 1)
    return text[:at] + SIGNS[dice.below(64)] + text[at + 1 :]


def _another_bit(text: str, texts: list[str], dice: Dice) -> str:
    at = dice.below(len(text) or 1)
    if text[at : at + 1] not in SIGNS:
        return text
    return text[:at] + SIGNS[SIGNS.index(text[at : at + 1]) ^ 1 << dice.below(6)] + text[at + 1 :]


def _strange_sign(text: str, texts: list[str], dice: Dice) -> str:
    at = dice.below(len(text) + 1)
    return text[:at] + STRANGE[dice.below(len(STRANGE))] + text[at + dice.below(2) :]


def _shorter(text: str, texts: list[str], dice: Dice) -> str:
    at = dice.below(len(text) or 1)
    return text[:at] + text[at + 1 + dice.below(4) :]


def _longer(text: str, texts: list[str], dice: Dice) -> str:
    at = len(text) if dice.below(2) else dice.below(len(text) + 1)
    return text[:at] + "A" * (1 + dice.below(4)) + text[at:]


def _cut(text: str, texts: list[str], dice: Dice) -> str:
    return text[: dice.below(len(text) + 1)]


def _other_parts(text: str, texts: list[str], dice: Dice) -> str:
    """Segments in another order, one of them twice, one left out, or one of another text."""
    parts = text.split(".")
    other = texts[dice.below(len(texts))].split(".")
    at = dice.below(len(parts))
    new = (
        [*parts[::-1]],
        [*parts, parts[at]],
        [*parts[:at], *parts[at + 1 :]],
        [*parts, other[dice.below(len(other))]],
    )
    return ".".join(new[dice.below(4)])


_CHANGES = (*[_another_bit] * 6, _another_sign, _strange_sign, _shorter, _longer, _cut, _other_parts)
