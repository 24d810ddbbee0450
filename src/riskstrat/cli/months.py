"""The verbs of a month, from a drop to a published release."""

from pathlib import Path
from typing import Annotated

import typer

from riskstrat.cli.common import IndexDate, Json, answer, app, index_date_of, open_workspace, options, progress, say

PANEL = "A month, from a drop to a release"


@app.command(rich_help_panel=PANEL)
def demo(
    people: Annotated[int, typer.Option(min=200, max=400_000, help="How many made-up people.")] = 20_000,
) -> None:
    """The whole main job on a synthetic population made on the spot: a drop becomes a published release."""
    from riskstrat.demonstration import run_demonstration

    chosen: Path = options["workspace"]
    root = Path("riskstrat-demo") if chosen == Path() else chosen
    say(run_demonstration(root, people, progress()))


@app.command(rich_help_panel=PANEL)
def synth(
    people: Annotated[int, typer.Option(min=1, help="How many made-up people are registered at the end.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")],
    out: Annotated[Path, typer.Option(help="Folder for the drop; it is made.")],
    true_risk: Annotated[
        Path | None, typer.Option(help="Also write each person's true risk to this file, outside the drop.")
    ] = None,
) -> None:
    """Write a landing drop of the synthetic population."""
    from riskstrat.outputs import refuse_file, refuse_folder
    from riskstrat.synthetic import generate_drop

    workspace = open_workspace(must_exist=False)
    refuse_folder(workspace, out, "the drop")
    if true_risk is not None:
        refuse_file(workspace, true_risk, "the file of true risks", ".parquet")
    generate_drop(people, seed, out, true_risk=true_risk, progress=progress())
    say(f"a drop of {people:,} synthetic people is in {out}")


@app.command(rich_help_panel=PANEL)
def init() -> None:
    """Make a workspace: riskstrat.toml with every setting explained, a key file (0600), folders."""
    from riskstrat.setup import make_workspace

    for line in make_workspace(open_workspace(must_exist=False)):
        say(line)


@app.command(rich_help_panel=PANEL)
def intake(
    drop: Annotated[Path, typer.Argument(help="Folder of landing files.")],
    adapter: Annotated[str | None, typer.Option(help="Shape of a foreign drop: hes.")] = None,
    accept_restatement: Annotated[
        str | None, typer.Option(metavar="WHY", help="Accept a drop that removes rows already held, and why.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check, permit, pseudonymise and load one drop; the same drop twice changes nothing."""
    from riskstrat import audit
    from riskstrat.intake import take_drop
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        result = take_drop(workspace, drop, adapter=adapter, accept_restatement=accept_restatement, progress=progress())
        audit.record(workspace, "intake", **result.as_dict(), accept_restatement=accept_restatement)
    answer(result.as_dict(), result.as_text(), as_json)


@app.command(name="features", rich_help_panel=PANEL)
def features_verb(
    index_date: Annotated[
        list[str] | None, typer.Option("--index-date", metavar="YYYY-MM-01", help="The first of a month; repeatable.")
    ] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Print the feature dictionary instead.")] = False,
    as_json: Json = False,
) -> None:
    """Build feature snapshots, or describe every feature."""
    from riskstrat import features
    from riskstrat.errors import UsageFault
    from riskstrat.lock import only_writer

    if describe:
        say(features.describe(as_json=as_json))
        return
    if not index_date:
        raise UsageFault("which index date?", "for example  riskstrat features --index-date 2026-11-01")
    workspace = open_workspace()
    with only_writer(workspace):
        written = features.build_snapshots(workspace, [index_date_of(text) for text in index_date], progress=progress())
    answer([str(path) for path in written], "\n".join(str(path) for path in written), as_json)


@app.command(rich_help_panel=PANEL)
def score(index_date: IndexDate) -> None:
    """Score a snapshot with the champions."""
    from riskstrat import features, modelling
    from riskstrat.lock import only_writer

    workspace, day = open_workspace(), index_date_of(index_date)
    with only_writer(workspace):
        features.build_snapshots(workspace, [day], progress=progress())
        say(str(modelling.score(workspace, day, progress=progress())))


@app.command(rich_help_panel=PANEL)
def run(index_date: IndexDate, as_json: Json = False) -> None:
    """Features, scores, worklists, population and release: one month, published whole or not at all."""
    from riskstrat import release
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        published = release.publish_month(workspace, index_date_of(index_date), progress())
    answer(published.as_dict(), published.as_text(), as_json)


@app.command(rich_help_panel=PANEL)
def verify(release: Annotated[str | None, typer.Argument(help="The current release by default.")] = None) -> None:
    """Check every file of a release against its hashes."""
    from riskstrat import published

    manifest = published.verify(open_workspace(), release)
    say(f"release {manifest['release']} is whole: {len(manifest['files'])} files agree with their hashes")
