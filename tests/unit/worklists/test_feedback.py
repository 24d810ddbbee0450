"""Returned lists: taken whole, matched on their keys, and refused with file and row."""

import csv
import shutil
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.intake.catalogue import read_catalogue, write_catalogue
from riskstrat.intake.identity import record_key
from riskstrat.project import Workspace
from riskstrat.worklists import select, take_feedback
from riskstrat.worklists.memory import feedback_folder, keep_sent, read_records
from riskstrat.worklists.returned import MOST_COLUMNS, _sheets, read_returned
from support.worklist_store import INDEX, KEY, copy_store

RELEASE = f"{INDEX}.1"
COLUMNS = [
    "rank",
    "nhs_number",
    "name",
    "status",
    "status_date",
    "owner",
    "note",
    "until",
    "release",
    "practice_code",
    "row_key",
]


def nhs_number(person_id):
    return f"999{person_id:07}"


@pytest.fixture(scope="module")
def published_once(tmp_path_factory):
    workspace = copy_store(tmp_path_factory.mktemp("published") / "w")
    select(workspace, INDEX)
    (workspace.releases / RELEASE).mkdir(parents=True)
    write_vault(workspace, pl.read_parquet(workspace.part("worklists", INDEX))["person_id"].to_list())
    return workspace.root


@pytest.fixture
def published(published_once, tmp_path):
    """A workspace with a published list, and its rows for practice Z00001 as they were sent."""
    shutil.copytree(published_once, tmp_path / "w")
    workspace = Workspace(tmp_path / "w")
    rows = pl.read_parquet(workspace.part("worklists", INDEX))
    mine = rows.filter((pl.col("practice_code") == "Z00001") & (pl.col("state") == "listed")).sort("rank").to_dicts()
    sent = [
        {
            "rank": row["rank"],
            "nhs_number": nhs_number(row["person_id"]),
            "name": "Example, Anne",
            "status": "to review",
            "release": RELEASE,
            "practice_code": "Z00001",
            "row_key": row["row_key"],
        }
        for row in mine
    ]
    return workspace, sent


def write_vault(workspace, people):
    workspace.vault.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(
        {"person_id": people, "identifier": [nhs_number(p) for p in people]}
        | {name: [None] * len(people) for name in ("family_name", "given_name", "usual_gp", "needs")},
        schema_overrides={"person_id": pl.Int32},
    ).write_parquet(workspace.vault / "identity-000001.parquet")
    catalogue = read_catalogue(workspace)
    delivery = catalogue.deliveries[0]
    write_catalogue(
        workspace, type(catalogue)((type(delivery)(**vars(delivery) | {"identity_file": "identity-000001.parquet"}),))
    )
    record_key(workspace, KEY)


def write_csv(path, rows, encoding="utf-8-sig"):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path, rows, title=True):
    book = openpyxl.Workbook()
    book.active.title = "cover"
    book.active["A1"] = "Worklist"
    sheet = book.create_sheet("list")
    if title:
        sheet.append(["People to review, in order"])
        sheet.append([])
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row.get(column) for column in COLUMNS])
    book.save(path)
    return path


def recorded(sent, **by_rank):
    """The rows as sent, with what was recorded at some ranks (``r3={"status": ...}``)."""
    return [row | by_rank.get(f"r{row['rank']}", {}) for row in sent]


FILLED = {
    "r1": {"status": "declined", "status_date": "2026-11-20", "note": "does not want calls", "owner": "Dr Shah"},
    "r2": {"status": "snoozed", "status_date": "2026-11-21", "until": "2027-02-01"},
    "r5": {"status": "Reviewed \u2013 plan made ", "status_date": "21/11/2026"},
}


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


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])
def test_one_bad_row_refuses_all_with_its_file_and_row_and_without_what_was_written(published, tmp_path, fault, write):
    workspace, sent = published
    change, says = BAD[fault]
    name = "a.csv" if write is write_csv else "a.xlsx"
    bad = write(tmp_path / name, recorded(sent, **FILLED | {"r3": change}))
    good = write_csv(tmp_path / "good.csv", recorded(sent, **FILLED))
    with pytest.raises(InputRefused) as refused:
        take_feedback(workspace, [good, bad])
    message = str(refused.value)
    assert says in message
    assert f"{name}, row {4 if write is write_csv else 6}" in message
    assert "nothing was taken" in message
    assert refused.value.exit_code == 3
    for private in ("Anne", "07700", "Shah", "calls", nhs_number(1)[:6]):
        assert private not in message
    assert read_records(workspace).is_empty()


