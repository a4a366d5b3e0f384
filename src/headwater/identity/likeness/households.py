"""Who lives together, by profile: the households of records, put together where one profile has records in several.

Reads `households` and `identity_map`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from headwater.tables.workspace import Workspace


def households_of_profiles(workspace: Workspace) -> pa.Table:
    """`trait` (the model), `profile_id` and `household` of every profile that has a record which a model compared."""
    rows = workspace.engine.table(
        "SELECT DISTINCT model, profile_id, household_id FROM households JOIN identity_map USING (node_id) ORDER BY ALL"
    )
    models = rows["model"].unique().to_pylist()
    found = [_of_model(rows.filter(pc.equal(rows["model"], model)), model) for model in models]
    return pa.concat_tables([_SCHEMA.empty_table(), *found])


_SCHEMA = pa.schema([("trait", pa.string()), ("profile_id", pa.int64()), ("household", pa.string())])


def _of_model(rows: pa.Table, model: str) -> pa.Table:
    """A household is called by the smallest number among those that it is made of."""
    profiles, who = np.unique(rows["profile_id"].to_numpy(), return_inverse=True)
    homes, where = np.unique(rows["household_id"].to_numpy(), return_inverse=True)
    n = len(profiles) + len(homes)
    graph = coo_array((np.ones(len(rows), np.int8), (who, where + len(profiles))), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    of_homes = component[len(profiles) :]
    _, first = np.unique(of_homes, return_index=True)  # homes ascend, so the first one is the smallest
    called = homes[first][np.searchsorted(np.unique(of_homes), component[: len(profiles)])]
    names = pa.array(called, pa.int64()).cast(pa.string())
    return pa.table(
        [pa.array([model] * len(profiles), pa.string()), pa.array(profiles), names], schema=_SCHEMA
    )
