"""The answer about one person as a page to print: what ``explain`` says, with whose it is, on one sheet."""

import os
from pathlib import Path

from riskstrat import pages
from riskstrat.errors import UsageFault
from riskstrat.files import replacing
from riskstrat.intake import identities, lookup
from riskstrat.project import Workspace
from riskstrat.worklists.showing.explanation import Explanation
from riskstrat.worklists.showing.words import name_words, per_cent_words, risk_words

_NAMES_NOBODY = ("not available", "not considered")
"""States of an answer that says nothing of the person: its page does not say who they are either."""


def refuse_page(workspace: Workspace, path: Path) -> None:
    """Refuse a path on which no page may be written, before anything is asked about anybody.

    ``NotPermitted`` inside ``store/`` or ``releases/``; ``UsageFault`` where something is there already, or where the
    name does not end in ``.html``.
    """
    workspace.refuse_inside(path, "the page")
    if any(folder.exists() and not folder.is_dir() for folder in path.parents):
        raise UsageFault(f"{path.name} would lie in what is no folder", "name a file in a folder")
    if os.path.lexists(path):
        raise UsageFault(f"{path.name} is there already", "name a new file: nothing is written over")
    if path.suffix != ".html":
        raise UsageFault(f"{path.name} does not end in .html", "name it so that a browser opens it")


def write_page(workspace: Workspace, path: Path, nhs_number: str, explanation: Explanation) -> None:
    """Write the answer about the person of that number as a page that this account alone may read."""
    refuse_page(workspace, path)
    with replacing(path) as half:
        half.touch(mode=0o600)
        half.write_text(explanation_html(workspace, nhs_number, explanation), encoding="utf-8", newline="\n")


def explanation_html(workspace: Workspace, nhs_number: str, explanation: Explanation) -> str:
    """Return the page: self-contained, one A4 sheet when printed."""
    person_id = None if explanation.state in _NAMES_NOBODY else lookup(workspace, nhs_number)
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
