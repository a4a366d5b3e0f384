"""That a process with many threads holds memory in few pools."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_MANY_THREADS = """
import ctypes, sys, threading
from headwater.core.memory import keep_few_arenas
if sys.argv[1] == "few":
    keep_few_arenas()
library, begun = ctypes.CDLL(None), threading.Barrier(12)
library.malloc.restype = ctypes.c_void_p
def take():
    begun.wait()
    library.malloc(100_000)
    begun.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
[each.start() for each in threads]
[each.join() for each in threads]
library.fopen.restype = ctypes.c_void_p
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fclose.argtypes = [ctypes.c_void_p]
told = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, told)
library.fclose(told)
print(open(sys.argv[2]).read().count("<heap nr="))
"""


def _n_arenas(tmp_path: object, which: str) -> int:
    command = [sys.executable, "-c", _MANY_THREADS, which, f"{tmp_path}/{which}"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has such pools")
def test_threads_share_few_pools_of_memory(tmp_path: object) -> None:
    assert _n_arenas(tmp_path, "few") <= 2
    assert _n_arenas(tmp_path, "many") > 2