def test_a_sheet_sorted_in_part_is_refused_because_keys_and_people_come_apart(published, tmp_path):
    workspace, sent = published
    rows = recorded(sent, **FILLED)
    numbers = [row["nhs_number"] for row in rows]
    for row, number in zip(rows, numbers[1:] + numbers[:1], strict=True):
        row["nhs_number"] = number
    with pytest.raises(InputRefused, match="the key of one person and the NHS number of another"):
        take_feedback(workspace, [write_csv(tmp_path / "a.csv", rows)])
    assert read_records(workspace).is_empty()


def test_one_person_twice_in_a_file_with_two_answers_is_refused(published, tmp_path):
    workspace, sent = published
    rows = [*recorded(sent, **FILLED), sent[0] | {"status": "not suitable"}]
    with pytest.raises(InputRefused, match="the same person stands in row 2"):
        take_feedback(workspace, [write_csv(tmp_path / "a.csv", rows)])


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
    with pytest.raises(InputRefused, match="row 2: status_date must lie in the year"):
        take_feedback(workspace, [write_csv(tmp_path / "c.csv", shown)])


def add_part(path, name, content):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)


@pytest.mark.parametrize(
    ("part_name", "content", "says"),
    [
        ("xl/vbaProject.bin", b"x", "holds macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "holds links to other files"),
        ("xl/extra.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares entities"),
        (
            "xl/late.xml",
            b"<?xml version='1.0'?>" + b" " * 1_048_570 + b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
            "entities",
        ),
        ("xl/wide.xml", '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16"), "entities or is not in UTF-8"),
        ("xl/worksheets/sheet9.xml", b"<row>" + b"<c/>" * 1_600_000 + b"</row>", "more cells than any list"),
        ("xl/big.bin", b"\0" * 61_000_000, "unpacks to more than"),
    ],
)
def test_workbooks_that_can_act_are_refused(published, tmp_path, part_name, content, says):
    workspace, sent = published
    file = write_xlsx(tmp_path / "a.xlsx", sent)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part_name, content)
    with pytest.raises(InputRefused, match=says):
        take_feedback(workspace, [file])


def test_cells_far_to_the_right_are_not_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(["x"] * len(COLUMNS))
    book.active["XFD2"] = "x"
    book.save(tmp_path / "a.xlsx")
    (row,) = read_returned(tmp_path / "a.xlsx")
    assert row.text("status") == "x"
    assert all(len(cells) <= MOST_COLUMNS for cells in next(_sheets(tmp_path / "a.xlsx")))


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


def test_files_that_are_no_list_are_refused(published, tmp_path):
    workspace, sent = published
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "damaged.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "quote.csv").write_text('a,"b\n1,2\n', encoding="utf-8")
    twice = write_csv(tmp_path / "twice.csv", sent)
    twice.write_text(twice.read_text(encoding="utf-8").replace("name,status", "status,status"), encoding="utf-8")
    for name, says in (
        ("a.txt", "neither .xlsx nor .csv"),
        ("absent.csv", "is not there"),
        ("damaged.xlsx", "not a workbook"),
        ("other.csv", "has no list in it"),
        ("quote.csv", "cannot be read|not a CSV"),
        ("twice.csv", "the column status twice"),
    ):
        with pytest.raises(InputRefused, match=says):
            take_feedback(workspace, [tmp_path / name])


def test_a_truncated_workbook_is_refused(published, tmp_path):
    workspace, sent = published
    file = write_xlsx(tmp_path / "a.xlsx", sent)
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(InputRefused):
        take_feedback(workspace, [file])
