"""Sections of GPP for the United States, read and written by their tables: the core, then the segment that may follow it."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from headwater.core.errors import SignalError
from headwater.privacy.signals.bit_reader import Reader
from headwater.privacy.signals.bit_writer import Writer
from headwater.privacy.signals.fault import Fault
from headwater.privacy.signals.us_fields import LARGEST, Field, GpcSegment, SectionKind, UsSection, Value


def decode(text: str, kind: SectionKind) -> UsSection:
    """What a section says.

    Raises:
        SignalError: it is none of this kind, or is not exactly as long as its fields.
    """
    core, *others = text.split(".")
    if len(others) > 1:
        raise SignalError(
            f"GPP section {kind.name}: has {len(others)} segments after the core; one is the most"
        )
    reader = Reader(core, f"GPP section {kind.name}")
    version = reader.number(6)
    if version not in kind.versions:
        known = " and ".join(map(str, kind.versions))
        told = f"says it is of version {version}, which is not known; version {known} is read"
        raise reader.wrong(told, Fault.WRONG_VERSION)
    values = {each.name: _read_value(reader, each) for each in kind.versions[version]}
    reader.end(to_signs=True)
    if not others:
        return UsSection(kind, version, MappingProxyType(values))
    return _with_segment(UsSection(kind, version, MappingProxyType(values)), others[0])


def encode(said: UsSection) -> str:
    """The section that says it.

    Raises:
        SignalError: a field is missing, unknown, or has no such value.
    """
    kind, where = said.kind, f"GPP section {said.kind.name}"
    if said.version not in kind.versions:
        raise SignalError(f"{where}: there is no version {said.version}")
    fields, values = kind.versions[said.version], dict(said.values)
    segments = [_write(where, (6, said.version), fields, values)]
    if said.gpc is not None:
        if not kind.has_gpc:
            raise SignalError(f"{where}: has no segment for Global Privacy Control")
        writer = Writer(where)
        writer.number(said.gpc.kind, 2, "the kind of segment")
        writer.flag(said.gpc.is_set)
        segments.append(writer.text(to_bytes=True))
    if kind.optional and kind.optional.name in values:
        segments.append(_write(where, None, (kind.optional,), values))
    if values:
        raise SignalError(f"{where}: has no field {', '.join(sorted(values))}")
    return ".".join(segments)


def _with_segment(said: UsSection, text: str) -> UsSection:
    kind = said.kind
    reader = Reader(text, f"GPP section {kind.name}, second segment")
    if kind.has_gpc:
        segment_kind, is_set = reader.number(2), reader.flag()
        found = UsSection(kind, said.version, said.values, GpcSegment(is_set, segment_kind))
    elif kind.optional:
        values = {**said.values, kind.optional.name: _read_value(reader, kind.optional)}
        found = UsSection(kind, said.version, MappingProxyType(values))
    else:
        raise reader.wrong("there is no such segment in this section")
    reader.end(to_signs=True)
    return found


def _read_value(reader: Reader, field: Field) -> Value:
    numbers = tuple(_read_number(reader, field) for _ in range(field.n_values or 1))
    return numbers if field.n_values else numbers[0]


def _read_number(reader: Reader, field: Field) -> int:
    number = reader.number(2)
    if number > LARGEST:
        raise reader.wrong(f"{field.name} is {number}; it must be 0, 1 or 2")
    return number


def _write(
    where: str, head: tuple[int, int] | None, fields: Iterable[Field], values: dict[str, Value]
) -> str:
    """Take the fields' values out of `values` and write them, after a head of so many bits."""
    writer = Writer(where)
    if head:
        writer.number(head[1], head[0], "the version")
    for field in fields:
        if field.name not in values:
            raise SignalError(f"{where}: {field.name} is missing")
        for number in _numbers(where, field, values.pop(field.name)):
            writer.number(number, 2, field.name)
    return writer.text(to_bytes=True)


def _numbers(where: str, field: Field, value: Value) -> tuple[int, ...]:
    numbers = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != bool(field.n_values) or len(numbers) != (field.n_values or 1):
        takes = f"{field.n_values} numbers" if field.n_values else "a number"
        raise SignalError(f"{where}: {field.name} must be {takes}")
    if not all(0 <= number <= LARGEST for number in numbers):
        raise SignalError(f"{where}: {field.name} must be 0, 1 or 2")
    return numbers
