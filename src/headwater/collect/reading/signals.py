"""The consent signals that come with a call: strings in its context, Global Privacy Control there or in the request's header.

Nothing is judged here: what is no text is passed on as the JSON it is, and refused by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from headwater.collect.reading.calls import Consent, Context
from headwater.collect.request import Request
from headwater.privacy.signals.gpc import flag_is_set, header_is_set
from headwater.privacy.signals.incoming import Signal, Signals

HEADER = "sec-gpc"
_GPC_ALONE = Signals(is_gpc=True)
_NOTHING = Consent()


def signals_of(context: Context) -> Signals | None:
    """The signals in a call's context; None: there are none."""
    consent = context.consent or _NOTHING
    found = Signals(
        dict(_strings(consent)),
        gpc_is_set(context.gpc) or gpc_is_set(consent.gpc),
        frozenset(_texts(consent.despite_gpc)),
    )
    return found or None


def with_header(signals: Signals | None, request: Request) -> Signals | None:
    """Signals, with the one that a browser sends as a header."""
    if not header_is_set(request.headers.get(HEADER)):
        return signals
    return replace(signals, is_gpc=True) if signals else _GPC_ALONE


def gpc_is_set(raw: msgspec.Raw) -> bool:
    """Whether a value, as it came, says that Global Privacy Control is set."""
    return bool(raw) and flag_is_set(_value(raw))


def _strings(consent: Consent) -> Iterator[tuple[Signal, str]]:
    told = {
        Signal.TCF: consent.tcf,
        Signal.GPP: consent.gpp,
        Signal.US_PRIVACY: consent.us_privacy or consent.us_privacy_too,
        Signal.CONSENT_MODE: consent.consent_mode or consent.consent_mode_too,
    }
    for signal, raw in told.items():
        value = _value(raw) if raw else None
        if value not in (None, ""):
            yield signal, value if isinstance(value, str) else bytes(raw).decode("utf-8", "replace")


def _texts(raw: msgspec.Raw) -> Iterator[str]:
    told = _value(raw) if raw else None
    yield from (each for each in told if isinstance(each, str)) if isinstance(told, list) else ()


def _value(raw: msgspec.Raw) -> object:
    """A value of JSON; None: it is nested deeper than can be read, so it is none of a signal."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
