"""The command line: one verb per stage. It parses, calls a room, prints the answer; it holds no logic.

Answers go to stdout, progress and messages to stderr. Heavy rooms are imported by the verb that needs them, so that
``riskstrat --help`` answers at once.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from riskstrat.exit_codes import exit_code_of

app = typer.Typer(
    name="riskstrat",
    help="Risk stratification and case finding: a landing drop in; worklists per practice and honest cohort sizes out.",
    epilog="Start with  riskstrat demo . Decision support for reviewing who might benefit from proactive care; "
    "a clinician decides about each person.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(
    help="The model registry: champions, challengers, promotion through gates, rollback.", no_args_is_help=True
)
audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
codelists_app = typer.Typer(help="Code lists: import one and pin its version.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(audit_app, name="audit")
app.add_typer(codelists_app, name="codelists")

_options: dict[str, Any] = {"workspace": Path(), "debug": False}

IndexDate = Annotated[str, typer.Option("--index-date", metavar="YYYY-MM-01", help="The first of a month.")]
Json = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]


@app.callback()
def common(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The board's folder.")] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help="Show a stack trace when something fails.")] = False,
) -> None:
    """Options that every verb shares."""
    _options["workspace"] = workspace
    _options["debug"] = debug


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=200, max=400_000, help="How many made-up people.")] = 20_000,
) -> None:
    """The whole main job on a synthetic population made on the spot: a drop becomes a published release."""
    from riskstrat.demonstration import run_demonstration

    chosen: Path = _options["workspace"]
    root = Path("riskstrat-demo") if chosen == Path() else chosen
    _say(run_demonstration(root, people, _progress()))


@app.command()
def synth(
    people: Annotated[int, typer.Option(min=1, help="How many made-up people are registered at the end.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")],
    out: Annotated[Path, typer.Option(help="Folder for the drop; it is made.")],
    true_risk: Annotated[
        Path | None, typer.Option(help="Also write each person's true risk to this file, outside the drop.")
    ] = None,
) -> None:
    """Write a landing drop of the synthetic population."""
    from riskstrat.synthetic import generate_drop

    generate_drop(people, seed, out, true_risk=true_risk, progress=_progress())
    _say(f"a drop of {people:,} synthetic people is in {out}")


@app.command()
def init() -> None:
    """Make a workspace: riskstrat.toml with every setting explained, a key file (0600), folders."""
    from riskstrat.setup import make_workspace

    for line in make_workspace(_workspace(must_exist=False)):
        _say(line)


@app.command()
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

    workspace = _workspace()
    with only_writer(workspace):
        result = take_drop(
            workspace, drop, adapter=adapter, accept_restatement=accept_restatement, progress=_progress()
        )
        audit.record(workspace, "intake", **result.as_dict(), accept_restatement=accept_restatement)
    _answer(result.as_dict(), result.as_text(), as_json)


@app.command(name="features")
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
        _say(features.describe(as_json=as_json))
        return
    if not index_date:
        raise UsageFault("which index date?", "for example  riskstrat features --index-date 2026-11-01")
    workspace = _workspace()
    with only_writer(workspace):
        written = features.build_snapshots(workspace, [_index_date(text) for text in index_date], progress=_progress())
    _answer([str(path) for path in written], "\n".join(str(path) for path in written), as_json)


@app.command()
def train(
    model: Annotated[list[str] | None, typer.Argument(help="Models to train; all of them by default.")] = None,
    recalibrate_only: Annotated[
        bool, typer.Option("--recalibrate-only", help="Keep the champion's trees; fit a new intercept and slope.")
    ] = False,
    search_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="First search each model's parameters that long (needs Optuna).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train, evaluate and register challengers; a challenger is promoted only through its gates."""
    from riskstrat import audit, modelling
    from riskstrat.errors import UsageFault
    from riskstrat.lock import only_writer

    if recalibrate_only and search_minutes is not None:
        raise UsageFault("a refresh keeps the trees, so there is nothing to search", "leave one of the two out")
    workspace = _workspace()
    with only_writer(workspace):
        audit.record_opened(workspace, "train", "training")
        if recalibrate_only:
            results = modelling.recalibrate(workspace, model or None, progress=_progress())
        else:
            results = modelling.train(workspace, model or None, search_minutes=search_minutes, progress=_progress())
        for result in results:
            audit.record(workspace, "model trained", **result.as_audit())
    _answer([result.as_dict() for result in results], "\n".join(result.as_text() for result in results), as_json)


