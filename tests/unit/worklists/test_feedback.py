"""Returned lists: matched on their keys, refused row by row or whole, and taken in one step."""

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from riskstrat.project import Workspace
from riskstrat.worklists import select, take_feedback
from riskstrat.worklists.returning.memory import feedback_folder, read_records
from support.commands import run_riskstrat
from support.returned_lists import FILLED, RELEASE, nhs_number, recorded, rows_sent, write_csv, write_xlsx
from support.worklist_store import INDEX, as_sent, keep_sent


def test_takes_what_was_recorded_and_nothing_of_the_rest(published, tmp_path):
    workspace, sent = published
    result = take_feedback(workspace, [write_csv(tmp_path / "a.csv", recorded(sent, **FILLED))])
    assert (result.rows_read, result.taken, result.unchanged, result.blank) == (20, 3, 0, 17)
    assert result.by_status == {"reviewed - plan made": 1, "declined": 1, "snoozed": 1}
    held = read_records(workspace)
    assert held.select("status", "status_date", "owner", "note", "until").rows() == [
        ("declined", date(2026, 11, 20), "Dr Shah", "does not want calls", None),
        ("snoozed", date(2026, 11, 21), None, None, date(2027, 2, 1)),
        ("reviewed - plan made", date(2026, 11, 21), None, None, None),
    ]
    assert held["index_date"].unique().to_list() == [INDEX]


def test_a_workbook_says_the_same_as_a_file(published, tmp_path):
    workspace, sent = published
    filled = recorded(sent, **FILLED)
    filled[0]["status_date"] = datetime(2026, 11, 20, tzinfo=UTC).replace(tzinfo=None)
    take_feedback(workspace, [write_xlsx(tmp_path / "a.xlsx", filled)])
    result = take_feedback(workspace, [write_csv(tmp_path / "a.csv", recorded(sent, **FILLED))])
    assert (result.taken, result.unchanged) == (0, 3)


@pytest.mark.parametrize(("cell", "taken"), [("status_date", 2), ("until", 2), ("nhs_number", 3)])
@pytest.mark.parametrize("value", [float("1e300"), 10**200], ids=["a float", "an integer of 200 digits"])
def test_a_number_beyond_all_use_refuses_its_row_at_most_and_no_other(published, tmp_path, cell, taken, value):
    """The row key is what matches: a lost NHS number alone refuses nothing."""
    workspace, sent = published
    rows = recorded(sent, **FILLED)
    rows[0][cell] = value
    result = take_feedback(workspace, [write_xlsx(tmp_path / "a.xlsx", rows)])
    assert (result.taken, [refusal.file for refusal in result.refused]) == (taken, ["a.xlsx"] * (3 - taken))


def test_a_list_sent_back_under_another_releases_name_is_no_list_of_it(published, tmp_path):
    """The same people stand on both: what was recorded on the one must never be read as recorded on the other."""
    workspace, sent = published
    listed = pl.read_parquet(workspace.part("worklists", INDEX)).filter(pl.col("state") == "listed")
    other = f"{INDEX}.2"
    (workspace.releases / other).mkdir()
    for release in (RELEASE, other):
        keep_sent(workspace, release, as_sent(listed, release))
    keys = as_sent(pl.DataFrame(sent).select("row_key"), RELEASE)["row_key"]
    mine = [row | {"row_key": key} for row, key in zip(recorded(sent, **FILLED), keys, strict=True)]
    renamed = [row | {"release": other} for row in mine]
    refused = take_feedback(workspace, [write_csv(tmp_path / "a.csv", renamed)])
    assert (refused.taken, {reason for _, _, reason in reasons(refused)}) == (
        0,
        {"no such row is on that practice's list: release, practice_code and row_key may not be edited"},
    )
    assert take_feedback(workspace, [write_csv(tmp_path / "b.csv", mine)]).taken == 3


def test_the_same_file_again_changes_nothing(published, tmp_path):
    workspace, sent = published
    file = write_csv(tmp_path / "a.csv", recorded(sent, **FILLED))
    take_feedback(workspace, [file])
    before = {path.name: path.read_bytes() for path in feedback_folder(workspace).iterdir()}
    result = take_feedback(workspace, [file, file])
    assert (result.taken, result.unchanged) == (0, 6)
    assert {path.name: path.read_bytes() for path in feedback_folder(workspace).iterdir()} == before


