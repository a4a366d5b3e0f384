"""The generated half of docs/: pages made from the declarations themselves, so that they cannot lie.

Reads table declarations, the error tree, the settings, the stages of a run, the import contracts, the parts that are
discovered and the models of the project's files. Writes docs/architecture.md, docs/errors.md, docs/settings.md and the
folders in `WHOLE`; `flow/pages/` holds one module a kind of page.

    python -m headwater.flow.document            write what changed
    python -m headwater.flow.document --check    exit 1 and name the pages that are not current
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from headwater.flow.batch import STAGES
from headwater.flow.pages.architecture import architecture_page, declared_layers
from headwater.flow.pages.installation import errors_page, settings_page
from headwater.flow.pages.kinds import kind_pages
from headwater.flow.pages.rules import rule_pages
from headwater.flow.pages.schemas import SCHEMAS
from headwater.flow.pages.tables import table_pages
from headwater.tables.table import all_tables

# Folders in which every file is generated: what is no longer declared goes.
WHOLE = (
    "tables",
    "schemas",
    "operators",
    "comparisons",
    "traits",
    "identifiers",
    "sources",
    "formats",
    "destinations",
)


def pages(repository: Path) -> dict[str, str]:
    """Every generated page: its path under docs/, and its text."""
    schemas = {
        f"schemas/{name}.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
        for name, schema in SCHEMAS.items()
    }
    return {
        "architecture.md": architecture_page(STAGES, declared_layers(repository / "pyproject.toml")),
        "errors.md": errors_page(),
        "settings.md": settings_page(),
        **table_pages(all_tables(), STAGES),
        **rule_pages(),
        **kind_pages(),
        **schemas,
    }


def stale(repository: Path) -> dict[str, str | None]:
    """Pages that are not current: their right text, or None for those that should not be there."""
    docs, right = repository / "docs", pages(repository)
    wrong: dict[str, str | None] = {path: text for path, text in right.items() if _read(docs / path) != text}
    for folder in WHOLE:
        found = (file.relative_to(docs).as_posix() for file in sorted((docs / folder).glob("*")))
        wrong |= {path: None for path in found if path not in right}
    return wrong


def write(repository: Path) -> list[str]:
    """Bring docs/ up to date; gives the paths that changed."""
    wrong = stale(repository)
    for path, text in wrong.items():
        file = repository / "docs" / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return list(wrong)


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


def main(arguments: Sequence[str], repository: Path) -> int:
    """Write or check; gives the exit code."""
    if "--check" in arguments:
        wrong = stale(repository)
        for path, text in wrong.items():
            print(
                f"docs/{path} {'should not be there' if text is None else 'is not current'}; run `make docs`"
            )
        return 1 if wrong else 0
    for path in write(repository):
        print(f"docs/{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
