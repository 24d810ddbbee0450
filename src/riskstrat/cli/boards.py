"""The verbs of commissioners and their analysts."""

from pathlib import Path
from typing import Annotated

import typer

from riskstrat.cli.common import Json, answer, app, as_table, index_date_of, open_workspace, progress

PANEL = "A board"

rules_app = typer.Typer(help="The rules of worklists and cohorts.", no_args_is_help=True)
app.add_typer(rules_app, name="rules", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def cohorts(
    by: Annotated[str, typer.Option(help="practice, pcn, place or icb.")] = "icb",
    index_date: Annotated[str | None, typer.Option("--index-date", metavar="YYYY-MM-01")] = None,
    as_json: Json = False,
) -> None:
    """Cohort sizes and rates, disclosure-controlled."""
    from riskstrat import audit, modelling, population, published
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    day = index_date_of(index_date) if index_date else published.current_index_date(workspace)
    rows = population.cohorts(workspace, day, by, previous=published.population_folders(workspace)).to_dicts()
    for caution in modelling.cautions(workspace, day):
        progress()(f"{modelling.READ_WITH_CARE} {caution.as_text()}")
    if workspace.settings.opt_out.opened("planning"):
        with only_writer(workspace):
            audit.record_opened(workspace, "cohorts", "planning")
    answer(rows, as_table(rows), as_json)


@app.command(rich_help_panel=PANEL)
def backtest(
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the figures by practice there, as a table.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Every past worklist against what happened, beside most admissions last year at the same length."""
    from riskstrat import audit, impact, release
    from riskstrat.lock import only_writer
    from riskstrat.outputs import refuse_file

    workspace = open_workspace()
    if csv is not None:
        refuse_file(workspace, csv, "the table", ".csv", replaces=impact.CSV_HEAD)
    with only_writer(workspace):
        release.settle(workspace)
        found = impact.backtest(workspace, progress())
        audit.record_opened(workspace, "backtest", "planning")
    if csv is not None:
        impact.write_csv(found.practices, found.judged, csv)
        progress()(f"figures by practice: {csv}")
    answer(found.as_dict(), impact.backtest_as_text(found), as_json)


@app.command(rich_help_panel=PANEL)
def effect(as_json: Json = False) -> None:
    """Whether being listed changed emergency admissions: against a hold-out, else against people like them."""
    from riskstrat import audit, impact, release
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        release.settle(workspace)
        found = impact.effect(workspace, progress())
        audit.record_opened(workspace, "effect", "planning")
    answer([one.as_dict() for one in found], impact.effect_as_text(found), as_json)


@app.command(rich_help_panel=PANEL)
def worth(
    cohort: Annotated[str, typer.Argument(help="A cohort's id, as `cohorts` shows it.")],
    intervention: Annotated[str, typer.Option(metavar="ID", help="A file of sql/interventions.")],
    capacity: Annotated[int, typer.Option(min=1, max=1_000_000, help="People who can be reviewed in a month.")],
    target: Annotated[
        int | None, typer.Option(min=1, help="Admissions to avert in a year: what would have to be true for it?")
    ] = None,
    index_date: Annotated[str | None, typer.Option("--index-date", metavar="YYYY-MM-01")] = None,
    as_json: Json = False,
) -> None:
    """What an intervention could avert in a cohort, from published effects, no effect and harm among them."""
    from riskstrat import audit, impact, population, published
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    day = index_date_of(index_date) if index_date else published.current_index_date(workspace)
    with only_writer(workspace):
        sizes = population.cohorts(workspace, day, "icb", previous=published.population_folders(workspace))
        found = impact.worth(
            workspace,
            day,
            cohort,
            intervention,
            capacity,
            target=target,
            published=impact.Published.by_cohort(sizes),
            progress=progress(),
        )
        audit.record_opened(workspace, "worth", "planning")
    answer(found.as_dict(), impact.worth_as_text(found), as_json)


@rules_app.command(name="check")
def rules_check(
    index_date: Annotated[
        str | None, typer.Option("--index-date", metavar="YYYY-MM-01", help="The latest snapshot by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What each rule would list, what changed since the last release, and whether every rule can be used."""
    from riskstrat import audit, release, rules
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    day = index_date_of(index_date) if index_date else None
    checked = rules.check_rules(workspace, day, release.published_rules(workspace))
    if workspace.settings.opt_out.opened("case_finding"):
        with only_writer(workspace):
            audit.record_opened(workspace, "rules check", "case_finding")
    answer(checked.as_dict(), checked.as_text(), as_json)