def test_people_who_disagree_are_both_kept_and_reported(published, tmp_path):
    workspace, sent = published
    one = write_csv(tmp_path / "one.csv", recorded(sent, **FILLED))
    two = write_csv(tmp_path / "two.csv", recorded(sent, r1={"status": "not suitable", "status_date": "2026-11-20"}))
    result = take_feedback(workspace, [one, two])
    assert result.taken == 4
    (conflict,) = result.conflicts
    assert (conflict.row_key, conflict.statuses) == (sent[0]["row_key"], ("declined", "not suitable"))
    assert "recorded differently on one day" in result.as_text()
    later = write_csv(tmp_path / "three.csv", recorded(sent, r1={"status": "declined", "status_date": "2026-11-25"}))
    assert take_feedback(workspace, [later]).taken == 1
    assert read_records(workspace)["sequence"].to_list() == [1, 2, 3, 4, 5]


BAD = {
    "unknown status": ({"status": "reviewed - no acton"}, "is 'reviewed - no action' meant"),
    "free text as a status": ({"status": "Anne is well, 07700 900123"}, "the status is not one of the list"),
    "formula as a status": ({"status": "=HYPERLINK(1)"}, "the status is not one of the list"),
    "not a date": ({"status": "declined", "status_date": "soon"}, "status_date is not a date"),
    "no such date": ({"status": "declined", "status_date": "2026-02-30"}, "status_date is not a date"),
    "before the list": ({"status": "declined", "status_date": "2026-10-01"}, "status_date must lie in the year"),
    "far ahead": ({"status": "declined", "status_date": "2036-11-01"}, "status_date must lie in the year"),
    "snoozed for ever": ({"status": "snoozed", "status_date": "2026-11-20"}, "needs a date in until"),
    "until before": ({"status": "snoozed", "status_date": "2026-11-20", "until": "2026-11-20"}, "until must be after"),
    "until far ahead": ({"status": "snoozed", "until": "2036-11-20"}, "within 24 months"),
    "edited release": ({"status": "declined", "release": "2026-11-01.2"}, "the release is not one that was published"),
    "release that climbs": ({"status": "declined", "release": "../../x"}, "the release is not one that was published"),
    "edited key": ({"status": "declined", "row_key": "0" * 16}, "may not be edited"),
    "key cut short": ({"status": "declined", "row_key": "ab12"}, "the row key is not whole"),
    "other practice": ({"status": "declined", "practice_code": "Z00002"}, "no such row is on that practice's list"),
    "long note": ({"status": "declined", "note": "x" * 2001}, "at most 2000 characters"),
}


def reasons(result):
    return [(refusal.file, refusal.row, refusal.reason) for refusal in result.refused]


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])
def test_a_bad_row_is_refused_with_its_file_and_row_without_what_was_written_and_the_rest_is_taken(
    published, tmp_path, fault, write
):
    workspace, sent = published
    change, says = BAD[fault]
    name = "a.csv" if write is write_csv else "a.xlsx"
    result = take_feedback(workspace, [write(tmp_path / name, recorded(sent, **FILLED | {"r3": change}))])
    ((file, row, reason),) = reasons(result)
    assert (file, row) == (name, 4 if write is write_csv else 6)
    assert says in reason
    assert result.taken == 3
    assert sent[2]["row_key"] not in read_records(workspace)["row_key"]
    for private in ("Anne", "07700", "Shah", "calls", nhs_number(1)[:6]):
        assert private not in result.as_text()
    mended = write(tmp_path / name, recorded(sent, **FILLED | {"r3": {"status": "declined"}}))
    result = take_feedback(workspace, [mended])
    assert (result.taken, result.unchanged, result.refused) == (1, 3, ())


def test_the_command_takes_what_it_can_says_what_it_could_not_and_exits_with_3(published, tmp_path):
    workspace, sent = published
    (workspace.root / "riskstrat.toml").touch()
    file = write_csv(tmp_path / "a.csv", recorded(sent, **FILLED | {"r3": {"status": "dead?"}}))
    finished = run_riskstrat(workspace.root, "feedback", file, "--json")
    assert finished.returncode == 3
    assert "1 refused; 3 taken" in finished.stderr
    answer = json.loads(finished.stdout)
    assert (answer["taken"], [r["row"] for r in answer["refused"]]) == (3, [4])
    assert run_riskstrat(workspace.root, "feedback", file, "--practice", "Z00002").returncode == 3


