"""The report as published: true, rounded, without anybody in it, the same every time, and withheld when it must be."""

import csv
import json
import re
import shutil
from datetime import date
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from riskstrat.disclosure import publishable
from riskstrat.errors import IntegrityFault, NotPermitted, UsageFault
from riskstrat.population import cohorts, publish, read_cohorts
from riskstrat.population.counting.cohorts import read_members, read_month
from riskstrat.population.figures.standardised import KEPT_BACK
from riskstrat.population.methods.rates import proportion
from support.made_board import write_board

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
FILES = {
    "activity-and-cost.csv",
    "activity-and-cost.csv-metadata.json",
    "areas.csv",
    "areas.csv-metadata.json",
    "attrition.csv",
    "cohort-sizes.csv",
    "comparison.csv",
    "measures.csv",
    "measures.csv-metadata.json",
    "overlap.csv",
    "overlap.csv-metadata.json",
    "population.csv",
    "population.csv-metadata.json",
    "population.html",
    "population.xlsx",
    "segments.csv",
    "segments.csv-metadata.json",
    "summary.html",
    "trend.csv",
}


def counted_by_hand(workspace, index_date):
    """Return the true counts by area and cohort, by plain filters, without the room's SQL or code."""
    day = f"index_date={index_date}"
    snapshot = pl.read_parquet(workspace.store / "features" / day / "part.parquet")
    barred = pl.read_parquet(workspace.store / "intake" / "opt_out" / "delivery=000001.parquet")["person_id"].to_list()
    practices = pl.read_parquet(workspace.store / "intake" / "practice" / "delivery=000001.parquet")
    people = snapshot.filter(~pl.col("person_id").is_in(barred)).join(practices, on="practice_code")
    hits = pl.read_parquet(workspace.store / "rule_hits" / day / "part.parquet")
    members = {"registered": people["person_id"].to_list()}
    for cohort in read_cohorts():
        met = hits.filter((pl.col("rule_id") == cohort.id) & pl.col("left_off_by").is_null())
        members[cohort.id] = met["person_id"].to_list()
    scores = workspace.store / "scores" / day / "part.parquet"
    for band in ("very high", "high", "moderate", "low") if scores.exists() else ():
        banded = pl.read_parquet(scores).filter(pl.col("band") == band)["person_id"]
        assert set(members[f"risk-{band.replace(' ', '-')}"]) == set(banded)
    areas = {("icb", "QZZ"): people}
    for kind in ("place", "pcn", "practice"):
        for code in people[f"{kind}_code"].unique():
            areas[(kind, code)] = people.filter(pl.col(f"{kind}_code") == code)
    return {
        (kind, code, cohort): own.filter(pl.col("person_id").is_in(ids)).height
        for (kind, code), own in areas.items()
        for cohort, ids in members.items()
    }


def test_every_count_is_the_true_one_as_the_rule_shows_it(board, tidy):
    truth = counted_by_hand(board, NOW)
    now = tidy.filter((pl.col("period") == str(NOW)) & (pl.col("measure") == "people"))
    shown = {
        (row["area_type"], row["area_code"], row["cohort"]): (row["value"], row["note"])
        for row in now.iter_rows(named=True)
        if row["cohort"] != "left-out" and not (row["note"] or "").startswith("no figure")
    }
    assert set(shown) == {key for key in truth if key in shown}
    assert len(shown) > 300
    stars = 0
    for key, (value, note) in shown.items():
        if value is None:
            assert note == "*"
            assert truth[key] >= 1
            stars += truth[key] <= 7
        else:
            assert value == publishable(truth[key])
    assert stars == sum(1 <= truth[key] <= 7 for key in shown)
    assert stars > 0


def test_a_cohort_is_inside_another_if_everybody_in_it_is(board):
    """Against sets of people; only one person in many is looked at before a pair is ruled out."""
    cohorts_ = read_cohorts()
    month = read_month(board, NOW, cohorts_)
    _, members = read_members(board, NOW, cohorts_)
    people = {name: set(own["person_id"]) for (name,), own in members.group_by("cohort_id")}
    inside = {(a, b) for a in people for b in people if a != b and people[a] <= people[b]}
    assert set(month.inclusions) == inside
    assert len(inside) > 5


