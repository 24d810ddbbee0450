"""What a practice receives: the page, the workbook and the file, made from made pages and from a made store."""

import csv
import multiprocessing
import os
import pickle
import re
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest

from riskstrat import pages
from riskstrat.errors import EnvironmentFault, UsageFault
from riskstrat.modelling import Caution
from riskstrat.rules import evaluate
from riskstrat.rules.vocabulary import shipped_vocabulary
from riskstrat.worklists import render, select
from riskstrat.worklists.returning.decisions import STATUSES
from riskstrat.worklists.returning.memory import RECORD_SCHEMA, append_records
from riskstrat.worklists.returning.returned import read_returned
from riskstrat.worklists.showing.answers import RulesAsked
from riskstrat.worklists.showing.columns import list_frame
from riskstrat.worklists.showing.documents import worklist_html, write_documents
from riskstrat.worklists.showing.gathering import read_month
from riskstrat.worklists.showing.page import BELOW_CUT_ON_PAPER
from riskstrat.worklists.showing.practice_pages import pages_of
from riskstrat.worklists.showing.rendering import Writers
from support.screens import sheet_html
from support.worklist_pages import HOSTILE_NAME, made_page
from support.worklist_store import INDEX, as_sent, write_intake, write_worklist_store

CONTRACT_COLUMNS = (
    "rank, change, nhs_number, name, birth_date, age, sex, usual_gp, risk_percent, risk_words, band, trend, frailty, "
    "reasons, gaps, suggested_actions, already_supported_by, data_as_at, status, status_date, owner, note, until, "
    "rules, last_contact, needs, release, practice_code, row_key"
).split(", ")
RELEASE = "2026-11-01.1"


@pytest.fixture
def documents(tmp_path):
    return {path.suffix: path for path in write_documents(made_page(7), tmp_path)}


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S))).replace(
        "&nbsp;", " "
    )


def test_the_file_has_the_contracts_columns_in_order(documents):
    rows = list(csv.reader(documents[".csv"].read_text(encoding="utf-8").splitlines()))
    assert rows[0] == CONTRACT_COLUMNS
    assert len(rows) == 8
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["nhs_number"] == "9990001018"
    assert first["birth_date"] == "1941-03-08"
    assert (first["risk_percent"], first["risk_words"]) == ("38", "about 38 in 100 people like this")
    assert first["trend"] == "rising, from 27 in 100 in August 2026"
    assert first["status"] == "to review"
    assert first["data_as_at"].startswith("GP records to 2026-10-29; Prescriptions to 2026-10-02")
    assert dict(zip(rows[0], rows[2], strict=True))["status_date"] == "2026-10-06"


def test_the_workbook_has_its_four_sheets_and_hides_nothing(documents):
    book = openpyxl.load_workbook(documents[".xlsx"])
    assert book.sheetnames == ["Cover", "list", "not shown", "definitions"]
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}
    sheet = book["list"]
    assert not any(d.hidden for d in (*sheet.column_dimensions.values(), *sheet.row_dimensions.values()))
    assert [cell.value for cell in sheet[3]] == CONTRACT_COLUMNS
    assert sheet["C4"].value == "9990001018"
    assert sheet["E4"].value == datetime(1941, 3, 8)  # noqa: DTZ001
    assert book["not shown"].max_row == 2 + 42
    assert book["not shown"]["F3"].value == "already on case management since 2 June 2026"


def test_only_what_a_practice_records_can_be_written_in(documents):
    sheet = openpyxl.load_workbook(documents[".xlsx"])["list"]
    opened = [CONTRACT_COLUMNS[cell.column - 1] for cell in sheet[4] if not cell.protection.locked]
    assert opened == ["status", "status_date", "owner", "note", "until"]
    assert sheet.protection.sheet
    (offer,) = sheet.data_validations.dataValidation
    assert offer.formula1.strip('"').split(",") == list(STATUSES)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_we_send_out_can_be_read_back(documents, suffix):
    rows = read_returned(documents[suffix])
    assert [row.text("row_key") for row in rows] == [f"{n:012x}" for n in range(7)]
    assert rows[1].text("status") == "reviewed - plan made"
    assert rows[1].day("status_date") == date(2026, 10, 6)


