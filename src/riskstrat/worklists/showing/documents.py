"""A practice's list as documents: the page to read and print, the workbook to fill in, the file for machines."""

from pathlib import Path
from typing import Final

import polars as pl

from riskstrat import pages
from riskstrat.modelling import READ_WITH_CARE
from riskstrat.sheets import SheetTable, write_csv, write_workbook
from riskstrat.worklists.showing.columns import STATUSES, WRITABLE, list_frame
from riskstrat.worklists.showing.page import RuleOnPage, WorklistPage

DEFINITIONS: Final = (
    (
        "About 38 in 100 people like this",
        "Of 100 people whose records look like this person's, about 38 had an emergency admission within a year. "
        "It cannot say which of them.",
    ),
    (
        "Band",
        "Of all adults of the board by risk: very high, the top 0.5%; high, the next 4.5%; moderate, the next 15%; "
        "low, the rest.",
    ),
    (
        "Trend",
        "The estimate now beside that of three months before, or the nearest one held: rising or falling if it moved "
        "by 2 in 100 or more and by a fifth or more, or by 5 in 100; else steady. The small line and the figures in "
        "brackets are the last six months. On screen, the dark part of the bar is the estimate out of 100, the tick "
        "the average of the practice's adults.",
    ),
    (
        "Priority",
        "What orders people of one urgency: the estimate, its rise over three months and what could be looked at, "
        "each with its weight. It claims no benefit.",
    ),
    (
        "Moves the estimate up, or down",
        "What in the record weighs most in this person's estimate. It is not a cause; changing it need not change the "
        "risk.",
    ),
    (
        "Could be looked at",
        "Care not known to have been given by the date in the sentence. It may have been given since, or elsewhere.",
    ),
    (
        "Frailty",
        "The electronic frailty index counts up to 36 deficits in the GP record, at 65 and over: a prompt to assess, "
        "not a diagnosis.",
    ),
    (
        "Met by",
        "The person's own values that meet the rule; on screen, every rule, met or not. A rule that reads what is not "
        "printed says only whether it is met.",
    ),
    (
        "Not shown, because",
        "People who met a rule and are already supported, were decided about, or come below the number of reviews the "
        "practice has time for.",
    ),
)
"""Terms and their meaning, as the page and the workbook print them."""


def worklist_html(page: WorklistPage) -> str:
    """Return the page: self-contained, A4 landscape when printed."""
    ran = {rule.title for rule in page.rules if not rule.why_not}
    return pages.render(
        "worklist.html",
        title=f"Worklist: {page.practice_name}",
        subtitle=f"{pages.month(page.index_date)}. Practice {page.practice_code}. "
        f"{page.capacity} this month. Data known before {pages.long_date(page.index_date)}. "
        f"Release {page.release_name}.",
        board_name=page.board_name,
        demonstration=page.demonstration,
        release_name=page.release_name,
        page=page,
        decided=[person for person in page.not_shown if not person.below_cut],
        below=[person for person in page.not_shown if person.below_cut],
        more_below=page.not_shown_sheet.height - len(page.not_shown),
        titles_met=page.titles_on_paper,
        unmet=len(ran - page.titles_on_paper),
        definitions=DEFINITIONS,
        statuses=STATUSES,
    )


def write_documents(page: WorklistPage, folder: Path) -> list[Path]:
    """Write ``<practice_code>.html``, ``.xlsx`` and ``.csv`` into ``folder``, and return their paths."""
    named = {suffix: folder / f"{page.practice_code}.{suffix}" for suffix in ("html", "xlsx", "csv")}
    frame = list_frame(page)
    named["html"].write_text(worklist_html(page), encoding="utf-8", newline="\n")
    write_csv(named["csv"], frame)
    write_workbook(
        named["xlsx"],
        title=f"Worklist: {page.practice_name} ({page.practice_code}), {pages.month(page.index_date)}",
        about=_about(page),
        tables=(_list_sheet(frame), _not_shown_sheet(page), _definitions_sheet(page)),
    )
    return [named["html"], named["xlsx"], named["csv"]]