def test_nobody_who_opted_out_is_counted(tidy):
    board_now = tidy.filter((pl.col("period") == str(NOW)) & (pl.col("area_type") == "icb"))
    people = {row["cohort"]: row["value"] for row in board_now.iter_rows(named=True) if row["measure"] == "people"}
    assert people["registered"] == 4160
    assert people["left-out"] == 40


def test_rates_follow_from_the_published_counts_alone(tidy):
    keys = ["period", "area_type", "area_code"]
    counts = {tuple(row[k] for k in [*keys, "cohort"]): row["value"] for row in people_rows(tidy)}
    checked = 0
    for row in tidy.filter(pl.col("measure") == "rate_per_1000").iter_rows(named=True):
        place = tuple(row[k] for k in keys)
        size, base = counts[(*place, row["cohort"])], counts[(*place, "registered")]
        if row["value"] is None:
            assert size is None
        else:
            made = proportion(int(size), int(base), per=1000)
            assert (row["value"], row["lower"], row["upper"]) == pytest.approx(
                (made.value, made.lower, made.upper), abs=0.051
            )
            checked += 1
    assert checked > 300


def people_rows(tidy):
    return tidy.filter(pl.col("measure") == "people").iter_rows(named=True)


def test_a_standardised_rate_is_given_by_published_figures_alone(tidy):
    """A rate must not be given for a true 10 and not for a true 9: both are published as 10."""
    keys = ["area_type", "area_code", "cohort"]
    now = tidy.filter(pl.col("period") == str(NOW))
    counts = {tuple(row[k] for k in keys): row["value"] for row in people_rows(now)}
    for row in now.filter(pl.col("measure") == "standardised_rate_per_1000").iter_rows(named=True):
        size = counts[tuple(row[k] for k in keys)]
        may_have_one = size is not None and size >= 15 and row["note"] != KEPT_BACK
        assert (row["value"] is not None) == may_have_one


def test_small_practices_are_shown_and_not_compared(tidy):
    rates = tidy.filter((pl.col("measure") == "standardised_rate_per_1000") & pl.col("value").is_not_null())
    notes = set(rates.filter(pl.col("area_type") == "practice")["note"])
    assert notes == {"fewer than 750 people registered: not compared"}
    assert set(rates.filter(pl.col("area_type") == "place")["note"]) <= {
        "higher than the board",
        "similar to the board",
        "lower than the board",
    }


def test_without_scores_a_risk_cohort_has_no_figure_which_is_not_zero(tidy):
    before = tidy.filter((pl.col("period") == str(BEFORE)) & pl.col("cohort").str.contains("^risk-"))
    assert before.height > 0
    assert before["value"].null_count() == before.height
    assert before["note"].str.starts_with("no figure: ").all()


def test_earlier_dates_are_printed_for_board_and_places_only(tidy):
    assert set(tidy.filter(pl.col("period") == str(BEFORE))["area_type"]) == {"icb", "place"}


WHOLE = {
    "everyone in the data received",
    "alive and registered with a practice at the index date",
    "counted in this report",
}
STEPS = [
    ("everyone in the data received", "4,295"),
    ("nothing about the person had arrived by the index date", "0"),
    ("no registration with a practice had arrived by the index date", "*"),
    ("no longer on a list at the index date: moved, left, or taken off after death", "65"),
    ("not a regular patient: temporary, prison or defence registration", "*"),
    ("died, and still on a list", "20"),
    ("alive and registered with a practice at the index date", "4,200"),
    ("kept out of this report by an opt-out, an objection or a restriction", "40"),
    ("counted in this report", "4,160"),
]


def test_the_attrition_is_on_the_page_in_the_workbook_and_in_files_of_its_own(report, tidy):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    reader = Tables()
    reader.feed(page)
    (table,) = (table for table in reader.tables if table[0] == ["Step", "People"])
    assert [tuple(row) for row in table[1:]] == [
        (words[0].upper() + words[1:] if words in WHOLE else words, n) for words, n in STEPS
    ]
    book = openpyxl.load_workbook(report.folder / "population.xlsx")["Who is counted"]
    (ref,) = (one.ref for one in book.tables.values())
    rows = [[cell.value for cell in row] for row in book[ref]]
    assert [(row[0], row[2] or f"{row[1]:,}") for row in rows[1:]] == STEPS
    with (report.folder / "attrition.csv").open(encoding="utf-8") as file:
        in_file = {(row["cohort"], row["measure"]): row["value"] or row["note"] for row in csv.DictReader(file)}
    shown = tidy.filter(pl.col("cohort") == "attrition")
    assert shown["measure"].to_list() == [words for words, _ in STEPS[:-2]]
    assert {words: in_file[("attrition", words)] for words, _ in STEPS[:-2]} == {
        w: n.replace(",", "") for w, n in STEPS[:-2]
    }
    assert in_file[("left-out", "people")] == "40"
    assert in_file[("registered", "people")] == "4160"


