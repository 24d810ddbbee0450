"""The verbs around a practice's list: why somebody is on it, what leaves, and what came back."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from riskstrat.cli.common import Json, answer, app, index_date_of, open_workspace

PANEL = "A practice's list"


@app.command(rich_help_panel=PANEL)
def explain(
    nhs_number: Annotated[str, typer.Argument(metavar="NHS_NUMBER|-", help="'-' reads it from stdin.")],
    practice: Annotated[str, typer.Option(help="The practice that asks: it may ask about its own people only.")],
    index_date: Annotated[str | None, typer.Option("--index-date", metavar="YYYY-MM-01")] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the answer as a page too: one sheet to print.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Why this person is, or is not, on the practice's list."""
    from riskstrat import audit, published, worklists
    from riskstrat.errors import NotPermitted
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    number = sys.stdin.readline().strip() if nhs_number == "-" else nhs_number
    day = index_date_of(index_date) if index_date else published.current_index_date(workspace)
    if page is not None:
        worklists.refuse_page(workspace, page)
    try:
        explanation = worklists.explain(workspace, number, practice, day)
    except NotPermitted:
        with only_writer(workspace):
            audit.record(workspace, "explain refused", practice=practice, index_date=str(day))
        raise
    with only_writer(workspace):
        audit.record_opened(workspace, "explain", "case_finding")
        audit.record(workspace, "explained", practice=practice, index_date=str(day), as_page=page is not None)
    if page is not None:
        worklists.write_page(workspace, page, number, explanation)
    answer(explanation.as_dict(), explanation.as_text(), as_json)


@app.command(rich_help_panel=PANEL)
def export(
    form: Annotated[str, typer.Argument(metavar="FORM", help="nhs-numbers, fhir, lists or continuity.")],
    out: Annotated[Path, typer.Option(help="Folder for the files; it is made, outside the release.")],
    practice: Annotated[list[str] | None, typer.Option(help="A practice; repeatable, all of them by default.")] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="For continuity: a network; repeatable, all that are allowed by default.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="The current release by default.")] = None,
    encrypted: Annotated[bool, typer.Option("--encrypted", help="Closed with the key of each that it is for.")] = False,
    as_json: Json = False,
) -> None:
    """Write lists for other systems: NHS numbers alone, FHIR R4, the lists encrypted, or networks' continuity."""
    from riskstrat import audit, published, worklists
    from riskstrat import release as releases
    from riskstrat.errors import UsageFault
    from riskstrat.lock import only_writer

    if form == worklists.CONTINUITY:
        if practice:
            raise UsageFault("a continuity list is of a network, not of a practice", "name it with --network")
        _export_continuity(network or (), out, release, encrypted, as_json)
        return
    chosen = next((one for one in worklists.FORMS if one == form), None)
    if chosen is None:
        raise UsageFault(f"there is no form '{form}'", f"forms are: {', '.join((*worklists.FORMS, 'continuity'))}")
    if network:
        raise UsageFault(f"{form} is written practice by practice", "name one with --practice")
    workspace = open_workspace()
    with only_writer(workspace):
        releases.settle(workspace)
        manifest = published.verify(workspace, release)
        audit.record_opened(workspace, "export", "case_finding")
        asked = {"release": manifest["release"], "form": chosen, "practices": practice or "all", "encrypted": encrypted}
        audit.record(workspace, "export begun", **asked)  # before a number leaves
        result = worklists.export_lists(
            workspace, manifest, chosen, out, practices=practice or (), is_encrypted=encrypted
        )
        audit.record(workspace, "lists exported", **result.as_audit())
    answer(result.as_dict(), result.as_text(), as_json)


def _export_continuity(
    networks: Sequence[str], out: Path, release: str | None, is_encrypted: bool, as_json: bool
) -> None:
    from riskstrat import audit, published, worklists
    from riskstrat import release as releases
    from riskstrat.errors import NotPermitted
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        releases.settle(workspace)
        manifest = published.verify(workspace, release)
        try:
            decided = worklists.allowed_networks(workspace, networks)
        except NotPermitted:
            audit.record(workspace, "export refused", form=worklists.CONTINUITY, networks=sorted(networks) or "all")
            raise
        audit.record_opened(workspace, "export", "case_finding")
        asked = {"release": manifest["release"], "form": worklists.CONTINUITY, "encrypted": is_encrypted}
        audit.record(workspace, "export begun", **asked, decided=decided)  # before a number leaves
        result = worklists.export_continuity(workspace, manifest, out, networks=networks, is_encrypted=is_encrypted)
        audit.record(workspace, "lists exported", **result.as_audit())
    answer(result.as_dict(), result.as_text(), as_json)


@app.command(rich_help_panel=PANEL)
def feedback(
    files: Annotated[list[Path], typer.Argument(help="Worklists that practices sent back.")],
    practice: Annotated[
        str | None, typer.Option(help="The practice that sent them: lists of any other are refused.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take back what practices recorded on their worklists."""
    from riskstrat import release, worklists
    from riskstrat.errors import InputRefused
    from riskstrat.lock import only_writer

    workspace = open_workspace()
    with only_writer(workspace):
        release.settle(workspace)
        result = worklists.take_feedback(workspace, files, practice=practice)
    answer(result.as_dict(), result.as_text(), as_json)
    if fault := result.fault():
        raise InputRefused(fault, "mend those and send the same files again: what was taken is not taken twice")
