"""Phone number: E.164, that is + and the country code and at most fifteen digits in all, if such a number can exist.

Digits of every script and the signs that numbers are written with are read. A number must say its country: by a +, or as
RFC 3966 does (`tel:030-12345678;phone-context=+49`). One that does not (`030 12345678`, and also `0049 30 12345678`,
because what is dialled to call abroad differs by country) is none, rather than a guess, unless `identifiers/phone.yaml` says in
which region such numbers were written (`region: DE`). One with an extension is none: it rings at a switchboard that many share.
"""

from __future__ import annotations

from collections.abc import Callable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from headwater.identity.identifier import NOTHING_INVISIBLE, Called, Identifier, as_it_is
from headwater.identity.placeholders import is_run_of_keys


def normalise(text: str) -> str | None:
    """The number as E.164 (ITU-T), or None if it is none or does not say its country."""
    return e164(text, None)


def e164(text: str, region: str | None) -> str | None:
    """The same of a number that, unless it says its country, was dialled in this region (ISO 3166, such as DE).

    >>> e164("030 12345678", "DE"), e164("+1 415 555 2671", "DE"), e164("030 12345678", None)
    ('+493012345678', '+14155552671', None)
    """
    try:
        number = phonenumbers.parse(text.translate(NOTHING_INVISIBLE), region)
    except NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def by_region(region: str) -> Callable[[str], str | None] | None:
    """What normalises numbers as they are dialled in a region; None: there is no such region."""
    return (lambda text: e164(text, region)) if region in phonenumbers.SUPPORTED_REGIONS else None


def is_junk(value: str) -> bool:
    """Whether what follows the country code is a run of keys; most of those are not valid anyway."""
    codes = (value[1:end] for end in (2, 3, 4))
    code = next((code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")
    return is_run_of_keys(value[1 + len(code) :])


IDENTIFIER = Identifier(
    meaning="A phone number.",
    strength=75,
    to_sql=Called("headwater_phone"),
    normalise=normalise,
    examples=(
        ("+1 (415) 555-2671", "+14155552671"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+٤٩ ٣٠ ١٢٣٤٥٦٧٨", "+493012345678"),
        ("\u202a+49\u00a030\u200b12345678\u202c", "+493012345678"),
        ("tel:030-12345678;phone-context=+49", "+493012345678"),
        ("030 12345678", None),
        ("0049 30 12345678", None),
        ("+1 415 555 2671 ext. 5", None),
        ("+1 123 456 7890", None),
        ("+49", None),
        ("", None),
    ),
    names="person",
    is_direct=True,
    is_junk=is_junk,
    by_region=by_region,
    compared_as={"phone": as_it_is},
)
