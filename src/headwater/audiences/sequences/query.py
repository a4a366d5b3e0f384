"""Finding sequences in SQL: the walk of `walk`, as one window expression a step over the instants of each profile and key.

Named steps, each from those before it:

    keys        profile_id, key_1, …: the values that events of one sequence share; only where steps refer to others
    happened    profile_id, key_1, …, occurred_at, role: the events of each step (1, 2, …) and what is barred (-2, -3, …)
    instants    one row an instant: step_k and without_k are the instant itself where such an event fits, else NULL
    reached_k   the same with start_k, the latest start that leads there
    completed   profile_id, started_at, ended_at
    taken       how many there are that do not overlap, by profile; only where more than one is to be counted

Nothing here is an engine's own: no ASOF, no lambdas, intervals in minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from headwater.audiences.counting import Times
from headwater.audiences.scope import Scope
from headwater.audiences.sequences.steps import Chain, Elapsed, Picked, Same, Step
from headwater.engine.query import column, parse

Named = tuple[str, exp.Expr]


def sequences_sql(chain: Chain, times: Times, scope: Scope) -> exp.Select:
    """The profiles with so many completed sequences that do not overlap."""
    steps = [*_keys(chain, scope), ("happened", _happened(chain, scope)), *_walk(chain)]
    one_is_enough = times.most == 1
    source = "completed" if one_is_enough else "taken"
    n = exp.Count(this=exp.Star()) if one_is_enough else exp.Max(this=column("n"))
    counted = exp.Select().from_(source).group_by(column("profile_id"))
    statement = times.select(counted, n, scope)
    for name, step in steps:
        statement = statement.with_(name, as_=step.copy())
    if one_is_enough:
        return statement
    if times.most <= MOST_UNROLLED:
        for name, step in _unrolled(times.most):
            statement = statement.with_(name, as_=step.copy())
        return statement
    taken = parse(_TAKEN.format(most=int(times.most)))
    return statement.with_("taken(profile_id, ended_at, n)", as_=taken.copy(), recursive=True)


MOST_UNROLLED = 10
"""So many sequences are counted by as many steps, which any engine can; more of them by a query that calls itself."""

_FIRST = "SELECT profile_id, min(ended_at) AS ended_at, 1 AS n FROM completed GROUP BY profile_id"
_NEXT = """
    SELECT taken.profile_id, min(completed.ended_at) AS ended_at,
        taken.n + CASE WHEN min(completed.ended_at) IS NULL THEN 0 ELSE 1 END AS n
    FROM {before} AS taken LEFT JOIN completed
        ON completed.profile_id = taken.profile_id AND completed.started_at > taken.ended_at
    GROUP BY taken.profile_id, taken.n
"""


def _unrolled(most: int) -> Iterator[Named]:
    """How many there are of each profile: each step adds the next one, if there is one."""
    yield "taken_1", parse(_FIRST)
    for number in range(2, most + 1):
        name = "taken" if number == most else f"taken_{number}"
        yield name, parse(_NEXT.format(before=f"taken_{number - 1}"))


_TAKEN = """
    SELECT profile_id, min(ended_at), 1 FROM completed GROUP BY profile_id
    UNION ALL
    SELECT taken.profile_id, min(completed.ended_at), taken.n + 1
    FROM taken JOIN completed
        ON completed.profile_id = taken.profile_id AND completed.started_at > taken.ended_at
    WHERE taken.n < {most}
    GROUP BY taken.profile_id, taken.n
