"""What happens while DuckDB works: an interrupt stops it at once, a person's query has its time, and its errors become ours."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from uuid import uuid4

import duckdb
import pyarrow as pa

from headwater.core.errors import Bug, HeadwaterError, SourceError, StorageError

_RAISED: dict[str, HeadwaterError] = {}  # by functions of Python that SQL called
_MOST_RAISED = 64


@contextmanager
def attended(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """An interrupt stops what DuckDB does in the block at once, and its errors become ours."""
    with _interruptible(connection), _explained():
        yield


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Stop what still runs after so many seconds, and tell what took too much from what went wrong.

    Raises:
        TimeoutError: it was stopped.
        MemoryError: it needed more than the session may use.
    """
    is_over = threading.Event()

    def stop() -> None:
        is_over.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield
    except (HeadwaterError, KeyboardInterrupt) as error:
        if is_over.is_set():
            raise TimeoutError(f"took longer than {seconds:g} seconds") from error
        if _is_memory(error.__cause__):
            raise MemoryError("needs more memory or spill space than it may use") from error
        raise
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def _interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let Ctrl-C end a query on all its threads.

    By itself, DuckDB ends only the thread that hears the signal, and waits for the others until they are done.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        connection.interrupt()
        handler(number, frame)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def _explained() -> Iterator[None]:
    """DuckDB's errors as ours: whose fault, and what to do.

    While a result streams, Arrow hands DuckDB's error on as an OSError whose text begins with its kind.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise _as_ours(error) from error
    except RuntimeError as error:
        if _first_line(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error  # DuckDB heard the signal first


def _is_memory(error: BaseException | None) -> bool:
    return isinstance(error, duckdb.OutOfMemoryException) or str(error).startswith("Out of Memory Error")


def heard(function: Callable[..., pa.Array]) -> Callable[..., pa.ChunkedArray]:
    """The function as DuckDB wants it. Of an error DuckDB hands on only the text, so ours are kept under a number in it."""

    @wraps(function)  # DuckDB looks how many arguments it takes
    def called(*arrays: pa.ChunkedArray) -> pa.ChunkedArray:
        try:
            return pa.chunked_array([function(*arrays)])
        except HeadwaterError as error:
            number = uuid4().hex
            _RAISED[number] = error
            if len(_RAISED) > _MOST_RAISED:  # of several threads that fail, DuckDB tells of one
                _RAISED.pop(next(iter(_RAISED)), None)
            raise RuntimeError(f"raised:{number}") from None

    return called


def _as_ours(error: Exception) -> HeadwaterError:
    raised = re.search(r"raised:([0-9a-f]{32})", str(error))
    if raised and raised.group(1) in _RAISED:
        return _RAISED.pop(raised.group(1))
    text = _first_line(error)
    if _is_memory(error):
        return StorageError(
            f"the query needs more memory or spill space than it may use: {text}",
            next_step="raise the setting memory_mb, or free disk space under the project's work/ folder",
        )
    if isinstance(error, duckdb.IOException) or text.startswith("IO Error"):
        return StorageError(text, next_step="check that the file exists, is readable, and the disk has room")
    unfit = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
    if isinstance(error, unfit) or text.startswith(
        ("Conversion Error", "Invalid Input Error", "Out of Range Error")
    ):
        return SourceError(text)
    return Bug(f"the query engine refused a statement of ours: {text}")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