@models_app.command(name="list")
def models_list(as_json: Json = False) -> None:
    """List every registered version, with its alias."""
    from riskstrat import modelling

    rows = modelling.list_models(_workspace())
    _answer(rows, _table(rows), as_json)


@models_app.command(name="show")
def models_show(model: str, version: Annotated[int | None, typer.Argument()] = None, as_json: Json = False) -> None:
    """Show one version (the champion, else the newest): its figures, gates and training dates."""
    from riskstrat import modelling

    shown = modelling.show_model(_workspace(), model, version)
    _answer(shown, modelling.shown_as_text(shown), as_json)


@models_app.command(name="compare")
def models_compare(model: str, first: int, second: int, as_json: Json = False) -> None:
    """Compare two versions: figures side by side, the paired difference, gates, and what differs between them."""
    from riskstrat import modelling

    compared = modelling.compare_models(_workspace(), model, first, second)
    _answer(compared, modelling.comparison_as_text(compared), as_json)


@models_app.command(name="promote")
def models_promote(model: str, version: int) -> None:
    """Make a version champion, if its gates hold."""
    from riskstrat import audit, modelling
    from riskstrat.lock import only_writer

    workspace = _workspace()
    with only_writer(workspace):
        audit.record_opened(workspace, "models promote", "training")
        modelling.promote(workspace, model, version)
        audit.record(workspace, "model promoted", model=model, version=version)
    _say(f"{model} version {version} is champion")


@models_app.command(name="rollback")
def models_rollback(model: str) -> None:
    """Make the previous champion champion again."""
    from riskstrat import audit, modelling
    from riskstrat.lock import only_writer

    workspace = _workspace()
    with only_writer(workspace):
        version = modelling.rollback(workspace, model)
        audit.record(workspace, "model rolled back", model=model, to_version=version)
    _say(f"{model} version {version} is champion again")


@app.command()
def score(index_date: IndexDate) -> None:
    """Score a snapshot with the champions."""
    from riskstrat import features, modelling
    from riskstrat.lock import only_writer

    workspace, day = _workspace(), _index_date(index_date)
    with only_writer(workspace):
        features.build_snapshots(workspace, [day], progress=_progress())
        _say(str(modelling.score(workspace, day, progress=_progress())))


@app.command()
def run(index_date: IndexDate, as_json: Json = False) -> None:
    """Features, scores, worklists, population and release: one month, published whole or not at all."""
    from riskstrat import release
    from riskstrat.lock import only_writer

    workspace = _workspace()
    with only_writer(workspace):
        published = release.publish_month(workspace, _index_date(index_date), _progress())
    _answer(published.as_dict(), published.as_text(), as_json)


@app.command()
def explain(
    nhs_number: Annotated[str, typer.Argument(metavar="NHS_NUMBER|-", help="'-' reads it from stdin.")],
    practice: Annotated[str, typer.Option(help="The practice that asks: it may ask about its own people only.")],
    index_date: Annotated[str | None, typer.Option("--index-date", metavar="YYYY-MM-01")] = None,
    as_json: Json = False,
) -> None:
    """Why this person is, or is not, on the practice's list."""
    from riskstrat import audit, release, worklists
    from riskstrat.errors import NotPermitted
    from riskstrat.lock import only_writer

    workspace = _workspace()
    number = sys.stdin.readline().strip() if nhs_number == "-" else nhs_number
    day = _index_date(index_date) if index_date else release.current_index_date(workspace)
    try:
        explanation = worklists.explain(workspace, number, practice, day)
    except NotPermitted:
        with only_writer(workspace):
            audit.record(workspace, "explain refused", practice=practice, index_date=str(day))
        raise
    with only_writer(workspace):
        audit.record_opened(workspace, "explain", "case_finding")
        audit.record(workspace, "explained", practice=practice, index_date=str(day))
    _answer(explanation.as_dict(), explanation.as_text(), as_json)


@app.command()
def feedback(
    files: Annotated[list[Path], typer.Argument(help="Worklists that practices sent back.")], as_json: Json = False
) -> None:
    """Take back what practices recorded on their worklists."""
    from riskstrat import audit, worklists
    from riskstrat.lock import only_writer

    workspace = _workspace()
    with only_writer(workspace):
        result = worklists.take_feedback(workspace, files)
        audit.record(workspace, "feedback taken", **result.as_audit())
    _answer(result.as_dict(), result.as_text(), as_json)


