"""The answer about one person as a page to print: what ``explain`` says, with whose it is, on one sheet."""

from pathlib import Path

from riskstrat import pages
from riskstrat.files import replacing
from riskstrat.intake import identities, lookup
from riskstrat.outputs import refuse_file
from riskstrat.project import Workspace
from riskstrat.worklists.showing.explanation import SHOWN, Explanation
from riskstrat.worklists.showing.words import name_words, per_cent_words, risk_words


def refuse_page(workspace: Workspace, path: Path) -> None:
    """Refuse a path on which no page may be written, before anything is asked about anybody."""
    refuse_file(workspace, path, "the page", ".html")


def write_page(workspace: Workspace, path: Path, nhs_number: str, explanation: Explanation) -> None:
    """Write the answer about the person of that number as a page that this account alone may read.

    Raises what ``riskstrat.outputs.refuse_file`` raises: nothing is written over.
    """
    refuse_page(workspace, path)
    with replacing(path) as half:
        half.touch(mode=0o600)
        half.write_text(explanation_html(workspace, nhs_number, explanation), encoding="utf-8", newline="\n")


def explanation_html(workspace: Workspace, nhs_number: str, explanation: Explanation) -> str:
    """Return the page: self-contained, one A4 sheet when printed."""
    person_id = lookup(workspace, nhs_number) if explanation.state in SHOWN else None
    known = [] if person_id is None else identities(workspace, [person_id]).to_dicts()
    identity, risk, board = (known or [{}])[0], explanation.risk, workspace.settings.board
    return pages.render(
        "explanation.html",
        title=f"On the list, or not: {name_words(identity)}" if identity else "On the list, or not",
        subtitle=f"Practice {explanation.practice_code}, list of {pages.long_date(explanation.index_date)}.",
        board_name=board.name,
        demonstration=board.demonstration,
        release_name=f"of {pages.long_date(explanation.index_date)}",
        identity=identity,
        answer=explanation,
        risk="" if risk is None else f"{risk_words(risk).capitalize()} ({per_cent_words(risk)})",
        rules=sorted(explanation.rules, key=lambda rule: (not rule.is_met, not rule.ran)),
    )