def _about(page: WorklistPage) -> list[str]:
    """Return the cover's lines: the same facts as the top of the page."""
    lines = [
        f"Confidential: personal data of patients of {page.practice_name}. For the practice's own use.",
        f"{page.board_name}. Release {page.release_name}. Data known before {pages.long_date(page.index_date)}.",
    ]
    if page.demonstration:
        lines.insert(0, "Demonstration: synthetic people. Nobody in this workbook is real.")
    lines += [f"Since last month: {change}" for change in page.changes]
    lines += [f"What to expect: {page.expectation} (95% range)"] if page.expectation else []
    lines += [f"{READ_WITH_CARE} {caution.as_text()}" for caution in page.cautions]
    lines += [f"How fresh the data are: {page.data_as_at}."]
    lines += [f"How the list was cut: {sentence}" for sentence in page.how_cut]
    lines += [f"Counted, never listed: {reason}: {count}." for reason, count in page.removed]
    lines += [
        "To return decisions: on the sheet “list”, choose a status for each person you reviewed, add date, owner and "
        "note, and send the file back by the route your board gave you. “until” keeps someone off the list until then.",
        "Why is someone here, or not here? The sheet “not shown” names everybody who met a rule. For anyone registered "
        f"here, ask your board's data team:  riskstrat explain - --practice {page.practice_code} --page answer.html",
        "All columns but status, status_date, owner, note and until are locked: they bring a decision back to the "
        "right person.",
    ]
    return lines


_WIDTHS: Final = {
    "rank": 7, "change": 10, "nhs_number": 14, "name": 24, "birth_date": 14, "age": 7, "sex": 9, "usual_gp": 18,
    "risk_percent": 9, "risk_words": 22, "band": 12, "trend": 22, "frailty": 20, "reasons": 52, "gaps": 44,
    "suggested_actions": 52, "already_supported_by": 24, "data_as_at": 30, "status": 24, "status_date": 15, "owner": 18,
    "note": 32, "until": 15, "rules": 34, "last_contact": 24, "needs": 24, "release": 16, "practice_code": 12,
    "row_key": 20,
}  # fmt: skip


def _list_sheet(frame: pl.DataFrame) -> SheetTable:
    return SheetTable(
        "list",
        "People to review, in order",
        frame,
        notes=("An empty cell means not known or not yet recorded. To print, use the page: it is laid out for paper.",),
        widths=_WIDTHS,
        number_formats={"rank": "0", "age": "0", "risk_percent": "0"},
        choices={"status": STATUSES},
        editable=WRITABLE,
        keep_left=4,
    )


def _not_shown_sheet(page: WorklistPage) -> SheetTable:
    return SheetTable(
        "not shown",
        "Not shown, because: people who met a rule and are held, decided about, or below the cut",
        page.not_shown_sheet,
        headings={
            "nhs_number": "NHS number",
            "name": "Name",
            "age": "Age",
            "sex": "Sex",
            "rules": "Rules met",
            "not_shown_because": "Not shown, because",
            "until": "Until",
        },
        widths={"nhs_number": 14, "name": 26, "age": 7, "sex": 10, "rules": 60, "not_shown_because": 48, "until": 14},
        keep_left=2,
        number_formats={"age": "0"},
    )


def _definitions_sheet(page: WorklistPage) -> SheetTable:
    rows = [*DEFINITIONS, *((rule.title, _rule_words(rule)) for rule in page.rules)]
    frame = pl.DataFrame(rows, schema={"Term": pl.String, "Meaning": pl.String}, orient="row")
    return SheetTable(
        "definitions", "What the words and the rules mean", frame, widths={"Term": 36, "Meaning": 100}, keep_left=1
    )


def _rule_words(rule: RuleOnPage) -> str:
    why_not = f" Did not run this month: {rule.why_not}." if rule.why_not else ""
    expected = f" {rule.expected}" if rule.expected else ""
    return f"{rule.definition.rstrip('.')}.{why_not}{expected} Evidence: {rule.evidence}"
