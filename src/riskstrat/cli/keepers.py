"""The verbs of those who keep the keys, the audit log and the code lists."""

from pathlib import Path
from typing import Annotated

import typer

from riskstrat.cli.common import app, open_workspace, say

PANEL = "Keys, log, code lists"

audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
codelists_app = typer.Typer(help="Code lists: import one and pin its version.", no_args_is_help=True)
app.add_typer(audit_app, name="audit", rich_help_panel=PANEL)
app.add_typer(codelists_app, name="codelists", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def pseudonyms(file: Annotated[Path, typer.Argument(help="One NHS number a line.")]) -> None:
    """For the key holder: NHS numbers in, 'nhs_number,person_id' as CSV on stdout. Audited."""
    from riskstrat import audit
    from riskstrat.intake import pseudonyms as look_up
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    numbers = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    with only_writer(workspace):
        found = look_up(workspace, numbers)
        audit.record(workspace, "pseudonyms read", asked=len(numbers), found=len(found))
    say("nhs_number,person_id")
    for number, person_id in found:
        say(f"{number},{person_id}")


@audit_app.command(name="verify")
def audit_verify() -> None:
    """Check the chain of the audit log, and that the releases it records are those on disk."""
    from riskstrat import published

    say(f"the audit log is whole: {published.verify_log(open_workspace())} entries")


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

    workspace = open_workspace()
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
    say(str(written))
