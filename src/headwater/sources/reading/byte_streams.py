"""The bytes of a text file, decompressed and as UTF-8, in chunks.

Reads one file; gives chunks of bytes without a byte order mark, whose lines end in a line feed. Bytes that mean nothing
in the file's encoding stay in as bytes that are not UTF-8 either, so that the row they stand in can be rejected by
itself.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa

from headwater.core.errors import SourceError, StorageError

CHUNK_BYTES = 8 << 20

Encoding = Literal["utf-8", "latin-1", "windows-1252", "utf-16"]
Compression = Literal["auto", "none", "gzip", "zstd"]

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# How a byte that cannot be decoded gets through; on encoding, both give back bytes that are no UTF-8.
_KEPT = {"latin-1": "surrogateescape", "windows-1252": "surrogateescape", "utf-16": "surrogatepass"}


@dataclass(frozen=True)
class TextFile:
    """A text file on disk; `shown` is what people call it, `chunk_bytes` how much of it is read at a time."""

    path: Path
    shown: str
    encoding: Encoding = "utf-8"
    compression: Compression = "auto"
    chunk_bytes: int = CHUNK_BYTES

    def beginning(self, n_bytes: int) -> tuple[bytes, bool]:
        """About so many bytes of the content, read from its beginning, and whether that is all of it.

        Raises:
            SourceError, StorageError: as `chunks` does.
        """
        with closing(replace(self, chunk_bytes=n_bytes).chunks()) as chunks:
            start = next(chunks, b"")
            return start, next(chunks, None) is None

    def chunks(self) -> Generator[bytes]:
        """The content, in order; no chunk is empty.

        Raises:
            SourceError: the compressed data is broken or cut off, or the file is in another encoding than declared.
            StorageError: the file cannot be read.
        """
        with self._explained(), _opened(self.path, self.compression) as file:
            yield from _unix_lines(_utf8(file, self))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowInvalid, _BrokenZstdError) as error:
            raise SourceError(
                f"{self.shown} is broken: its compressed data is damaged or ends too early ({error})",
                next_step="copy the file again; nothing of it was loaded",
            ) from error
        except OSError as error:
            raise StorageError(f"{self.shown} cannot be read: {error.strerror or error}") from error


class _BrokenZstdError(Exception):
    """Arrow says by a plain OSError that compressed data is broken."""


@contextmanager
def _opened(path: Path, compression: Compression) -> Iterator[BinaryIO]:
    """The decompressed content; `auto` looks at the first bytes, because names lie."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if compression == "gzip" or (compression == "auto" and start.startswith(_GZIP)):
            with gzip.open(file) as unpacked:
                yield cast("BinaryIO", unpacked)
        elif compression == "zstd" or (compression == "auto" and start == _ZSTD):
            with pa.CompressedInputStream(pa.PythonFile(file), "zstd") as unpacked:
                yield cast("BinaryIO", _Zstd(unpacked))
        else:
            yield file


class _Zstd:
    """A zstd stream whose faults can be told from those of the disk."""

    def __init__(self, stream: pa.CompressedInputStream) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read(size))
        except OSError as error:
            raise _BrokenZstdError(str(error)) from error


def _utf8(file: BinaryIO, text: TextFile) -> Iterator[bytes]:
    chunk = file.read(text.chunk_bytes)
    if text.encoding == "utf-8":
        if chunk.startswith(_UTF16_MARKS):
            raise SourceError(
                f"{text.shown} looks like UTF-16", next_step="write `encoding: utf-16` under `read:`"
            )
        chunk = chunk.removeprefix(codecs.BOM_UTF8)
        while chunk:
            yield chunk
            chunk = file.read(text.chunk_bytes)
        return
    kept = _KEPT[text.encoding]
    decoder = codecs.getincrementaldecoder(text.encoding)(kept)
    while chunk:
        if decoded := decoder.decode(chunk):
            yield decoded.encode("utf-8", kept)
        chunk = file.read(text.chunk_bytes)
    try:
        if decoded := decoder.decode(b"", final=True):
            yield decoded.encode("utf-8", kept)
    except UnicodeDecodeError:
        raise SourceError(
            f"{text.shown} ends in the middle of a {text.encoding} character", next_step="copy the file again"
        ) from None


def _unix_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Files of old Macintosh programs end lines in a carriage return alone; others pass as they are."""
    first = next(chunks, b"")
    is_old_mac = b"\r" in first and b"\n" not in first
    if first:
        yield first.replace(b"\r", b"\n") if is_old_mac else first
    for chunk in chunks:
        yield chunk.replace(b"\r", b"\n") if is_old_mac else chunk
