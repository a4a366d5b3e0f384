"""The files that a destination wrote into the project, by the delivery that wrote them: their names hold its id.

Reads names in the destination's folder, and no file.
"""

from __future__ import annotations

import re
from collections import defaultdict

from headwater.activate.declare import DeclaredDestination
from headwater.core.project import Project

_DELIVERY = re.compile(r"_(\d{8}T\d{6}-[0-9a-f]{12})-\d{5}")


def folder_of(to: DeclaredDestination) -> str:
    """The folder of the project that a destination writes files to; empty: it writes none, or a secret is in its name."""
    folder = to.kind.files.folder(to.settings) if to.kind.files else ""
    return "" if "${" in folder else folder.rstrip("/")


def files_by_delivery(project: Project, to: DeclaredDestination) -> dict[str, list[str]]:
    """The paths in the project of a destination's files that are there, in order, by the id of the delivery."""
    found: dict[str, list[str]] = defaultdict(list)
    folder = folder_of(to)
    for path in sorted(project.path(folder).glob(f"{to.name}_*")) if folder else ():
        if delivery := _DELIVERY.search(path.name):
            found[delivery[1]].append(str(path.relative_to(project.root)))
    return dict(found)
