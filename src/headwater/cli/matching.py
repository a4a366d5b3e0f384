"""The command that compares records by likeness: what would be, how sure, and what speaks for it; and lets it count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.access.roles import Action, Role
from headwater.cli.audited import audited, count
from headwater.cli.chart import bar
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.seen import SeenAsOption, show_as
from headwater.core.errors import EnvironmentFault, UserError
from headwater.core.project import Project
from headwater.flow.definitions import read_definitions
from headwater.flow.matching import apply as let_count, compare, match_records, what_would_be
from headwater.identity.likeness.match import Matched
from headwater.identity.likeness.samples import Record, Sample, samples
from headwater.identity.matching.chart import weights_html, weights_table
from headwater.identity.simulate import Simulated
from headwater.tables.workspace import read, work

_WIDEST = 12.0  # log2: what a whole bar stands for

ModelsArgument = Annotated[
    list[str] | None, typer.Argument(help="Files in `matching/`, without .yaml; all of them if left out.")
]


def _action(given: Mapping[str, Any]) -> Action:
    return Action.CHANGE_IDENTITY if given["apply"] else Action.SEE_PEOPLE


@audited("identity match", _action, "models")
def match(
    models: ModelsArgument = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Let it count; profiles and audiences follow at once.")
    ] = False,
    chart: Annotated[
        Path | None,
        typer.Option(help="Write a chart of the weights into this folder, one HTML page a model."),
    ] = None,
    sample: Annotated[
        int, typer.Option(help="How many pairs to show on either side of the threshold.", min=0, max=1000)
    ] = 3,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show what the sample records hold: personal data.")
    ] = False,
    as_role: SeenAsOption = None,
) -> None:
    """Find records of one person, or of one household, that share no identifier, by how much they are alike.

    Learns from the project's own records, and says how sure it is; nothing is written without `--apply`.

    Example: `headwater identity match`, then `headwater identity match --apply`
    """
    if as_role is not None:
        _show_as(as_role, models or (), opened(project), is_applying=apply, as_json=as_json)
        return
    with work(opened(project)) if apply else read(opened(project)) as workspace:
        definitions = read_definitions(workspace)
        found = compare(models or (), workspace, definitions)
        would_be = what_would_be(found, workspace, definitions)
        shown = [samples(each, workspace, sample, with_values=show_values) for each in found]
        written = [_write_chart(each, chart) for each in found if chart is not None and each.trained]
        if apply:
            let_count(found, workspace, definitions)
            count(changed=would_be.n_changed)
        else:
            count(seen=sum(len(pairs) for pairs in shown))
    if as_json:
        told = [_report(each, pairs) for each, pairs in zip(found, shown, strict=True)]
        show_json({"models": told, "would_be": asdict(would_be), "applied": apply, "charts": written})
        return
    for each, pairs in zip(found, shown, strict=True):
        _show(each, pairs)
    for path in written:
        out.print(f"chart: {path}", markup=False)
    _show_outcome(would_be, applied=apply)


def _show_as(
    role: Role, models: Sequence[str], project: Project, *, is_applying: bool, as_json: bool
) -> None:
    """What would come of it, as a role sees it: without samples, which are of single people."""
    if is_applying:
        raise UserError("--as only looks", next_step="say one of --as and --apply")
    with read(project) as workspace:
        found = match_records(models, workspace, read_definitions(workspace), applying=False)
    show_as(role, found, project, as_json=as_json)


def _write_chart(matched: Matched, folder: Path) -> str:
    """Write a page that needs nothing else; gives its path. It tells of levels and weights, not of people."""
    path = folder / f"{matched.model.name}.html"
    assert matched.trained is not None  # noqa: S101 - only what was trained has weights
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(weights_html(matched.trained), encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"the chart cannot be written to {folder}: {error.strerror}", next_step="name another folder"
        ) from error
    return str(path)


def _report(matched: Matched, pairs: list[Sample]) -> dict[str, object]:
    """What came of a model, as JSON shows it."""
    estimate = matched.estimate()
    return {
        "model": matched.model.name,
        "level": matched.model.said.level,
        "runs": matched.model.said.runs,
        "n_records": len(matched.records.rows),
        "compared": {name: list(told) for name, told in matched.records.fed_by.items()},
        "notes": list(matched.notes),
        "threshold": matched.threshold,
        "is_threshold_chosen": matched.model.said.threshold is None,
        "n_links": len(matched.links),
        "estimated_precision": estimate and estimate.precision,
        "estimated_recall": estimate and estimate.recall,
        "bands": [asdict(each) for each in matched.bands()],
        "thresholds": [asdict(each) for each in matched.thresholds()],
        "weights": weights_table(matched.trained).to_pylist() if matched.trained else [],
        "samples": [asdict(each) for each in pairs],
        "households": _households(matched),
    }


def _households(matched: Matched) -> dict[str, int] | None:
    """How many households have how many records; None: they were not looked for."""
    if matched.model.said.level != "household":
        return None
    sizes = Counter(Counter(matched.households()["household_id"].to_pylist()).values())
    return {str(size): n for size, n in sorted(sizes.items())}


def _show(matched: Matched, pairs: list[Sample]) -> None:
    name, said = matched.model.name, matched.model.said
    out.print(f"[bold]{name}[/] ({said.level}): {len(matched.records.rows):,} records")
    for column, told in matched.records.fed_by.items():
        out.print(f"  {column.replace('_', ' ')}: {', '.join(told)}", markup=False)
    for note in matched.notes:
        out.print(f"  {note}", markup=False)
    if matched.trained is None:
        return
    out.print("\nWhat speaks for it, and against it (log2):")
    weights = weights_table(matched.trained).to_pylist()
    show_table(
        [_weight_row(each) for each in weights],
        dict.fromkeys(("comparison", "level", "weight", "bar"), ""),
    )
    out.print("\nPairs by probability:")
    show_table(
        [_band_row(asdict(each)) for each in matched.bands()],
        {"from": "from", "below": "below", "n_pairs": "pairs"},
    )
    out.print("\nWhat thresholds are estimated to give:")
    rows = [
        {name: _share(value) if isinstance(value, float) else value for name, value in asdict(each).items()}
        for each in matched.thresholds()
    ]
    show_table(
        rows, {"threshold": "threshold", "n_pairs": "pairs", "precision": "precision", "recall": "recall"}
    )
    _show_threshold(matched)
    for each in pairs:
        _show_sample(each)
    out.print()


def _show_threshold(matched: Matched) -> None:
    estimate = matched.estimate()
    if estimate is None:
        return
    how = "chosen" if matched.model.said.threshold is None else "set by hand"
    out.print(
        f"\nThreshold {_share(estimate.threshold)} ({how}): {len(matched.links):,} pairs are links; "
        f"estimated precision {_share(estimate.precision)}, recall {_share(estimate.recall)}."
    )
    households = _households(matched)
    if households is not None:
        n_together = sum(n for size, n in households.items() if size != "1")
        out.print(f"{sum(households.values()):,} households, {n_together:,} of them of several records.")


def _show_sample(sample: Sample) -> None:
    verdict = "link" if sample.is_link else "no link"
    out.print(
        f"\n{_named(sample.one)} — {_named(sample.other)}: {_share(sample.probability)}, {verdict}",
        markup=False,
    )
    for each in sample.spoken:
        values = [record.values.get(each.comparison) for record in (sample.one, sample.other)]
        shown = f" ({' / '.join(value or '-' for value in values)})" if any(values) else ""
        out.print(
            f"  {each.weight:+6.1f}  {each.comparison.replace('_', ' ')}: {each.level}{shown}", markup=False
        )


def _named(record: Record) -> str:
    value = record.values.get(record.identifier)
    return f"{record.identifier}={value}" if value else f"{record.identifier} (node {record.node_id})"


def _weight_row(level: Mapping[str, Any]) -> dict[str, object]:
    comparison = str(level["comparison"]).replace("_", " ")
    return {**level, "comparison": comparison, "bar": _signed_bar(level["weight"])}


def _band_row(band: dict[str, float]) -> dict[str, object]:
    return {"from": _share(band["least"]), "below": _share(band["below"]), "n_pairs": band["n_pairs"]}


def _share(value: float) -> str:
    """A share in per cent; what is nearly all is told from all."""
    return f"{value:.2%}" if value <= 0.9999 or value == 1 else f"{value:.4%}"


def _signed_bar(weight: float) -> str:
    half = bar(min(abs(weight), _WIDEST) / _WIDEST, 12).replace("·", "")
    return f"{half:>12}│" if weight < 0 else f"{'':12}│{half}"


def _show_outcome(would_be: Simulated, *, applied: bool) -> None:
    then = "profiles before" if applied else "profiles now"
    out.print(
        f"{would_be.n_before:,} {then}, {would_be.n_after:,} {'now' if applied else 'then'}: "
        f"{would_be.n_merged:,} merged into others, {would_be.n_split:,} split."
    )
    if not applied:
        out.print("Nothing was written; with `--apply` it counts.")
