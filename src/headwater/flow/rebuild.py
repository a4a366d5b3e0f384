"""Work everything out anew from what was collected: the log and the project's sources. And prove that it is the same.

Reads the project, its log of requests, its live store. Writes into `work/rebuild/`, and if asked puts that in place of what was
there. The way is another one than the stream's: the live state was brought up to date event by event, the rebuilt one is
computed by the batch for everyone at once; so their checksums are equal only if both are right.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from headwater.collect.log.reader import beginning
from headwater.core.errors import HeadwaterError, UserError
from headwater.core.owner import SERVE, WORK, own
from headwater.core.project import Project
from headwater.core.sealing.keeping import seals_of
from headwater.engine.query import DIALECT, literal
from headwater.flow.bases import keep_base
from headwater.flow.batch import STAGES, Run
from headwater.flow.definitions import read_definitions
from headwater.flow.judgements import carry_dates, copy_answers, copy_judgements
from headwater.flow.live_log import Folders
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.base import LakeBase, open_current_base
from headwater.live.checksum import Summed, of_lake, of_live
from headwater.live.state import micros
from headwater.live.store import Store
from headwater.privacy.consent import BY_GPC
from headwater.tables import attributes, consents, list_entries, list_uploads
from headwater.tables.table import VALUE_TYPES
from headwater.tables.workspace import Workspace, read, work

REBUILDING = ("collected", "sources", "retention", "identities", "profiles", "live moves", "audiences")

_HEARD = "heard_before"
NOTHING = Summed(0, f"{0:032x}", {})


@dataclass(frozen=True)
class Rebuilt:
    """What came of it: the checksum of the live state, and of the rebuilt one; `live` is `NOTHING` where none could be read."""

    live: Summed
    rebuilt: Summed
    n_events: int

    @property
    def is_equal(self) -> bool:
        """Whether both states are the same."""
        return self.live.total == self.rebuilt.total

    @property
    def differing(self) -> int:
        """How many people are not the same in both."""
        nodes = self.live.of.keys() | self.rebuilt.of.keys()
        return sum(self.live.of.get(node) != self.rebuilt.of.get(node) for node in nodes)


def rebuild(project: Project, *, replacing: bool = False) -> Rebuilt:
    """Rebuild a project and compare. What still waits in the log is taken in first, as `serve` would.

    What was loaded is taken in anew by the rules of today: a value that is blocked by now no longer has the events it came with.

    Args:
        project: is as it was afterwards otherwise, unless `replacing`.
        replacing: let what was rebuilt take the place of the lake and the live store.

    Raises:
        BusyError: it is being served, or worked on.
        UserError: the log does not go back to its beginning any more.
    """
    with own(project.root, SERVE), own(project.root, WORK):
        return _rebuild(project, replacing=replacing)


def _rebuild(project: Project, *, replacing: bool) -> Rebuilt:
    folders = Folders.of(project.root)
    if beginning(folders.requests) > 0:
        raise UserError(
            "the log does not go back to its beginning any more: it was let go of after `log_days`",
            next_step="what is older stands in the lake alone; keep the log longer to be able to rebuild",
        )
    now = datetime.now(UTC)
    try:
        live = _live(project, now)
    except HeadwaterError:  # damaged, or not there: that is what it is to be replaced for
        if not replacing:
            raise
        live = NOTHING
    with _scratch(project, now) as anew:
        with work(anew) as workspace:
            _copy_lists(project, workspace)
        n_events = _stream(anew, folders.requests, now)
        with work(anew) as workspace:
            run = Run(workspace, read_definitions(workspace))
            for stage in STAGES:
                if stage.name in REBUILDING:
                    stage.run(run)
                if stage.name == "sources":
                    _date_statements(project, run)
                    with read(project) as old:
                        carry_dates(old, workspace, _undated(run))
                        copy_judgements(old, workspace)
                        copy_answers(old, workspace)
            rebuilt = of_lake(workspace)
            if replacing:
                keep_base(run)
        if replacing:
            _replace(project, anew)
    return Rebuilt(live, rebuilt, n_events)


def _live(project: Project, now: datetime) -> Summed:
    """The checksum of the live state as of a moment."""
    folders, seals = Folders.of(project.root), seals_of(project)
    with read(project) as workspace:
        treatment = make_treatment(read_definitions(workspace), workspace)
    judge = treatment.judge
    opened = open_current_base(folders.bases, seals, judge.rules.wanted)
    if opened is None:
        raise UserError("nothing is live here yet", next_step="start `headwater serve` once")
    with closing(opened) as base:
        _bring_in_line(Stream(folders, seals, treatment, base), base)
        with closing(Store(folders.store, seals)) as store, store.reading() as view:
            return of_live(view, base, judge, micros(now))


def _bring_in_line(stream: Stream, base: LakeBase) -> None:
    """Let a stream that was ended, or killed, finish what it would have done next: those of another base, and the log."""
    with stream.reading() as view:
        is_behind = any(view.past(key).base != base.name for key in view.people())
    if is_behind:
        stream.turn_to(base)
    _take_in(stream)


@contextmanager
def _scratch(project: Project, now: datetime) -> Iterator[Project]:
    """The same project in a folder of its own, with nothing in it yet, standing still at a moment."""
    root = project.path("work", "rebuild")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for each in project.root.iterdir():
        if each.name not in ("lake", "work", "log", "live"):  # who is to be kept out stands in `state`
            (root / each.name).symlink_to(each)
    (root / "log").mkdir()
    (root / "log" / "requests").symlink_to(Folders.of(project.root).requests)
    config = project.config.model_copy(update={"now": now.isoformat()})
    try:
        yield replace(project, root=root, config=config)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _stream(anew: Project, requests: Path, now: datetime) -> int:
    with read(anew) as workspace:
        treatment = make_treatment(read_definitions(workspace), workspace)
    return _take_in(
        Stream(replace(Folders.of(anew.root), requests=requests), seals_of(anew), treatment), micros(now)
    )


def _take_in(stream: Stream, now: int | None = None) -> int:
    """Take in all that waits, and then let time pass until now; gives how many events it was."""
    try:
        while stream.take_some() + stream.renew_some():
            pass
        while now is not None and stream.pass_time(now):
            pass
        return stream.n_events
    finally:
        stream.close()


def _copy_lists(project: Project, new: Workspace) -> None:
    """The uploaded lists: they came from people, and stand nowhere else."""
    with read(project) as old:
        rows = {
            table: old.engine.table(f"SELECT * FROM {table.name}")
            for table in (list_uploads.TABLE, list_entries.TABLE)
        }
        if any(each.num_rows for each in rows.values()):
            with new.publish() as out:
                for table, each in rows.items():
                    out.append_rows(table, each)


def _undated(run: Run) -> list[str]:
    """The sources that do not say when what they state was so."""
    return [name for name, source in run.definitions.sources.items() if not source.value.event]


def _date_statements(project: Project, run: Run) -> None:
    """Of what sources state without saying since when, the moment at which it was heard: it stands in the old tables alone.

    Read again today it would outdate what people have said live since: a consent that was withdrawn would be back.
    """
    undated = _undated(run)
    lines = {"attribute": "", "purpose": f", {BY_GPC}"}
    lapsing = {
        "attribute": "",
        "purpose": ", CASE WHEN heard.stated_at IS NULL THEN again.until_at ELSE heard.until_at END AS until_at",
    }
    new, quoted_names = run.workspace, ", ".join(literal(name).sql(dialect=DIALECT) for name in undated)
    for table, of, values in (
        (attributes.TABLE, "attribute", (*VALUE_TYPES,)),
        (consents.TABLE, "purpose", ("state", "signal")),
    ):
        if not undated:
            return
        newest = (
            f"SELECT stated.*, identifier, value_index FROM {table.name} AS stated JOIN nodes USING (node_id) "
            f"WHERE source IN ({quoted_names}) "
            f"QUALIFY row_number() OVER (PARTITION BY source, node_id, {of}{lines[of]} ORDER BY stated_at DESC) = 1"
        )
        with read(project) as old:
            new.engine.register(_HEARD, old.engine.table(newest))
        same = " AND ".join(f"heard.{each} IS NOT DISTINCT FROM again.{each}" for each in values)
        query = (
            f"SELECT * FROM {table.name} WHERE source NOT IN ({quoted_names}) UNION ALL BY NAME "
            "SELECT again.* EXCLUDE (identifier, value_index) "
            f"REPLACE (coalesce(heard.stated_at, again.stated_at) AS stated_at{lapsing[of]}) "
            f"FROM ({newest}) AS again LEFT JOIN {_HEARD} AS heard ON {same} "
            + " ".join(
                f"AND heard.{each} = again.{each}" for each in ("source", "identifier", "value_index", of)
            )
        )
        with new.publish() as out:
            out.replace(table, query)
        new.engine.drop(_HEARD)


def _replace(project: Project, anew: Project) -> None:
    """Put the rebuilt folders in place of the old ones."""
    for name in ("lake", "live/store", "live/base", "log/outcomes"):
        old, new = project.path(name), anew.root / name
        shutil.rmtree(old, ignore_errors=True)
        if new.exists():
            new.rename(old)
