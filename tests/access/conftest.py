from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.project import Project, open_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a project that has nothing."""
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return tmp_path


@pytest.fixture
def project(root: Path) -> Project:
    return open_project(root)