@app.command()
def cohorts(
    by: Annotated[str, typer.Option(help="practice, pcn, place or icb.")] = "icb",
    index_date: Annotated[str | None, typer.Option("--index-date", metavar="YYYY-MM-01")] = None,
    as_json: Json = False,
) -> None:
    """Cohort sizes and rates, disclosure-controlled."""
    from riskstrat import audit, modelling, population, release
    from riskstrat.lock import only_writer

    workspace = _workspace()
    day = _index_date(index_date) if index_date else release.current_index_date(workspace)
    rows = population.cohorts(workspace, day, by).to_dicts()
    for caution in modelling.cautions(workspace, day):
        _progress()(f"{modelling.READ_WITH_CARE} {caution.as_text()}")
    if workspace.settings.opt_out.opened("planning"):
        with only_writer(workspace):
            audit.record_opened(workspace, "cohorts", "planning")
    _answer(rows, _table(rows), as_json)


@app.command()
def pseudonyms(file: Annotated[Path, typer.Argument(help="One NHS number a line.")]) -> None:
    """For the key holder: NHS numbers in, 'nhs_number,person_id' as CSV on stdout. Audited."""
    from riskstrat import audit
    from riskstrat.intake import pseudonyms as look_up
    from riskstrat.lock import only_writer

    workspace = _workspace()
    numbers = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    with only_writer(workspace):
        found = look_up(workspace, numbers)
        audit.record(workspace, "pseudonyms read", asked=len(numbers), found=len(found))
    _say("nhs_number,person_id")
    for number, person_id in found:
        _say(f"{number},{person_id}")


@app.command()
def verify(release: Annotated[str | None, typer.Argument(help="The current release by default.")] = None) -> None:
    """Check every file of a release against its hashes."""
    from riskstrat import release as releases

    manifest = releases.verify(_workspace(), release)
    _say(f"release {manifest['release']} is whole: {len(manifest['files'])} files agree with their hashes")


@audit_app.command(name="verify")
def audit_verify() -> None:
    """Check the chain of the audit log, and that it records every release on disk."""
    from riskstrat import release

    _say(f"the audit log is whole: {release.verify_log(_workspace())} entries")


@codelists_app.command(name="import")
def codelists_import(
    file: Annotated[Path, typer.Argument(help="OpenCodelists CSV, PCD refset file or plain CSV.")],
    list_id: Annotated[str, typer.Option(help="The list it replaces or adds.")],
    system: Annotated[str, typer.Option(help="snomed_ct, icd10 or bnf.")],
    version: Annotated[str, typer.Option(help="The version to pin.")],
    source: Annotated[str, typer.Option(help="Where it came from.")],
    cluster: Annotated[str | None, typer.Option(help="The cluster of a PCD refset file.")] = None,
) -> None:
    """Take a code list into this workspace and pin its version."""
    from riskstrat import audit
    from riskstrat.features.codelists import import_codelist
    from riskstrat.lock import only_writer

    workspace = _workspace()
    with only_writer(workspace):
        written = import_codelist(
            file,
            list_id=list_id,
            system=system,
            version=version,
            source=source,
            into=workspace.root / "codelists",
            cluster=cluster,
        )
        audit.record(workspace, "code list imported", list_id=list_id, version=version)
    _say(str(written))


def main() -> None:
    """Run the command line and end the process with the exit code of CONTRACT section 3.

    Whatever it writes is for the account that runs it, and for nobody else on the machine.
    """
    os.umask(0o077)
    sys.exit(exit_code_of(lambda: app(standalone_mode=False), show_trace=lambda: bool(_options["debug"])))


def _workspace(*, must_exist: bool = True) -> Any:
    from riskstrat.errors import UsageFault
    from riskstrat.project import SETTINGS_FILE, Workspace

    workspace = Workspace(Path(_options["workspace"]).resolve())
    if must_exist and not (workspace.root / SETTINGS_FILE).exists() and not workspace.store.exists():
        raise UsageFault(
            f"{workspace.root.name} is not a workspace",
            "make one:  riskstrat --workspace DIR init",
            "or name yours with --workspace",
        )
    return workspace


def _index_date(text: str) -> date:
    from riskstrat.project import parse_index_date

    return parse_index_date(text)


def _progress() -> Callable[[str], None]:
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    return lambda text: console.print(f"· {text}", style="dim", soft_wrap=True, markup=False)


def _answer(data: Any, text: str, as_json: bool) -> None:
    _say(_as_json(data) if as_json else text)


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, default=str)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "none"
    names = list(rows[0])
    cells = [names, *[["" if row[name] is None else str(row[name]) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
