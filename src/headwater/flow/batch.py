"""A full run: what happens, in order, one line each.

Every stage reads tables that stages before it wrote and publishes its own all together, so that a run that is killed
anywhere and started again ends in the same state. A stage whose inputs and definitions are what they were last time is
skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from headwater.access.audit.retained import record_retained
from headwater.access.audit.sent import record_sent
from headwater.activate.declare import DeclaredDestination
from headwater.activate.send import Delivered, deliver
from headwater.audiences.moved import write_moved
from headwater.audiences.refresh import Refreshed, refresh
from headwater.audiences.rule import needs_of
from headwater.core.documents import Declared
from headwater.core.errors import HeadwaterError, together
from headwater.events.collected import collected_until, take_in_collected
from headwater.events.process import Taken, take_in
from headwater.flow.definitions import Definitions, fingerprint
from headwater.flow.identity_guard import expect_small, rules_mark
from headwater.flow.live_log import MOVED, Folders, moved_between, taken_until
from headwater.identity.declare import heeding
from headwater.identity.identifier import Identifier, define_kinds, identifier_kinds
from headwater.identity.likeness.declare import models_or_default
from headwater.identity.likeness.keep import fingerprint_of, keep, outdated, stage_of
from headwater.identity.likeness.match import match
from headwater.identity.likeness.records import read_records
from headwater.identity.resolve import resolve
from headwater.privacy.retain import is_due, take_out_old_rows
from headwater.profiles.build import build
from headwater.sources.declare import SourceDeclaration, read_settings, source_kind
from headwater.tables.workspace import Workspace


@dataclass
class Run:
    """One run under way, and what has come of it so far.

    `may_change_much`: whether somebody said that new rules may change who is who as much as they do. `retained`: of which table
    how many rows went because they were kept long enough.
    """

    workspace: Workspace
    definitions: Definitions
    taken: list[Taken] = field(default_factory=list)
    refreshed: list[Refreshed] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    failures: list[HeadwaterError] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    may_change_much: bool = False
    retained: dict[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> Mapping[str, Identifier]:
        """The kinds of identifier as this project takes them in."""
        return heeding(self.definitions.identifiers, identifier_kinds())


@dataclass(frozen=True)
class Stage:
    """One stage of a run: what it does, and the tables it reads and writes."""

    name: str
    does: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Run], None]


def take_in_live(run: Run) -> None:
    """Take in what the stream has taken in since the last run."""
    until = taken_until(run.workspace.project)
    if until <= collected_until(run.workspace):
        return
    with run.workspace.progress.step("collected") as step:
        folder = Folders.of(run.workspace.project.root).outcomes
        for taken in take_in_collected(run.workspace, folder, until, run.kinds):
            step.advance(taken.n_received)
            run.taken.append(taken)


def load_sources(run: Run) -> None:
    """Take in what is new in every source; one that fails does not keep the others from loading, but ends the run.

    Audiences and deliveries must not rest on a part of the data: consents may be in the part that is missing.
    """
    for source in run.definitions.sources.values():
        try:
            load_source(source, run)
        except HeadwaterError as error:
            run.failures.append(error)
    if run.failures:
        raise together(run.failures)


def let_old_rows_go(run: Run) -> None:
    """Once a day, keep nothing longer than the project says; what is computed of it follows in the stages after this one."""
    workspace = run.workspace
    if not is_due(workspace):
        return
    with workspace.progress.step("retention") as step:
        run.retained = take_out_old_rows(workspace)
        step.advance(sum(run.retained.values()))
    record_retained(run.retained, workspace.project, "retention")


def match_records(run: Run) -> None:
    """Compare records by the models that say `with every run`, where they changed; drop what models left that are no more."""
    workspace = run.workspace
    models = models_or_default(run.definitions.matching, identifier_kinds())
    regular = [each for each in models.values() if each.said.runs == "with every run"]
    gone, found = outdated(workspace, models), []
    for model in regular:
        records = read_records(model, workspace, run.definitions.identifiers, identifier_kinds())
        if not workspace.is_done(stage_of(model.name), fingerprint_of(model, records.digest)):
            with workspace.progress.step("matching") as step:
                found.append(match(model, records))
                step.advance(len(records.rows))
                step.note(f"{len(found[-1].links):,} pairs by {model.name}")
    if found or gone:
        keep(found, gone, workspace)
    elif regular:
        run.skipped.append("matching")


def resolve_identities(run: Run) -> None:
    """Compute which profile each identifier belongs to.

    Raises:
        LargeChangeError: rules that are not those of the last time would change too much, and nobody said that they may.
    """
    rules = run.definitions.identifiers
    evidence = fingerprint(
        (),
        _versions(run, "nodes", "links", "identity_decisions"),
        [run.workspace.clock.now()] if rules.moves_with_time else [],
    )
    inputs = f"{rules_mark(run.workspace.project)} {evidence}"
    if _is_done("identities", inputs, run):
        return
    if not run.may_change_much:
        expect_small(run.workspace, rules)
    with run.workspace.progress.step("identities") as step:
        resolved = resolve(run.workspace, ("identities", inputs), rules, identifier_kinds())
        step.advance(resolved.n_identifiers)
        step.note(f"{resolved.n_profiles:,} profiles")


def build_profiles(run: Run) -> None:
    """Compute profiles and their traits."""
    config, clock = run.workspace.project.config, run.workspace.clock
    inputs = fingerprint(
        run.workspace.project.documents["traits"],
        _versions(run, "events", "identity_map", "attributes", "households"),
        [config.source_priority, config.time_zone, clock.now()],
    )
    if _is_done("profiles", inputs, run):
        return
    with run.workspace.progress.step("profiles and traits") as step:
        built = build(run.definitions.traits, run.workspace, ("profiles", inputs))
        step.advance(built.n_values)
        step.note(f"{built.n_traits} traits of {built.n_profiles:,} profiles")


def refresh_audiences(run: Run) -> None:
    """Evaluate every rule for every profile; note who entered and left.

    A query of `sql` that fails keeps only its own audience, and those that refer to it, from being refreshed.
    """
    config, clock = run.workspace.project.config, run.workspace.clock
    inputs = fingerprint(
        run.workspace.project.documents["audiences"],
        _versions(run, *_looked_at(run)),
        [config.time_zone, clock.now()],
    )
    if _is_done("audiences", inputs, run):
        return
    with run.workspace.progress.step("audiences") as step:
        run.refreshed = refresh(run.definitions.audiences, run.workspace, mark=("audiences", inputs))
        step.advance(sum(each.size for each in run.refreshed))
        run.failures += dict.fromkeys(each.error for each in run.refreshed if each.error)
        n_kept = sum(1 for each in run.refreshed if each.error)
        step.note(f"{len(run.refreshed)} audiences" + (f", {n_kept} of them not refreshed" if n_kept else ""))


def write_live_moves(run: Run) -> None:
    """Note who entered and left audiences live, with the moments and reasons."""
    workspace = run.workspace
    begin, until = int(workspace.snapshot.stages.get(MOVED, "0")), collected_until(workspace)
    moved = list(moved_between(workspace.project, begin, until))
    if begin < until:
        with workspace.publish() as out:
            write_moved(moved, workspace, out)
            out.mark(MOVED, str(until))


def _looked_at(run: Run) -> list[str]:
    """The tables that rules are evaluated over: those of every project, and what its rules read besides."""
    needs = [needs_of(audience.rule).tables for audience in run.definitions.audiences.values()]
    return sorted({"events", "identity_map", "profiles", "traits"}.union(*needs))


def deliver_audiences(run: Run) -> None:
    """Send to every destination who entered and who left since it last acknowledged a delivery."""
    _deliver(run, run.definitions.destinations.values(), "run")


def _deliver(run: Run, destinations: Iterable[DeclaredDestination], by: str) -> None:
    run.delivered = deliver(run.workspace, destinations, run.definitions.outgoing)
    run.failures += [each.error for each in run.delivered if each.error]
    record_sent(run.delivered, run.workspace.project, by)


STAGES = (
    Stage(
        "collected",
        "take in what the stream has taken in of live events",
        ("nodes", "attributes", "consents"),
        ("events", "rejected_events", "refused_signals", "source_loads", "nodes", "links", "attributes", "consents"),
        take_in_live,
    ),
    Stage(
        "sources",
        "take in what is new, clean it, categorise it, tie it to identifiers",
        ("source_loads", "nodes", "events", "products", "campaigns", "attributes", "consents", "links"),
        (
            "events", "rejected_events", "refused_signals", "source_loads", "nodes", "links", "attributes", "consents",
            "products", "campaigns",
        ),
        load_sources,
    ),
    Stage(
        "retention",
        "once a day, let go of what was kept as long as the project says",
        ("events", "rejected_events", "refused_signals", "membership_changes", "attributes", "consents"),
        ("events", "rejected_events", "refused_signals", "membership_changes", "attributes", "consents"),
        let_old_rows_go,
    ),
    Stage(
        "matching",
        "compare records that share no identifier, where a model says so",
        ("nodes", "links", "attributes", "identity_decisions"),
        ("links", "matches", "households"),
        match_records,
    ),
    Stage(
        "identities",
        "decide which identifiers are one person",
        ("nodes", "links", "identity_decisions", "identity_map", "identity_moves", "evidence_aside"),
        ("identity_map", "identity_moves", "evidence_aside", "identity_changes"),
        resolve_identities,
    ),
    Stage(
        "profiles",
        "compute profiles and their traits",
        ("events", "identity_map", "attributes", "nodes", "households"),
        ("profiles", "traits"),
        build_profiles,
    ),
    Stage(
        "live moves",
        "note who entered and left audiences live, when and why",
        ("nodes", "identity_map", "memberships"),
        ("membership_changes", "membership_moves"),
        write_live_moves,
    ),
    Stage(
        "audiences",
        "evaluate every rule for every profile",
        ("events", "identity_map", "profiles", "traits", "nodes", "list_entries", "memberships"),
        ("memberships", "membership_moves", "membership_changes", "audience_sizes", "audience_rules"),
        refresh_audiences,
    ),
    Stage(
        "deliveries",
        "send who entered and who left, as far as consent permits",
        ("memberships", "consents", "identity_map", "nodes", "traits"),
        (),
        deliver_audiences,
    ),
)  # fmt: skip


SEALED = ("collected",)
FOLLOWING = ("identities", "profiles", "live moves", "audiences")  # what is another one when who is who is
DELIVERED = (*SEALED, "identities", "live moves")


def run_batch(workspace: Workspace, definitions: Definitions) -> Run:
    """Run every stage once.

    Raises:
        HeadwaterError: a source could not be read (nothing later ran).
    """
    run = Run(workspace, definitions)
    for stage in STAGES:
        stage.run(run)
    workspace.lake.vacuum(workspace.project.settings.keep_hours)
    return run


def seal(workspace: Workspace, definitions: Definitions, *, delivers: bool = False) -> Run:
    """Only make live events part of the tables; the rest waits for a full run.

    `delivers`: to live destinations, too, so who is who and who moved is worked out as well.
    """
    run = Run(workspace, definitions)
    for stage in STAGES:
        if stage.name in (DELIVERED if delivers else SEALED):
            stage.run(run)
    if delivers:
        live = [each for each in definitions.destinations.values() if each.live]
        _deliver(run, live, "live deliveries")
    return run


def follow_identities(workspace: Workspace, definitions: Definitions, *, anyway: bool = False) -> Run:
    """Work out anew who is who, and what follows from it: traits and audiences. Sources and deliveries wait for a full run.

    `anyway`: also if new rules change more of it than may happen by the way.

    Raises:
        LargeChangeError: they would, and it is not to be done anyway.
    """
    run = Run(workspace, definitions, may_change_much=anyway)
    for stage in STAGES:
        if stage.name in FOLLOWING:
            stage.run(run)
    return run


def load_source(source: Declared[SourceDeclaration], run: Run) -> None:
    """Take in what is new in one source, object by object."""
    kind, settings = source_kind(source.value.kind), read_settings(source)
    define_kinds(run.workspace.engine)
    for load in kind.pending(source.name, settings, run.workspace):
        with run.workspace.progress.step(source.name) as step:
            staged = kind.stage(source.name, settings, load, run.workspace)
            step.expect(staged.n_received)
            taken = take_in(source, load, staged, run.kinds, run.workspace, step)
            rejected = sum(taken.rejected.values())
            step.note(f"{taken.n_accepted:,} accepted, {rejected:,} rejected")
            run.taken.append(taken)


def _is_done(stage: str, inputs: str, run: Run) -> bool:
    if run.workspace.is_done(stage, inputs):
        run.skipped.append(stage)
        return True
    return False


def _versions(run: Run, *tables: str) -> dict[str, str | None]:
    return {table: run.workspace.version(table) for table in tables}