"""


def _keys(chain: Chain, scope: Scope) -> Iterator[Named]:
    """The different values of each property that is referred to, crossed within a profile."""
    held = [_events(chain.steps[each.step - 1].picked, [each], scope).distinct() for each in chain.references]
    if not held:
        return
    selected = exp.select(column("profile_id", "held_1")).from_(held[0].subquery("held_1"))
    for number, values in enumerate(held, start=1):
        selected = selected.select(
            exp.alias_(column("value_1", f"held_{number}"), f"key_{number}", quoted=True)
        )
        if number > 1:
            same = column("profile_id", "held_1").eq(column("profile_id", f"held_{number}"))
            selected = selected.join(values.subquery(f"held_{number}"), on=same)
    yield "keys", selected


def _events(picked: Picked, compared: list[Same], scope: Scope, *others: exp.Expr) -> exp.Select:
    """Events with the values of these properties as value_1, value_2, … and other columns."""
    values = [
        exp.alias_(column(each.read.column_name), f"value_{number}", quoted=True)
        for number, each in enumerate(compared, start=1)
    ]
    return picked.happenings.rows(scope).select(column("profile_id"), *others, *values)


def _happened(chain: Chain, scope: Scope) -> exp.Expr:
    every = [_of_role(chain, step.picked, number, scope) for number, step in enumerate(chain.steps, start=1)]
    every += [
        _of_role(chain, step.without, -number, scope)
        for number, step in enumerate(chain.steps, start=1)
        if step.without
    ]
    return exp.union(*every, distinct=False)


def _of_role(chain: Chain, picked: Picked, role: int, scope: Scope) -> exp.Select:
    """The events of one role, for each key they fit."""
    references = chain.references
    compared = [each for each in references if each.step == role or each in picked.same]
    events = _events(picked, compared, scope, column("occurred_at")).subquery("events")
    keys = [column(f"key_{number}", "keys") for number in range(1, len(references) + 1)]
    rows = (
        exp.select(column("profile_id", "events"), *keys, column("occurred_at", "events"))
        .select(exp.alias_(parse(str(int(role))).copy(), "role", quoted=True))
        .from_(events)
    )
    if not references:
        return rows
    fits: list[exp.Expr] = [column("profile_id", "keys").eq(column("profile_id", "events"))]
    for number, each in enumerate(compared, start=1):
        key, value = keys[references.index(each)].copy(), column(f"value_{number}", "events")
        # What has no value has a key of its own, which nothing that is compared with it fits.
        fits.append(exp.NullSafeEQ(this=key, expression=value) if each.step == role else key.eq(value))
    return rows.join(exp.to_table("keys"), on=exp.and_(*fits))


def _walk(chain: Chain) -> Iterator[Named]:
    keys = "".join(f", key_{number}" for number in range(1, len(chain.references) + 1))
    yield "instants", parse(_instants(chain, keys))
    reached = "instants"
    for number, step in enumerate(chain.steps[1:], start=2):
        start = _start(step, number, keys)
        yield f"reached_{number}", parse(f"SELECT *, {start} AS start_{number} FROM {reached}")
        reached = f"reached_{number}"
    last = len(chain.steps)
    in_time = f" AND start_{last} >= {_before(chain.lasting)}" if chain.lasting else ""
    yield (
        "completed",
        parse(
            f"SELECT profile_id, start_{last} AS started_at, occurred_at AS ended_at FROM {reached}"
            f" WHERE start_{last} IS NOT NULL{in_time}"
        ),
    )


def _instants(chain: Chain, keys: str) -> str:
    roles = {f"step_{number}": number for number in range(1, len(chain.steps) + 1)}
    roles |= {f"without_{number}": -number for number, step in enumerate(chain.steps, 1) if step.without}
    flags = [f"max(CASE WHEN role = {role} THEN occurred_at END) AS {name}" for name, role in roles.items()]
    first = "max(CASE WHEN role = 1 THEN occurred_at END) AS start_1"
    return (
        f"SELECT profile_id{keys}, occurred_at, {first}, {', '.join(flags)}"
        f" FROM happened GROUP BY profile_id{keys}, occurred_at"
    )


def _start(step: Step, number: int, keys: str) -> str:
    """The latest start that leads to a step, NULL where it cannot stand; starts never decrease, so it is their maximum."""
    so_far = (
        f"OVER (PARTITION BY profile_id{keys} ORDER BY occurred_at"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    before = f"max(CASE WHEN start_{number - 1} IS NOT NULL THEN occurred_at END) {so_far}"
    conditions = [f"step_{number} IS NOT NULL"]
    if step.gap:
        conditions.append(f"{before} >= {_before(step.gap)}")
    if step.without:
        barred = f"max(without_{number}) {so_far}"
        conditions.append(f"({barred} IS NULL OR {before} >= {barred})")
    return f"CASE WHEN {' AND '.join(conditions)} THEN max(start_{number - 1}) {so_far} END"


def _before(length: Elapsed) -> str:
    return f"occurred_at - INTERVAL '{length.length // _MINUTE}' MINUTE"


_MINUTE = Elapsed(1, "minutes").length