def one_small_step(workspace):
    """Five people stop at one step; every other step is large or nobody's."""
    path = workspace.store / "attrition" / f"index_date={NOW}" / "part.parquet"
    stopped = [0, 0, 0, 64, 5, 21]
    steps = pl.read_parquet(path).with_columns(
        people=pl.Series([4200 + sum(stopped), *stopped[1:]]),
        remaining=pl.Series([4200 + sum(stopped[n + 1 :]) for n in range(6)]),
    )
    steps.write_parquet(path)


def test_a_step_cannot_be_got_by_subtraction(board, tmp_path):
    """With exact counts one small step alone would be the difference of the others: a second one is suppressed."""
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    one_small_step(workspace)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    assert result.withheld_because is None
    frame = pl.read_csv(result.folder / "attrition.csv", infer_schema=False)
    notes = {row["measure"]: row["note"] for row in frame.iter_rows(named=True) if row["cohort"] == "attrition"}
    assert notes["not a regular patient: temporary, prison or defence registration"] == "*"
    assert [words for words, note in notes.items() if note == "*"] == [
        "not a regular patient: temporary, prison or defence registration",
        "died, and still on a list",
    ]


def test_a_step_that_an_earlier_release_gives_away_withholds_the_report(board, tmp_path):
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    one_small_step(workspace)
    earlier = publish(workspace, NOW, "r.1", tmp_path / "earlier")
    path = earlier.folder / "population.csv"
    frame = pl.read_csv(path, infer_schema=False)
    is_died = (pl.col("measure") == "died, and still on a list") & (pl.col("period") == str(NOW))
    frame.with_columns(value=pl.when(is_died).then(pl.lit("21")).otherwise(pl.col("value"))).write_csv(path)
    result = publish(workspace, NOW, "r.2", tmp_path / "out", previous=[earlier.folder])
    assert result.withheld_because is not None
    assert "'attrition' by board" in result.withheld_because
    assert not (result.folder / "attrition.csv").exists()


def test_everybody_is_once_in_the_overlap(tidy):
    rows = tidy.filter(pl.col("cohort") == "overlap")
    values = {row["measure"]: row["value"] for row in rows.iter_rows(named=True)}
    assert values["everybody registered, all"] == 4160
    for programme in ("held by a programme", "in no programme", "all"):
        parts = [values[f"in {held}, {programme}"] for held in ("no group", "at least one group")]
        whole = values[f"everybody registered, {programme}"]
        if None not in (*parts, whole):
            assert abs(sum(parts) - whole) <= 7.5


class Tables(HTMLParser):
    """Every table of a page as rows of texts, the first being its headings."""

    def __init__(self):
        super().__init__()
        self.tables, self.cell = [], None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


COUNT_HEADINGS = ("People", "Registered", "Counted", "Of", "held by a programme", "in no programme", "all")


def counts_on_the_page(page):
    reader = Tables()
    reader.feed(page)
    for headings, *rows in reader.tables:
        at = [n for n, words in enumerate(headings) if words in COUNT_HEADINGS and (n or words != "People")]
        for row in rows:
            if len(row) == len(headings):
                yield from (row[n] for n in at)


def counts_in_the_workbook(path):
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[1:]:
        ref = next(iter(sheet.tables.values())).ref
        headings, *rows = [[cell.value for cell in row] for row in sheet[ref]]
        at = [n for n, words in enumerate(headings) if words in COUNT_HEADINGS]
        for row in rows:
            yield from (row[n] for n in at)


def is_count(row):
    if "figure" in row:
        return row["figure"] in ("numerator", "denominator")
    return row.get("measure", "people") == "people" or row.get("cohort") == "overlap"


