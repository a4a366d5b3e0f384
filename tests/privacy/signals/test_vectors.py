"""Every string of the vectors, valid and invalid, and ten thousand changed ones, as IAB's own decoders have them."""

from __future__ import annotations

import re
import time
from datetime import datetime

import pytest
from tests.privacy.signals.plainly import of_section, plainly
from tests.privacy.signals.vectors import N_CHANGED, REFUSED, answers, changed, digest, vectors

from headwater.core.errors import SignalError
from headwater.privacy.signals import gpp, tcf
from headwater.privacy.signals.us_fields import UsSection

# Of version 28 by its first six bits: the decoder takes them for a publisher segment, and all that comes out is noise.
NOISE = "bad-lower"
# Its segments stand in another order than that in which they are written.
REORDERED = "ok-seg-order"


def _valid(standard: str) -> list:
    return [
        pytest.param(each, id=each["id"])
        for each in vectors(standard)
        if each["valid"] and each["id"] != NOISE
    ]


def _invalid(standard: str) -> list:
    return [
        pytest.param(each, id=each["id"])
        for each in vectors(standard)
        if not each["valid"] or each["id"] == NOISE
    ]


@pytest.mark.parametrize("vector", _valid("tcf"))
def test_a_tcf_string_says_what_the_decoder_says(vector):
    told = vector["decoded"]
    ours = plainly("tcf", vector["text"])
    moments = [
        round(tcf_moment / 100) for tcf_moment in map(_milliseconds, (told["created"], told["lastUpdated"]))
    ]
    assert ours == [
        *moments,
        told["cmpId"],
        told["cmpVersion"],
        told["consentScreen"],
        told["consentLanguage"],
        told["vendorListVersion"],
        told["policyVersion"],
        told["isServiceSpecific"],
        told["useNonStandardStacks"],
        told["specialFeatureOptins"],
        told["purposeConsents"],
        told["purposeLegitimateInterests"],
        told["purposeOneTreatment"],
        told["publisherCountryCode"],
        told["vendorConsents"],
        told["vendorLegitimateInterests"],
        [
            [each["purposeId"], each["restrictionType"], each["vendorIds"]]
            for each in told["publisherRestrictions"]
        ],
        told["vendorsDisclosed"],
        told["vendorsAllowed"],
        [
            told["publisherConsents"],
            told["publisherLegitimateInterests"],
            told["numCustomPurposes"],
            told["publisherCustomConsents"],
            told["publisherCustomLegitimateInterests"],
        ],
    ]


@pytest.mark.parametrize("vector", _valid("gpp"))
def test_a_gpp_string_says_what_the_decoder_says(vector):
    told = vector["decoded"]["sections"]
    ours = gpp.decode(vector["text"])
    assert list(ours.sections) == list(told)
    assert not ours.unread
    for name, section in ours.sections.items():
        assert _by_name(section) == _in_our_words(told[name]), name


@pytest.mark.parametrize("vector", _invalid("tcf"))
def test_what_the_decoder_refuses_of_tcf_is_refused(vector):
    with pytest.raises(SignalError):
        tcf.decode(vector["text"])


@pytest.mark.parametrize("vector", _invalid("gpp"))
def test_what_the_decoder_refuses_of_gpp_is_refused(vector):
    with pytest.raises(SignalError):
        gpp.decode(vector["text"])


@pytest.mark.parametrize("vector", [each for each in _valid("tcf") if each.id != REORDERED])
def test_a_tcf_string_is_written_as_it_was_read(vector):
    assert tcf.encode(tcf.decode(vector["text"])) == vector["text"]


@pytest.mark.parametrize("vector", _valid("gpp"))
def test_a_gpp_string_is_written_as_it_was_read(vector):
    assert gpp.encode(gpp.decode(vector["text"])) == vector["text"]


def test_segments_in_another_order_say_the_same():
    (reordered,) = (each["text"] for each in vectors("tcf") if each["id"] == REORDERED)
    core, publisher, disclosed = reordered.split(".")
    assert tcf.encode(tcf.decode(reordered)) == f"{core}.{disclosed}.{publisher}"


@pytest.mark.slow
def test_a_changed_string_is_refused_or_says_exactly_what_the_decoder_says():
    """Nothing crashes or hangs; nothing is taken that the decoder refuses, and nothing taken says more, or less, than to it."""
    taken = 0
    began = time.monotonic()
    for (standard, text), answer in zip(changed(), answers(), strict=True):
        try:
            ours = plainly(standard, text)
        except SignalError:
            continue
        assert answer != REFUSED, text
        assert digest(ours) == answer, text
        taken += 1
    assert taken > N_CHANGED / 5
    assert time.monotonic() - began < 60


def _milliseconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def _by_name(section: gpp.Section) -> object:
    if not isinstance(section, UsSection):
        return of_section(section)
    named = dict(section.values)
    if section.kind.optional:
        named.setdefault(section.kind.optional.name, (0,) * section.kind.optional.n_values)
    if section.kind.has_gpc:
        named["gpc"] = section.gpc.is_set if section.gpc else False
        named["gpc_segment_type"] = section.gpc.kind if section.gpc else 1
    return {"version": section.version, **named}


def _in_our_words(told: dict) -> object:
    """What the decoder told of a section of any kind."""
    if "Notice" in told:
        return ["".join(str(each) for each in told.values())]
    if "PurposeConsents" in told or "PurposesExpressConsent" in told:
        return _of_tcf(told)
    named = {re.sub("(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in told.items()}
    named["version"] = named.pop("mspa_version", named.get("version"))
    return {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}


def _of_tcf(told: dict) -> list:
    """In the order of `plainly`, which is that of the decoder but for a few."""
    found = [_plain(name, value) for name, value in told.items() if not name.endswith("SegmentType")]
    found = found[1:]  # the version
    if "PurposeConsents" in told:
        publisher, (allowed, disclosed) = found[18:23], found[23:]
        return [*found[:18], disclosed, allowed, publisher]
    return [*found[:15], found[20], found[15:20]]


def _plain(name: str, value: object) -> object:
    if name in {"Created", "LastUpdated"}:
        return round(_milliseconds(value) / 100)
    if isinstance(value, list) and value and isinstance(value[0], bool):
        return [place for place, is_set in enumerate(value, start=1) if is_set]
    return value
