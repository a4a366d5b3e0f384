"""A project as it would be if identifiers belonged to other profiles: what audiences are evaluated over, made anew from that.

    identity_map        as given
    profiles, traits    computed anew from it, as of the workspace's clock
    all else            as it is

The lake is not touched: the tables stand under the same names in a session of their own, which ends with the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from headwater.profiles.build import Traits, create_profiles, create_traits
from headwater.tables import identity_map, profiles, traits
from headwater.tables.workspace import Workspace, read

_ANEW = "as_grouped_"


@contextmanager
def session_of(workspace: Workspace) -> Iterator[Workspace]:
    """The same tables in a session of its own, at the same snapshot and with the same clock."""
    with read(workspace.project) as other:
        other.refresh(workspace.snapshot)
        other.clock = workspace.clock
        yield other


@contextmanager
def as_grouped(grouping: pa.Table, declared: Traits, workspace: Workspace) -> Iterator[Workspace]:
    """The project by another grouping, to look at.

    Args:
        grouping: `node_id` and `profile_id` of each identifier that names somebody.
        declared: the project's computed traits.
        workspace: which project, and when.
    """
    with session_of(workspace) as then:
        then.engine.register(identity_map.TABLE.name, grouping)
        create_profiles(then, _ANEW + profiles.TABLE.name)
        create_traits(declared, then, _ANEW + traits.TABLE.name)
        for table in (profiles.TABLE, traits.TABLE):
            then.engine.view(table.name, f"SELECT * FROM {_ANEW}{table.name}")
        then.stand_ins |= {identity_map.TABLE.name, profiles.TABLE.name, traits.TABLE.name}
        yield then