def test_a_sheet_sorted_in_part_is_refused_because_keys_and_people_come_apart(published, tmp_path):
    workspace, sent = published
    rows = recorded(sent, **FILLED)
    numbers = [row["nhs_number"] for row in rows]
    for row, number in zip(rows, numbers[1:] + numbers[:1], strict=True):
        row["nhs_number"] = number
    good = write_csv(tmp_path / "b.csv", recorded(sent, r1=FILLED["r1"]))
    result = take_feedback(workspace, [write_csv(tmp_path / "a.csv", rows), good])
    ((file, row, reason),) = reasons(result)
    assert (file, row) == ("a.csv", None)
    assert "the key of one person and the NHS number of another" in reason
    assert result.taken == 1, "another file is none the worse"


def test_two_people_swapped_are_found_even_where_a_spreadsheet_made_numbers_of_theirs(published, tmp_path):
    workspace, sent = published
    rows = recorded(sent, **FILLED)
    rows[0]["nhs_number"], rows[1]["nhs_number"] = float(rows[1]["nhs_number"]), int(rows[0]["nhs_number"])
    result = take_feedback(workspace, [write_xlsx(tmp_path / "a.xlsx", rows)])
    assert "2 rows carry the key of one person" in reasons(result)[0][2]


def test_one_person_twice_in_a_file_with_two_answers_is_refused_on_both_rows(published, tmp_path):
    workspace, sent = published
    rows = [*recorded(sent, **FILLED), sent[0] | {"status": "not suitable"}]
    result = take_feedback(workspace, [write_csv(tmp_path / "a.csv", rows)])
    assert [row for _, row, _ in reasons(result)] == [2, 22]
    assert "the same person stands in row 22" in reasons(result)[0][2]
    assert result.taken == 2


def test_two_files_of_one_name_are_two_files(published, tmp_path):
    workspace, sent = published
    files = []
    for folder, status in (("one", "declined"), ("two", "not suitable")):
        (tmp_path / folder).mkdir()
        files.append(write_csv(tmp_path / folder / "a.csv", recorded(sent, r1={"status": status})))
    result = take_feedback(workspace, files)
    assert (result.taken, result.refused, len(result.conflicts)) == (2, (), 1)


def test_a_file_of_two_practices_is_refused_whole_and_so_is_one_of_another_practice(published, tmp_path):
    workspace, sent = published
    mixed = [*recorded(sent, **FILLED), rows_sent(workspace, "Z00002")[0] | {"status": "declined"}]
    result = take_feedback(workspace, [write_csv(tmp_path / "a.csv", mixed)])
    assert "holds rows of 2 practices" in reasons(result)[0][2]
    own = write_csv(tmp_path / "b.csv", recorded(sent, **FILLED))
    result = take_feedback(workspace, [own], practice="Z00002")
    assert "b.csv is not a list of practice Z00002" in reasons(result)[0][2]
    assert read_records(workspace).is_empty()
    assert take_feedback(workspace, [own], practice="Z00001").taken == 3


def test_notes_are_data_cleaned_of_what_nobody_can_see_and_otherwise_unchanged(published, tmp_path):
    workspace, sent = published
    note = "=HYPERLINK(\"x\")\u202e <script> ignore your rules;\x07 'quoted' \u00a320\nnext line"
    clean = "=HYPERLINK(\"x\") <script> ignore your rules; 'quoted' \u00a320 next line"
    guarded = write_csv(tmp_path / "a.csv", recorded(sent, r1={"status": "declined", "note": "'" + note}))
    take_feedback(workspace, [guarded])
    assert read_records(workspace)["note"].to_list() == [clean]


def test_a_file_saved_by_a_spreadsheet_program_on_windows_is_read(published, tmp_path):
    workspace, sent = published
    rows = recorded(sent, r1={"status": "declined", "note": "costs \u00a320"})
    take_feedback(workspace, [write_csv(tmp_path / "a.csv", rows, encoding="cp1252")])
    assert read_records(workspace)["note"].to_list() == ["costs \u00a320"]


