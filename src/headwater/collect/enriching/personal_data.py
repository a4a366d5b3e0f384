"""E-mail addresses and card numbers in a text, also as they stand in URLs.

A card number is 13 to 19 digits, alone or in groups, that begin as an issuer's do and end in the right check digit. 13 digits
in one piece are none: article numbers (EAN) and times look like that, and cards of that length are long gone.
"""

from __future__ import annotations

import re
from functools import lru_cache

EMAIL, CARD = "[email]", "[card]"
_AT = re.compile(r"@|%(?:25)*40")
# What stands before an address and is none of it; in a URL it may be escaped, once or several times.
_BREAK = re.compile(
    r"""[\s"<>()\[\]{}|\\^`,;:=&?/#@]|%(?:25)*(?:0[9AD]|2[0-4689CF]|3[A-F]|40|5[B-E]|60|7[B-D])""",
    re.IGNORECASE,
)
_LABEL = r"(?:[^\W_]|-|%(?:25)*[89A-F][0-9A-F])+"
_DOMAIN = re.compile(rf"(?!\d+x\.)(?:{_LABEL}(?:\.|%(?:25)*2E))+[^\W\d_]{{2,}}", re.IGNORECASE)
_BETWEEN = r"(?:[ +\-\u00a0\u2010-\u2014]|%(?:25)*(?:20|2D))"
_DIGITS = re.compile(rf"(?<!\d)(?<!\d\.)\d+(?:{_BETWEEN}\d+)*", re.IGNORECASE)
_LONG = re.compile(rf"\d(?:{_BETWEEN}?\d){{12}}", re.IGNORECASE)
_GROUP = re.compile(rf"(\d+)({_BETWEEN}?)", re.IGNORECASE)
# How issuers' numbers begin, and how long they are.
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|095|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:6011|65\d\d|64[4-9]\d|62\d\d|81\d\d)\d{12,15}"  # Discover, UnionPay
    r"|(?:50|5[6-9]|6\d)\d{11,17}"  # Maestro and others
    r"|220[0-4]\d{12,15}"  # Mir
)
_IDS = re.compile(r"(?i:(?:.*[_.\s-])?(?:ids?|skus?|ean|gtin|upc|isbn|barcode))|.*[a-z]I[dD]s?")
SHORTEST = 13


def has_suspects(text: str) -> bool:
    """Whether there may be anything to take out: quick, and right if it says no."""
    return "@" in text or "40" in text or (len(text) >= SHORTEST and _LONG.search(text) is not None)


def without_personal_data(text: str, *, cards: bool = True) -> str:
    """The text with every e-mail address and, if asked for, every card number replaced; the same object if there is none.

    >>> without_personal_data("write to joe@example.com, not 4111 1111 1111 1111")
    'write to [email], not [card]'
    """
    if "@" in text or "%" in text:
        text = without_emails(text)
    return without_cards(text) if cards else text


def without_emails(text: str) -> str:
    """The text with every e-mail address replaced; in a URL, the escaped ones too."""
    pieces: list[str] = []
    done = 0
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end()) if at.start() >= done else None
        if not domain:
            continue
        before = text[done : at.start()]
        local = _BREAK.split(before)[-1]
        if local:
            pieces += [before[: -len(local)], EMAIL]
            done = domain.end()
        else:
            pieces.append(text[done : at.end()])
            done = at.end()
    return "".join([*pieces, text[done:]]) if pieces else text


def without_cards(text: str) -> str:
    """The text with every card number replaced."""
    if len(text) < SHORTEST or not _LONG.search(text):
        return text
    clean = _DIGITS.sub(lambda run: _without_cards(run.group()), text)
    return text if clean == text else clean


@lru_cache(maxsize=4096)
def is_name_of_id(name: str) -> bool:
    """Whether a property of this name holds ids, which may look like card numbers.

    >>> is_name_of_id("order_id"), is_name_of_id("productId"), is_name_of_id("sku"), is_name_of_id("paid")
    (True, True, True, False)
    """
    return _IDS.fullmatch(name) is not None


def is_card(digits: str, *, in_groups: bool = True) -> bool:
    """Whether digits are a card number: an issuer's beginning and length, and the check digit of ISO/IEC 7812."""
    if len(digits) == SHORTEST and not in_groups:
        return False
    return _ISSUERS.fullmatch(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0


def _without_cards(run: str) -> str:
    """Digits in groups, with those groups that make a card number replaced: the first that do, and of those the most."""
    groups = [found.groups() for found in _GROUP.finditer(run)]
    pieces: list[str] = []
    at = 0
    while at < len(groups):
        end = _end_of_card([digits for digits, _ in groups[at : at + 8]])
        pieces.append(CARD + groups[at + end - 1][1] if end else "".join(groups[at]))
        at += end or 1
    return "".join(pieces)


def _end_of_card(groups: list[str]) -> int:
    """How many of these groups, from the first on, are a card number; 0: none."""
    for count in range(len(groups), 0, -1):
        if is_card("".join(groups[:count]), in_groups=count > 1):
            return count
    return 0
