"""Commands about what others are told: `privacy release`, `budget`, `pseudonymise`, `exports`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.cli.audited import audited, count, not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.core.errors import UserError
from headwater.flow.sharing.permitted import Sharing
from headwater.flow.sharing.pseudonymised import pseudonymise as write_pseudonymised
from headwater.flow.sharing.releases import PUBLIC, Releases, WantedRelease
from headwater.privacy.anonymity.exports import open_exports
from headwater.privacy.labels import Label

AudienceArgument = Annotated[str, typer.Argument(help="The audience's name.")]
PurposeOption = Annotated[
    str | None,
    typer.Option(
        help="What for, as headwater.yaml names it; that of the audience, or the only one, if left out."
    ),
]
_SPENT = {
    "recipient": "recipient",
    "audience": "audience",
    "by": "by",
    "epsilon": "epsilon",
    "spent_at": "spent (UTC)",
    "is_shown": "shown",
}
_EXPORTS = {
    "export_id": "export",
    "recipient": "recipient",
    "purpose": "purpose",
    "audience": "audience",
    "n_rows": "rows",
    "made_at": "made (UTC)",
}


@audited("privacy release", Action.SHARE, "audience", "recipient")
def release(
    audience: AudienceArgument,
    epsilon: Annotated[float, typer.Option(help="How much it may tell: 0.1 is little, 1 much.")],
    project: ProjectOption = Path(),
    by: Annotated[str | None, typer.Option(help="Count by the values of this trait.")] = None,
    counted: Annotated[bool, typer.Option("--count", help="Count all together.")] = False,
    delta: Annotated[float, typer.Option(help="With --by: how likely it may tell more.")] = 1e-6,
    recipient: Annotated[str, typer.Option(help="Whose budget is spent.")] = PUBLIC,
    purpose: PurposeOption = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Also if the same was released before; that costs again.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Count people with the noise of differential privacy, and spend what that tells of a recipient's budget.

    Example: `headwater privacy release coffee_lovers --count --epsilon 0.5`
    """
    if counted == (by is not None):
        raise UserError("it is not said what is to be counted", next_step="say one of --count and --by TRAIT")
    wanted = WantedRelease(audience, epsilon, by, delta, recipient, purpose, anew)
    found = Releases(opened(project)).release(wanted)
    if as_json:
        show_json(asdict(found))
        return
    rows = [{"value": each.value or audience, "n": each.n} for each in found.counts]
    show_table(rows, {"value": found.counts[0].trait or "audience" if found.counts else "", "n": "people"})
    spent = "was released before, nothing was spent" if found.is_kept else f"{found.epsilon:g} was spent"
    out.print(
        f"Each is off by {found.off_by:,} at most, in 95 of 100 cases. {spent}; "
        f"{found.left:g} is left for {found.recipient}.",
        soft_wrap=True,
    )


@not_audited
def budget(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """Show what releases told whom, and what may still be told.

    Example: `headwater privacy budget`
    """
    found = Releases(opened(project)).budget()
    if as_json:
        show_json(asdict(found))
        return
    if found.epsilon is None:
        out.print("Nothing may be released: headwater.yaml declares no `anonymity: {epsilon: …}`.")
    else:
        out.print(f"A recipient may be told {found.epsilon:g} within {found.days} days.")
    for each in found.recipients:
        out.print(f"{each.recipient}: {each.left:g} is left.")
    show_table([asdict(each) for each in found.spent], _SPENT)


@audited("privacy pseudonymise", Action.SHARE, "audience", "recipient")
def pseudonymise(
    audience: AudienceArgument,
    to: Annotated[Path, typer.Option(help="The file to write: .csv or .parquet.")],
    recipient: Annotated[str, typer.Option(help="Who gets it: pseudonyms are made for them alone.")],
    project: ProjectOption = Path(),
    purpose: PurposeOption = None,
    traits: Annotated[
        list[str] | None,
        typer.Option("--trait", help="A trait to put in; all without labels, if none is named."),
    ] = None,
    accepts: Annotated[
        list[Label] | None, typer.Option("--accept", help="A label of traits that may go there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write an audience into a file that names nobody, for one recipient.

    Example: `headwater privacy pseudonymise coffee_lovers --to out.csv --recipient acme --purpose newsletter`
    """
    sharing = Sharing(audience, recipient, purpose, frozenset(accepts or ()))
    found = write_pseudonymised(sharing, to, opened(project), traits or ())
    count(sent=found.export.n_rows)
    if as_json:
        show_json({**asdict(found), "file": str(to)})
        return
    out.print(
        f"{to}: {found.export.n_rows:,} people, by pseudonym, with {', '.join(found.export.columns) or 'no traits'}."
    )
    for reason, n in found.left_out.items():
        out.print(f"{n:,} are left out: {reason}.")
    if found.n_in_small_groups:
        out.print(f"{found.n_in_small_groups:,} are left out: too few are like them.")
    if found.n_traits_left_out:
        out.print(f"{found.n_traits_left_out:,} traits are left out: they are labelled.")


@not_audited
def exports(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List the pseudonymised files that were given away.

    Example: `headwater privacy exports`
    """
    with open_exports(opened(project)) as kept:
        found = [asdict(each) for each in kept.all()]
    if as_json:
        show_json({"exports": found})
    else:
        show_table(found, _EXPORTS)
