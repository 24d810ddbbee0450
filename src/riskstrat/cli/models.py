"""The verbs of data scientists: training and the model registry."""

from typing import Annotated

import typer

from riskstrat.cli.common import Json, answer, app, as_table, open_workspace, progress, say

PANEL = "Models"

models_app = typer.Typer(
    help="The model registry: champions, challengers, promotion through gates, rollback.", no_args_is_help=True
)
app.add_typer(models_app, name="models", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def train(
    model: Annotated[list[str] | None, typer.Argument(help="Models to train; all of them by default.")] = None,
    recalibrate_only: Annotated[
        bool, typer.Option("--recalibrate-only", help="Keep the champion's trees; fit a new intercept and slope.")
    ] = False,
    search_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="First search each model's parameters that long (needs Optuna).")
    ] = None,
    without_each_source: Annotated[
        bool,
        typer.Option("--without-each-source", help="Also train once more without each source, to say what it adds."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train, evaluate and register challengers; a challenger is promoted only through its gates."""
    from riskstrat import audit, modelling, release
    from riskstrat.errors import UsageFault
    from riskstrat.lock import only_writer

    if recalibrate_only and search_minutes is not None:
        raise UsageFault("a refresh keeps the trees, so there is nothing to search", "leave one of the two out")
    if recalibrate_only and without_each_source:
        raise UsageFault("a refresh keeps the trees, and these are other trees", "leave one of the two out")
    workspace = open_workspace()
    with only_writer(workspace):
        release.settle(workspace)
        audit.record_opened(workspace, "train", "training")
        if recalibrate_only:
            results = modelling.recalibrate(workspace, model or None, progress=progress())
        else:
            results = modelling.train(
                workspace,
                model or None,
                search_minutes=search_minutes,
                without_each_source=without_each_source,
                progress=progress(),
            )
        for result in results:
            audit.record(workspace, "model trained", **result.as_audit())
    answer([result.as_dict() for result in results], "\n".join(result.as_text() for result in results), as_json)


@models_app.command(name="list")
def models_list(as_json: Json = False) -> None:
    """List every registered version, with its alias."""
    from riskstrat import modelling

    rows = modelling.list_models(open_workspace())
    answer(rows, as_table(rows), as_json)


@models_app.command(name="show")
def models_show(model: str, version: Annotated[int | None, typer.Argument()] = None, as_json: Json = False) -> None:
    """Show one version (the champion, else the newest): its figures, gates and training dates."""
    from riskstrat import modelling

    shown = modelling.show_model(open_workspace(), model, version)
    answer(shown, modelling.shown_as_text(shown), as_json)


@models_app.command(name="compare")
def models_compare(model: str, first: int, second: int, as_json: Json = False) -> None:
    """Compare two versions: figures side by side, the paired difference, gates, and what differs between them."""
    from riskstrat import modelling

    compared = modelling.compare_models(open_workspace(), model, first, second)
    answer(compared, modelling.comparison_as_text(compared), as_json)


@models_app.command(name="promote")
def models_promote(model: str, version: int) -> None:
    """Make a version champion, if its gates hold."""
    from riskstrat import audit, modelling
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        audit.record_opened(workspace, "models promote", "training")
        modelling.promote(workspace, model, version)
        audit.record(workspace, "model promoted", model=model, version=version)
    say(f"{model} version {version} is champion")


@models_app.command(name="rollback")
def models_rollback(model: str) -> None:
    """Make the previous champion champion again."""
    from riskstrat import audit, modelling
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        version = modelling.rollback(workspace, model)
        audit.record(workspace, "model rolled back", model=model, to_version=version)
    say(f"{model} version {version} is champion again" if version else f"{model} has no champion now")