@pytest.mark.parametrize("name", [HOSTILE_NAME, "=1+1", "@x", "-2", "+3", "O'Brien, Zoë", "\tTab"])
def test_a_hostile_name_is_inert_everywhere_and_comes_back_unchanged(tmp_path, name):
    page = made_page(1)
    page = replace(page, people=(replace(page.people[0], name=name, needs=name),), practice_name=name)
    html, xlsx, written = write_documents(page, tmp_path)
    assert "<script" not in html.read_text(encoding="utf-8")
    cell = openpyxl.load_workbook(xlsx)["list"]["D4"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    (row,) = read_returned(written)
    assert row.values["name"] == name
    assert not re.search(r"(^|,)\"?[=+@\t]", written.read_text(encoding="utf-8"), flags=re.M)


def test_the_page_says_what_changed_how_fresh_and_what_to_expect_before_anyone(documents):
    text = text_of(documents[".html"].read_text(encoding="utf-8"))
    places = [
        text.index(words)
        for words in (
            pages.INTENDED_USE,
            "6 people are new",
            "Of 6 people like these, between",
            "Hospital admissions to 20 Sep 2026",
            "OKONKWO, Margaret",
            "Not shown, because",
            "The rules this month",
            "How to return decisions",
        )
    ]
    assert places == sorted(places)


def test_a_person_is_told_with_dates_reasons_gaps_and_suggestions(documents):
    text = text_of(documents[".html"].read_text(encoding="utf-8"))
    for words in (
        "999 000 1018",
        "8 Mar 1941 (age 85), female",
        "Needs: Interpreter (Igbo); hard of hearing, prefers face to face",
        "About 38 in 100 people like this (38%) are admitted as an emergency within a year.",
        "rising, from 27 in 100 in August 2026",
        "up: 2 emergency admissions in 12 months, the last on 12 September 2026",
        "down: no A&amp;E attendance known in 12 months (A&amp;E data complete to 20 September 2026)",
        "No medication review known since 4 September 2025",
        "pharmacist, within 42 days: Structured medication review, and what could safely stop",
        "home care since March 2026",
        "(19, 21, 24, 27, 38 in May, Jun, Jul, Aug, Nov)",
        "Met by: different medicines in 12 months: 14",
        "Falls not met falls coded in 12 months: 0 (asks for at least 1)",
        "Severe frailty at 65 and over met frailty index, band: severe",
        "Last recorded: reviewed - plan made, 6 Oct 2026",
        "Did not run this month: admission notices are not received.",
        "opted out of case finding: 12; restricted record: fewer than 8.",
        "And 15 more people below the cut",
    ):
        assert words in text, words


def test_the_page_carries_everything_and_runs_nothing(documents):
    html = documents[".html"].read_text(encoding="utf-8")
    for forbidden in ("<script", "<link", "<img", "url(", "@import", "@font-face", 'http-equiv="refresh', " on"):
        assert forbidden not in html or (forbidden == " on" and not re.search(r"<[^>]+\son[a-z]+=", html))
    assert "default-src 'none'" in html


def test_a_model_that_is_not_as_it_was_tested_is_said_first_on_page_and_cover_and_not_in_the_file(tmp_path):
    caution = Caution("Emergency admission within 12 months", "GP records: complete only to 1 September 2026", "Why.")
    plain, told = tmp_path / "plain", tmp_path / "told"
    for folder, page in ((plain, made_page(2)), (told, replace(made_page(2), cautions=(caution,)))):
        folder.mkdir()
        write_documents(page, folder)
    text = (told / "Z00001.html").read_text(encoding="utf-8")
    said = "Emergency admission within 12 months: GP records: complete only to 1 September 2026. Why."
    assert (
        text.index("Read the estimates with more care this month.") < text.index(said) < text.index("Since last month")
    )
    assert "with more care" not in (plain / "Z00001.html").read_text(encoding="utf-8")
    cover = openpyxl.load_workbook(told / "Z00001.xlsx").worksheets[0]
    assert any(said in str(row[0]) for row in cover.iter_rows(values_only=True))
    assert (told / "Z00001.csv").read_bytes() == (plain / "Z00001.csv").read_bytes()


def test_a_practice_with_nobody_to_list_gets_a_page_that_says_so(tmp_path):
    page = replace(made_page(0), not_shown=(), not_shown_sheet=made_page(0).not_shown_sheet.clear(), removed=())
    html, xlsx, written = write_documents(page, tmp_path)
    text = text_of(html.read_text(encoding="utf-8"))
    assert "Nobody at this practice met a rule this month and was free to be listed." in text
    assert "Everyone who met a rule is on the list." in text
    assert openpyxl.load_workbook(xlsx)["list"]["A4"].value == "none"
    assert written.read_bytes().count(b"\r\n") == 1


def test_the_same_page_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write_documents(made_page(9), folder)
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_no_figure_of_the_risk_of_death_can_reach_paper():
    """The page has no field for it, and nothing it is made from reads that model's figure."""
    frame = list_frame(made_page(3))
    words = " ".join(str(value) for value in frame.rows()) + worklist_html(made_page(3))
    assert not re.search(r"in 100[^.;]{0,40}\b(die|death|mortality)", words)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    workspace = write_worklist_store(tmp_path_factory.mktemp("store"), people=900)
    evaluate(workspace, INDEX)
    select(workspace, INDEX)
    return workspace


def test_every_practice_with_people_gets_three_documents(store, tmp_path):
    written = render(store, INDEX, RELEASE, tmp_path)
    assert sorted(path.name for path in written) == sorted(
        f"Z0000{n}.{s}" for n in (1, 2, 3) for s in ("csv", "html", "xlsx")
    )
    selected = as_sent(pl.read_parquet(store.part("worklists", INDEX)).filter(pl.col("state") == "listed"), RELEASE)
    for code in ("Z00001", "Z00002", "Z00003"):
        rows = pl.read_csv(tmp_path / f"{code}.csv", infer_schema_length=0)
        mine = selected.filter(pl.col("practice_code") == code).sort("rank")
        assert rows["row_key"].to_list() == mine["row_key"].to_list()
        assert set(rows["practice_code"]) == {code}
        assert set(rows["release"]) == {RELEASE}


def test_risk_on_paper_is_the_score_of_emergency_admission_within_a_year(store, tmp_path):
    render(store, INDEX, RELEASE, tmp_path)
    rows = pl.read_csv(tmp_path / "Z00001.csv")
    scores = pl.read_parquet(store.part("scores", INDEX)).filter(pl.col("model") == "emergency_admission_12m")
    selected = as_sent(pl.read_parquet(store.part("worklists", INDEX)), RELEASE).join(
        scores.select("person_id", "risk"), on="person_id"
    )
    expected = dict(selected.select("row_key", (pl.col("risk") * 100).round().cast(pl.Int64)).rows())
    assert rows["risk_percent"].to_list() == [expected[key] for key in rows["row_key"]]


def test_the_page_says_of_every_rule_what_explain_says_and_names_values_for_all_who_are_printed(store):
    listed = pl.read_parquet(store.part("worklists", INDEX))
    (page, *_) = pages_of(read_month(store, INDEX, RELEASE))
    person_of = dict(as_sent(listed, RELEASE).select("row_key", "person_id").rows())
    for shown in page.people[:5]:
        answers = RulesAsked(store, INDEX, [person_of[shown.row_key]]).of(person_of[shown.row_key])
        assert [(r.title, r.verdict) for r in shown.rules_told] == [(a.title, a.verdict) for a in answers if a.ran]
        met = [a.title for a in answers if a.is_met and not a.left_off_by]
        assert [title.split(" (")[0] for title in shown.rules] == [title.split(" (")[0] for title in met]
        for told, answer in zip(shown.rules_told, (a for a in answers if a.ran), strict=True):
            assert all(f"{point.what}: {point.value}" in told.values for point in answer.points)
    assert len([person for person in page.not_shown if person.below_cut]) == BELOW_CUT_ON_PAPER
    assert all(person.rules_met for person in page.not_shown)


def test_the_sheet_says_of_those_whom_the_page_names_what_the_page_says_and_holds_the_others_too(store):
    unlisted = pl.read_parquet(store.part("worklists", INDEX)).filter(pl.col("state") != "listed")
    for page in pages_of(read_month(store, INDEX, RELEASE)):
        rows = page.not_shown_sheet.rows()
        for person in page.not_shown:
            said = (person.nhs_number or None, person.name, person.age, person.sex)
            assert (*said, "; ".join(person.rules), person.why, person.until) in rows
        assert len(rows) == unlisted.filter(pl.col("practice_code") == page.practice_code).height
        assert len(rows) > len(page.not_shown)


def test_values_that_are_not_printed_stand_behind_no_rule_of_any_page(store):
    hidden = {c.words for c in shipped_vocabulary().columns.values() if c.printing != "always"}
    assert hidden
    for page in pages_of(read_month(store, INDEX, RELEASE)):
        said = [told.values for person in page.people for told in person.rules_told]
        said += [told.values for person in page.not_shown for told in person.rules_met]
        assert not [words for words in hidden if any(f"{words}:" in values for values in said)]


def test_who_is_known_by_now_to_have_died_or_opted_out_is_dropped_at_rendering(tmp_path):
    workspace = write_worklist_store(tmp_path / "w", people=900)
    evaluate(workspace, INDEX)
    listed = pl.read_parquet(select(workspace, INDEX)).filter(pl.col("state") == "listed")
    dead, objector = listed.filter(pl.col("practice_code") == "Z00001")["person_id"].to_list()[:2]
    codes = {n + 1: f"Z{1 + n % 3:05}" for n in range(900)}
    write_intake(
        workspace,
        {
            "person": [
                {"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1"}
                | ({"death_date": date(2026, 11, 5)} if n == dead else {})
                for n in codes
            ],
            "registration": [
                {"person_id": n, "practice_code": code, "start_date": date(2010, 1, 1)} for n, code in codes.items()
            ],
            "practice": [{"practice_code": code, "practice_name": code} for code in sorted(set(codes.values()))],
            "opt_out": [{"person_id": objector, "kind": "national", "start_date": date(2026, 10, 1)}],
        },
        INDEX,
    )
    render(workspace, INDEX, RELEASE, tmp_path / "out")
    keys = set(pl.read_csv(tmp_path / "out" / "Z00001.csv")["row_key"])
    gone = dict(as_sent(listed, RELEASE).select("person_id", "row_key").rows())
    assert len(keys) == 18
    assert not keys & {gone[dead], gone[objector]}
    text = text_of((tmp_path / "out" / "Z00001.html").read_text(encoding="utf-8"))
    assert "known since to have died: fewer than 8" in text


def test_a_month_that_was_not_selected_is_refused(store, tmp_path):
    with pytest.raises(UsageFault, match="no worklists were selected at 2025-01-01"):
        render(store, date(2025, 1, 1), RELEASE, tmp_path)


def test_the_second_month_says_what_changed_and_why_someone_is_not_shown(tmp_path):
    october = date(2026, 10, 1)
    workspace = write_worklist_store(tmp_path / "w", people=900, index_dates=(october, INDEX))
    evaluate(workspace, october)
    first = pl.read_parquet(select(workspace, october)).filter(pl.col("state") == "listed")
    mine = first.filter(pl.col("practice_code") == "Z00001").sort("rank").row(0, named=True)
    objecting = first.filter(pl.col("practice_code") == "Z00001").sort("rank").row(1, named=True)
    record = {
        "sequence": 1,
        "release": "2026-10-01.1",
        "index_date": october,
        "practice_code": "Z00001",
        "row_key": mine["row_key"],
        "person_id": mine["person_id"],
        "status": "declined",
        "status_date": date(2026, 10, 9),
        "owner": None,
        "note": None,
        "until": None,
    }
    objection = record | {
        "sequence": 2,
        "row_key": objecting["row_key"],
        "person_id": objecting["person_id"],
        "status": "patient objects",
    }
    append_records(workspace, pl.DataFrame([record, objection], schema=RECORD_SCHEMA))
    evaluate(workspace, INDEX)
    rows = pl.read_parquet(select(workspace, INDEX)).filter(pl.col("practice_code") == "Z00001")
    render(workspace, INDEX, RELEASE, tmp_path / "out")
    text = text_of((tmp_path / "out" / "Z00001.html").read_text(encoding="utf-8"))
    fresh = rows.filter(pl.col("change") == "NEW").height
    assert f"New to the list: {fresh}. Back on it: 0." in text
    assert "1 recorded: declined" in text
    assert "The last list was of 1 Oct 2026." in text
    sheet = openpyxl.load_workbook(tmp_path / "out" / "Z00001.xlsx")["not shown"]
    found = [
        row for row in sheet.iter_rows(min_row=3, values_only=True) if str(row[5]).startswith("recorded: declined")
    ]
    assert [(row[5], row[6].date()) for row in found] == [("recorded: declined, 9 October 2026", date(2027, 10, 9))]
    named = rows.filter((pl.col("state") != "listed") & (pl.col("person_id") != objecting["person_id"]))
    assert sheet.max_row == 2 + named.height == 1 + rows.filter(pl.col("state") != "listed").height
    named = pl.DataFrame([objecting]).select("row_key")
    for path in (tmp_path / "out").glob("Z00001.*"):
        for key in (*named["row_key"], *as_sent(named, RELEASE)["row_key"]):
            assert key.encode() not in path.read_bytes(), "who objects is counted, never named"
    assert "recorded by the practice as having died or as objecting: fewer than 8" in text


class DiesAsItArrives(dict):
    """What ends the process that receives it, as a machine out of memory would."""

    def __reduce__(self):
        return os._exit, (9,)


def test_several_processes_write_the_same_bytes_as_one(store, tmp_path):
    month = read_month(store, INDEX, RELEASE)
    paths = {}
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        with Writers(folder, processes) as writers:
            paths[processes] = writers.write(month)
    assert [path.name for path in paths[2]] == [f"Z0000{n}.{end}" for n in (1, 2, 3) for end in ("html", "xlsx", "csv")]
    for alone, shared in zip(paths[1], paths[2], strict=True):
        assert alone.read_bytes() == shared.read_bytes()


def test_another_process_is_handed_its_own_practices_people_and_nobody_else(store):
    month = read_month(store, INDEX, RELEASE)
    mine = month.of(["Z00002"])
    assert mine.rows["practice_code"].unique().to_list() == ["Z00002"]
    (page,) = pages_of(mine)
    assert page.people == next(other for other in pages_of(month) if other.practice_code == "Z00002").people
    theirs = {row["person_id"]: row["row_key"] for row in month.rows.to_dicts() if row["practice_code"] != "Z00002"}
    assert not set(theirs) & {*mine.history, *mine.reasons}
    handed = pickle.dumps(mine)
    assert page.people[0].row_key.encode() in handed
    assert not [key for key in theirs.values() if key.encode() in handed]


def test_what_fails_in_another_process_fails_here_and_one_that_dies_is_said(store, tmp_path):
    month = read_month(store, INDEX, RELEASE)
    nowhere = pl.col("practice_code").replace("Z00002", "no/such")
    lost = replace(month, rows=month.rows.with_columns(nowhere), practices=("Z00001", "no/such", "Z00003"))
    with pytest.raises(FileNotFoundError), Writers(tmp_path, 2) as writers:
        writers.write(lost)
    with pytest.raises(EnvironmentFault, match="died"), Writers(tmp_path, 2) as writers:
        writers.write(replace(month, practice_names=DiesAsItArrives()))


def test_processes_that_wait_for_a_month_that_is_not_read_end_with_it(tmp_path):
    with pytest.raises(UsageFault), Writers(tmp_path, 2):
        raise UsageFault("the month cannot be read")
    assert not multiprocessing.active_children()


def test_a_board_of_many_practices_is_rendered_whole(tmp_path):
    workspace = write_worklist_store(tmp_path / "board", people=620, practices=31)
    evaluate(workspace, INDEX)
    select(workspace, INDEX)
    written = render(workspace, INDEX, RELEASE, tmp_path / "out")
    assert [path.stem for path in written[::3]] == [f"Z{n:05}" for n in range(1, 32)]
    assert {path.name for path in written} == {path.name for path in (tmp_path / "out").iterdir()}


def test_the_picture_of_the_sheet_is_drawn_from_its_cells(documents):
    drawn = sheet_html(documents[".xlsx"], "list", rows=3, scrolled_to="status")
    cells = re.findall(r'<td class="([^"]*)">([^<]*)</td>', drawn)
    assert ("bold", "nhs_number") in cells
    assert ("menu open", "reviewed - plan made") in cells
    assert ("", "OKONKWO, Margaret") in cells
    assert "usual_gp" not in drawn