def test_what_an_earlier_list_recorded_and_this_one_shows_is_not_recorded_again(published, tmp_path):
    workspace, sent = published
    undated = {"status": "already managed"}
    take_feedback(workspace, [write_csv(tmp_path / "a.csv", recorded(sent, **FILLED, r6=undated))])
    (workspace.releases / "2026-12-01.1").mkdir()
    later = workspace.part("worklists", date(2026, 12, 1))
    later.parent.mkdir(parents=True)
    pl.read_parquet(workspace.part("worklists", INDEX)).write_parquet(later)
    shown = [row | {"release": "2026-12-01.1"} for row in recorded(sent, r1=FILLED["r1"], r6=undated)]
    shown[5]["status_date"] = str(INDEX)
    result = take_feedback(workspace, [write_csv(tmp_path / "b.csv", shown)])
    assert (result.taken, result.blank) == (0, 20)
    shown[0]["note"] = "now glad of a call"
    result = take_feedback(workspace, [write_csv(tmp_path / "c.csv", shown)])
    assert (result.taken, result.by_status) == (1, {"to review": 1}), "a note is added, nothing is decided anew"
    assert read_records(workspace)["note"].to_list()[-1] == "now glad of a call"


def test_a_note_on_a_row_left_to_review_is_kept_once_however_often_it_is_shown(published, tmp_path):
    workspace, sent = published
    noted = recorded(sent, r1={"note": "rang twice, no answer"})
    assert take_feedback(workspace, [write_csv(tmp_path / "a.csv", noted)]).by_status == {"to review": 1}
    (workspace.releases / "2026-12-01.1").mkdir()
    later = workspace.part("worklists", date(2026, 12, 1))
    later.parent.mkdir(parents=True)
    pl.read_parquet(workspace.part("worklists", INDEX)).write_parquet(later)
    again = [row | {"release": "2026-12-01.1"} for row in noted]
    result = take_feedback(workspace, [write_csv(tmp_path / "b.csv", again)])
    assert (result.taken, result.blank) == (0, 20)


def test_what_two_people_record_on_two_days_is_told(published, tmp_path):
    workspace, sent = published
    first = {"status": "on caseload", "status_date": "2026-11-10", "owner": "Nurse Ng"}
    then = {"status": "not suitable", "status_date": "2026-11-12", "owner": "Dr Shah"}
    one, two = (write_csv(tmp_path / f"{n}.csv", recorded(sent, r1=said)) for n, said in enumerate((first, then)))
    result = take_feedback(workspace, [one, two])
    (conflict,) = result.conflicts
    assert (conflict.is_open, conflict.statuses) == (False, ("not suitable", "on caseload"))
    assert "the later stands" in result.as_text()
    own = {**then, "status": "declined", "status_date": "2026-11-13"}
    assert len(take_feedback(workspace, [write_csv(tmp_path / "c.csv", recorded(sent, r1=own))]).conflicts) == 1


def test_a_list_already_sent_is_still_taken_after_its_month_was_made_again(published, tmp_path):
    workspace, sent = published
    keep_sent(
        workspace, RELEASE, pl.read_parquet(workspace.part("worklists", INDEX)).filter(pl.col("state") == "listed")
    )
    settings = workspace.root / "riskstrat.toml"
    with settings.open("a", encoding="utf-8") as more:
        more.write("[worklist]\nreviews_per_month = 2\n")
    again = Workspace(workspace.root)
    select(again, INDEX)
    assert pl.read_parquet(again.part("worklists", INDEX)).filter(pl.col("state") == "listed").height < len(sent)
    result = take_feedback(again, [write_csv(tmp_path / "a.csv", recorded(sent, **FILLED))])
    assert (result.rows_read, result.taken) == (20, 3)


def test_what_the_audit_log_keeps_of_feedback_is_counts(published, tmp_path):
    workspace, sent = published
    one = write_csv(tmp_path / "a.csv", recorded(sent, r1={"status": "died"}))
    other = write_csv(tmp_path / "b.csv", recorded(sent, r1={"status": "moved away"}))
    result = take_feedback(workspace, [one, other])
    assert len(result.conflicts) == 1
    assert result.as_audit()["conflicts"] == 1
    assert sent[0]["row_key"] not in str(result.as_audit())
