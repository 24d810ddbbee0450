"""What every verb shares: the command line itself, the options, and how an answer and its progress are said."""

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

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
options: dict[str, Any] = {"workspace": Path(), "debug": False}

IndexDate = Annotated[str, typer.Option("--index-date", metavar="YYYY-MM-01", help="The first of a month.")]
Json = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]


@app.callback()
def common(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The board's folder.")] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help="Show a stack trace when something fails.")] = False,
) -> None:
    """Options that every verb shares."""
    options["workspace"] = workspace
    options["debug"] = debug


def open_workspace(*, must_exist: bool = True) -> Any:
    """Return the workspace that ``--workspace`` names; raises ``UsageFault`` where there is none and one must exist."""
    from riskstrat.errors import UsageFault
    from riskstrat.project import SETTINGS_FILE, Workspace

    workspace = Workspace(Path(options["workspace"]).resolve())
    if must_exist and not (workspace.root / SETTINGS_FILE).exists() and not workspace.store.exists():
        raise UsageFault(
            f"{workspace.root.name} is not a workspace",
            "make one:  riskstrat --workspace DIR init",
            "or name yours with --workspace",
        )
    return workspace


def index_date_of(text: str) -> date:
    """Return the index date that was typed; raises ``UsageFault`` if it is not the first of a month."""
    from riskstrat.project import parse_index_date

    return parse_index_date(text)


def progress() -> Callable[[str], None]:
    """Return what tells a person at the terminal (stderr) how a long verb is getting on."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    return lambda text: console.print(f"· {text}", style="dim", soft_wrap=True, markup=False)


def answer(data: Any, text: str, as_json: bool) -> None:
    """Print the answer of a verb: ``data`` as JSON for machines, or ``text``."""
    say(_as_json(data) if as_json else text)


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, default=str)


def say(text: str) -> None:
    """Print a line of the answer (stdout)."""
    sys.stdout.write(text + "\n")


def as_table(rows: list[dict[str, Any]]) -> str:
    """Return rows as aligned columns of text, their names first."""
    if not rows:
        return "none"
    names = list(rows[0])
    cells = [names, *[["" if row[name] is None else str(row[name]) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
