"""Strings of IAB's Global Privacy Platform, read and written: a header that says which sections follow, and those, joined by "~".

There are sections of Europe (`tcfeuv2`) and Canada (`tcfcav1`), the US Privacy string (`uspv1`), and those of the United
States by their tables. A section with a number that is not known is kept as it is and told: it must not cost what others say.

Source: IAB Tech Lab, Global Privacy Platform, consent string specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from headwater.core.errors import SignalError
from headwater.privacy.signals import tcf, tcf_canada, us_privacy, us_states
from headwater.privacy.signals.bit_reader import MOST_ID, Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.fibonacci import read_ranges, write_ranges
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import TcString
from headwater.privacy.signals.tc_string_canada import CanadianTcString
from headwater.privacy.signals.us_fields import UsSection
from headwater.privacy.signals.us_privacy import UsPrivacy
from headwater.privacy.signals.us_sections import SECTIONS
from headwater.privacy.signals.vendor_lists import write_vendors_in_gpp

Section = TcString | CanadianTcString | UsPrivacy | UsSection

HEADER, VERSION = 3, 1  # the kind of what a GPP string begins with, and its version
TCFEUV2, TCFCAV1, USPV1 = 2, 5, 6
US = MappingProxyType({kind.id: kind for kind in SECTIONS})
NAMES = MappingProxyType(
    {TCFEUV2: "tcfeuv2", TCFCAV1: "tcfcav1", USPV1: "uspv1", **{kind.id: kind.name for kind in SECTIONS}}
)
"""What each section is called, by its number."""

_NUMBERS = {name: number for number, name in NAMES.items()}


@dataclass(frozen=True, slots=True)
class GppString:
    """What a GPP string says.

    Attributes:
        sections: each section by its name.
        unread: sections that are not known, by their number, as they were.
    """

    sections: Mapping[str, Section] = field(default_factory=lambda: MappingProxyType({}))
    unread: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


def decode(text: str) -> GppString:
    """What a string says.

    Raises:
        SignalError: it is none, its sections are not those its header names, or one of them is none.
    """
    header, *texts = text.split("~")
    ids = _read_header(header)
    if len(ids) != len(texts):
        raise SignalError(f"GPP string: its header names {len(ids)} sections, but {len(texts)} follow")
    given = dict(zip(ids, texts, strict=True))
    sections = {
        NAMES[number]: _read_section(number, part) for number, part in given.items() if number in NAMES
    }
    unread = {number: _checked(number, part) for number, part in given.items() if number not in NAMES}
    return GppString(MappingProxyType(sections), MappingProxyType(unread))


def encode(said: GppString) -> str:
    """The string that says it, as the reference encoder writes it.

    Raises:
        SignalError: there is no such section, or something does not fit into it.
    """
    texts = {number: _checked(number, text) for number, text in said.unread.items()}
    for name, section in said.sections.items():
        if name not in _NUMBERS:
            raise SignalError(f"GPP string: there is no section '{name}'; known: {', '.join(_NUMBERS)}")
        texts[_NUMBERS[name]] = _write_section(name, section)
    return "~".join([_write_header(IdSet.of(texts)), *(texts[number] for number in sorted(texts))])


def _read_header(text: str) -> IdSet:
    reader = Reader(text, "GPP header")
    if (kind := reader.number(6)) != HEADER:
        raise reader.wrong(f"is of kind {kind}; a GPP string begins with kind {HEADER}")
    if (version := reader.number(6)) != VERSION:
        raise reader.wrong(
            f"says it is of GPP version {version}, which is not known; version {VERSION} is read",
            Fault.WRONG_VERSION,
        )
    ids = read_ranges(reader)
    if HEADER in ids:
        raise reader.wrong(f"names a section {HEADER}, which is the header itself")
    reader.end(to_signs=True)
    return ids


def _write_header(ids: IdSet) -> str:
    writer = Writer("GPP header")
    writer.number(HEADER, 6, "the kind")
    writer.number(VERSION, 6, "the version")
    write_ranges(writer, ids)
    return writer.text(to_bytes=True)


def _read_section(number: int, text: str) -> Section:
    if number == TCFEUV2:
        return tcf.decode(text)
    if number == TCFCAV1:
        return tcf_canada.decode(text)
    if number == USPV1:
        return us_privacy.decode(text)
    return us_states.decode(text, US[number])


def _write_section(name: str, section: Section) -> str:
    match section:
        case TcString() if name == NAMES[TCFEUV2]:
            return tcf.encode(section, write_vendors_in_gpp)
        case CanadianTcString() if name == NAMES[TCFCAV1]:
            return tcf_canada.encode(section)
        case UsPrivacy() if name == NAMES[USPV1]:
            return us_privacy.encode(section)
        case UsSection() if name == section.kind.name:
            return us_states.encode(section)
    raise SignalError(f"GPP string: what is given as section '{name}' is of another kind")


def _checked(number: int, text: str) -> str:
    """The text of a section that is not known, if it can be one."""
    if number in NAMES or number == HEADER or not 0 < number <= MOST_ID:
        raise SignalError(f"GPP string: a section {number} cannot stand among those that are not known")
    for part in text.split("."):
        Reader(part, f"GPP section {number}")
    return text