def test_no_count_of_one_to_seven_stands_anywhere(report):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    on_page = list(counts_on_the_page(page))
    in_book = [value for value in counts_in_the_workbook(report.folder / "population.xlsx") if value is not None]
    in_csv = []
    for path in sorted(report.folder.glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                counts = ("value", "people", "registered") if is_count(row) else ()
                in_csv += [row[name] for name in counts if row.get(name)]
    for where in (on_page, in_book, in_csv):
        assert len(where) > 100
        for value in where:
            if value not in ("*", "–"):
                assert int(str(value).replace(",", "")) % 5 == 0


def test_no_row_about_a_person_leaves_the_room(report, board):
    assert {path.name for path in report.folder.iterdir()} == FILES
    with (report.folder / "population.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "period", "area_type", "area_code", "area_name", "cohort", "measure", "value", "lower", "upper", "note",
        "revised_from",
    ]  # fmt: skip
    keys = [tuple(row[k] for k in ("period", "area_type", "area_code", "cohort", "measure")) for row in rows]
    assert len(set(keys)) == len(keys)
    for path in report.folder.iterdir():
        text = path.read_bytes().decode("utf-8", errors="ignore") if path.suffix != ".xlsx" else text_of(path)
        for word in ("person_id", "nhs_number", "row_key", "birth_date"):
            assert word not in text
        assert not re.search(r"\b9\d{2} ?\d{3} ?\d{4}\b", text)


def text_of(path):
    book = openpyxl.load_workbook(path)
    cells = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    return "\n".join(cells)


def test_the_same_store_gives_the_same_bytes(board, report, tmp_path):
    again = publish(board, NOW, "2026-11-01.1", tmp_path / "again")
    for name in FILES:
        assert (again.folder / name).read_bytes() == (report.folder / name).read_bytes(), name


def test_the_metadata_describe_the_csv(report):
    described = json.loads((report.folder / "population.csv-metadata.json").read_text(encoding="utf-8"))
    with (report.folder / described["url"]).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert [column["name"] for column in described["tableSchema"]["columns"]] == header
    assert set(described["tableSchema"]["primaryKey"]) <= set(header)
    about = {note["about"] for note in described["notes"]}
    assert {f"cohort {cohort.id}" for cohort in read_cohorts()} <= about
    assert {"intended use", "source apc_episode"} <= about


def test_the_page_says_whose_figures_these_are_and_what_they_are_for(report):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    assert "say nothing about real people" in page
    assert "A clinician decides about each person" in page
    assert "complete to 20 September 2026" in page
    for cohort in read_cohorts():
        assert escape(cohort.title) in page


def with_settings(board, tmp_path, extra):
    root = tmp_path / "copy"
    shutil.copytree(board.root, root)
    shutil.rmtree(root / "store" / "features" / f"index_date={BEFORE}")  # one date is enough, and half the work
    settings = root / "riskstrat.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + extra, encoding="utf-8")
    return type(board)(root)


def test_exact_counts_need_second_cells_and_get_them(board, tmp_path):
    workspace = with_settings(board, tmp_path, "[disclosure]\nround_to = 1\n")
    result = publish(workspace, NOW, "r", tmp_path / "out")
    assert result.withheld_because is None
    assert result.suppressed_for_others > 10


def test_a_month_that_an_earlier_release_gives_away_is_withheld_and_neither_printed_nor_told(tmp_path):
    """The earlier release printed exactly what is now suppressed for others' sake; nothing can take that back."""
    workspace = write_board(tmp_path / "board", people=900, practices=3, scored=(), opted_out=range(5))
    with (workspace.root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write("[disclosure]\nround_to = 1\n")
    earlier = publish(workspace, NOW, "r.1", tmp_path / "earlier")
    truth = counted_by_hand(workspace, NOW)
    frame = pl.read_csv(earlier.folder / "population.csv", infer_schema=False)
    told = [
        str(truth[key]) if row["note"] == "*" and truth.get(key, 0) > 7 and row["measure"] == "people" else row["value"]
        for row in frame.iter_rows(named=True)
        for key in [(row["area_type"], row["area_code"], row["cohort"])]
    ]
    frame.with_columns(value=pl.Series(told)).write_csv(earlier.folder / "population.csv")
    other = tmp_path / "other"
    other.mkdir()
    result = publish(workspace, NOW, "r.2", tmp_path / "out", previous=[earlier.folder, other])
    assert result.withheld_because is not None
    assert "could be worked out" in result.withheld_because
    assert not re.search(r"\b\d+ (people|person)\b", result.withheld_because)
    left = {path.name for path in result.folder.iterdir()}
    assert left == {"population.csv", "population.csv-metadata.json", "population.html", "summary.html"}
    for page in ("population.html", "summary.html"):
        assert "is withheld" in (result.folder / page).read_text(encoding="utf-8")
    rows = list(csv.DictReader((result.folder / "population.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["note"] for row in rows] == [f"withheld: {result.withheld_because}"]
    assert rows[0]["value"] == ""
    with pytest.raises(NotPermitted, match="are withheld: small counts could be worked out from '"):
        cohorts(workspace, NOW, "icb", previous=[earlier.folder])


def test_last_months_report_beside_this_months_gives_nothing_away(board, tmp_path):
    before = publish(board, BEFORE, "2026-08-01.1", tmp_path / "before")
    result = publish(board, NOW, "2026-11-01.1", tmp_path / "now", previous=[before.folder])
    assert result.withheld_because is None
    then, now = (pl.read_csv(r.folder / "population.csv", infer_schema=False) for r in (before, result))
    keys = ["period", "area_type", "area_code", "cohort", "measure"]
    both = then.filter(pl.col("cohort") != "overlap").join(now, on=keys)
    both = both.filter(pl.col("measure") == "people")
    assert both.height > 50
    assert both["value"].equals(both["value_right"])


def test_an_earlier_report_that_cannot_be_read_is_refused(board, tmp_path):
    (tmp_path / "population.csv").write_text("not,one\nof,ours\n", encoding="utf-8")
    with pytest.raises(IntegrityFault, match="cannot be read"):
        publish(board, NOW, "r", tmp_path / "out", previous=[tmp_path])


def test_a_feed_that_fell_short_is_said_on_the_page_in_the_workbook_and_beside_the_table(tmp_path):
    workspace = write_board(tmp_path / "board", people=600, practices=2, scored=())
    path = workspace.store / "sources" / f"index_date={NOW}" / "part.parquet"
    note = "gp_prescription: 12 % of its usual volume in the 28 days before 2026-10-02; taken as complete to 2026-07-10"
    said = pl.when(pl.col("table_name") == "gp_prescription").then(pl.lit(note))
    pl.read_parquet(path).with_columns(note=said).write_parquet(path)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    words = "it had 12 % of its usual volume in the 28 days before 2 October 2026"
    assert words in (result.folder / "population.html").read_text(encoding="utf-8")
    assert words in (result.folder / "population.csv-metadata.json").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(result.folder / "population.xlsx")
    assert any(cell.value == note for row in book["Data"].iter_rows() for cell in row)


def test_a_missing_feed_gives_no_figure(tmp_path):
    workspace = write_board(tmp_path / "board", people=600, practices=2, scored=())
    path = workspace.store / "sources" / f"index_date={NOW}" / "part.parquet"
    absent = pl.col("table_name") == "gp_prescription"
    pl.read_parquet(path).with_columns(is_present=pl.col("is_present") & ~absent).write_parquet(path)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    frame = pl.read_csv(result.folder / "population.csv", infer_schema=False)
    rows = frame.filter(pl.col("cohort") == "polypharmacy-10")
    assert rows.height > 0
    assert rows["value"].null_count() == rows.height
    assert rows["note"].str.starts_with("no figure: ").all()
    page = (result.folder / "population.html").read_text(encoding="utf-8")
    assert "No figure is not zero" in page


def test_the_command_line_sees_what_the_report_shows(board, tidy):
    shown = cohorts(board, NOW, "pcn")
    published = tidy.filter(
        (pl.col("period") == str(NOW)) & (pl.col("area_type") == "pcn") & (pl.col("measure") == "people")
    )
    both = shown.join(published, on=["area_code", "cohort"])
    assert both.height == shown.height > 0
    assert both["people"].cast(pl.Float64).equals(both["value"], null_equal=True)
    json.dumps(shown.to_dicts())


def test_an_unknown_area_or_date_is_a_usage_fault(board, tmp_path):
    with pytest.raises(UsageFault, match="cannot be shown by 'ward'"):
        cohorts(board, NOW, "ward")
    with pytest.raises(UsageFault, match="no snapshot"):
        cohorts(board, date(2026, 12, 1), "icb")
    with pytest.raises(UsageFault, match="no snapshot"):
        publish(board, date(2026, 12, 1), "r", Path(tmp_path) / "out")
