"""Measures: over which months each counts, their figures as published, and that no small count stands in them."""

import json
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import polars as pl
import pytest

from riskstrat import disclosure
from riskstrat.disclosure import Rule, possible_counts, publishable
from riskstrat.disclosure.attack import System
from riskstrat.disclosure.cells import Table, together
from riskstrat.population import read_cohorts
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cohorts import read_months, read_practices
from riskstrat.population.measures.activity import read_activity
from riskstrat.population.measures.cells import measure_tables, measures_alone
from riskstrat.population.measures.definitions import Span, read_measures
from riskstrat.population.measures.figures import measure_figures
from riskstrat.population.measures.page import measures_section
from riskstrat.population.methods.rates import count_limits
from riskstrat.population.methods.rounded import standardised_as_printed
from riskstrat.population.protection.earlier import measure_counts
from riskstrat.population.protection.remembered import remembered_of_measures
from riskstrat.population.protection.tables import cells_of
from riskstrat.project import add_months

NOW = date(2026, 11, 1)
FIRST, AFTER = date(2025, 9, 1), date(2026, 9, 1)
RATE = next(one for one in read_measures() if one.id == "emergency-admissions")
SHARE = next(one for one in read_measures() if one.id == "readmissions-30-days")
STATE = next(one for one in read_measures() if one.id == "dementia-recorded-65")
LISTS = next(one for one in read_measures() if one.id == "worklist-reviewed")


@pytest.fixture(scope="module")
def figures(large):
    return pl.read_csv(large[1].folder / "measures.csv", schema_overrides={"value": pl.Float64, "note": pl.String})


def by_hand(workspace, *, fractures=False):
    """Return emergency admissions by practice and month from the rows delivered, without the room's SQL or code."""
    names = ("apc_episode", "registration", "person")
    held = {name: pl.read_parquet(workspace.store / "intake" / name / "delivery=000001.parquet") for name in names}
    admitted = (
        held["apc_episode"]
        .filter(pl.col("available_date") < NOW)
        .join(held["registration"].select("person_id", "practice_code"), on="person_id")
        .join(held["person"].select("person_id", "birth_date"), on="person_id")
        .with_columns(
            month=pl.col("admission_date").dt.truncate("1mo"),
            # everybody is born on the last day of a year
            age=pl.col("admission_date").dt.year()
            - pl.col("birth_date").dt.year()
            - (pl.col("admission_date").dt.strftime("%m-%d") < "12-31").cast(pl.Int32),
        )
    )
    is_fracture = pl.col("diagnosis_01").str.starts_with("S720") & (pl.col("age") >= 65)
    return admitted.filter(is_fracture) if fractures else admitted


def test_every_count_is_the_true_one_as_the_rule_shows_it(large, figures):
    for measure, fractures in (("emergency-admissions", False), ("hip-fractures-65", True)):
        admitted = by_hand(large[0], fractures=fractures)
        window = admitted.filter((pl.col("month") >= FIRST) & (pl.col("month") < AFTER))
        counted = figures.filter((pl.col("measure") == measure) & (pl.col("figure") == "numerator"))
        for row in counted.filter(pl.col("months") == "2025-09/2026-08").iter_rows(named=True):
            if row["area_type"] in ("icb", "practice"):
                here = window.filter((pl.col("practice_code") == row["area_code"]) | (row["area_type"] == "icb"))
                assert row["value"] == publishable(here.height), row
        months = counted.filter(pl.col("months").str.len_chars() == 7)
        assert months.height == 24
        for row in months.iter_rows(named=True):
            true = admitted.filter(pl.col("month") == date.fromisoformat(f"{row['months']}-01")).height
            assert row["value"] == publishable(true), row


def test_rates_follow_from_the_published_counts_alone(figures):
    shown = {tuple(row[k] for k in ("months", "area_code", "measure", "figure")): row for row in figures.to_dicts()}
    checked = 0
    for (months, area, measure, figure), row in shown.items():
        if figure == "rate" and "/" in months and measure == "emergency-admissions" and row["value"] is not None:
            part, whole = (shown[months, area, measure, name]["value"] for name in ("numerator", "denominator"))
            lower, upper = count_limits(int(part))
            made = (1000 * part / whole, 1000 * lower / whole, 1000 * upper / whole)
            assert (row["value"], row["lower"], row["upper"]) == pytest.approx(made, abs=0.051)
            checked += 1
    assert checked >= 6
    march = shown["2026-03", "QZZ", "emergency-admissions", "rate"]
    part, whole = (
        shown["2026-03", "QZZ", "emergency-admissions", name]["value"] for name in ("numerator", "denominator")
    )
    assert march["value"] == pytest.approx(1000 * part / whole * 365.25 / 31, abs=0.051)


def test_standardised_rates_are_of_all_events_and_people_by_age(large, figures):
    snapshot = pl.read_parquet(large[0].part("features", NOW))
    ages = list(range(0, 95, 5))
    people = snapshot.group_by(((pl.col("age") // 5 * 5).clip(0, 90)).alias("band")).len()
    admitted = by_hand(large[0]).filter((pl.col("month") >= FIRST) & (pl.col("month") < AFTER))
    aged = admitted.with_columns(band=(pl.col("age") // 5 * 5).clip(0, 90))
    events = aged.group_by("band").len()
    weights = {0: 5000, 5: 5500, 10: 5500, 15: 5500, 20: 6000, 25: 6000, 30: 6500, 35: 7000, 40: 7000, 45: 7000,
               50: 7000, 55: 6500, 60: 6000, 65: 5500, 70: 5000, 75: 4000, 80: 2500, 85: 1500, 90: 1000}  # fmt: skip
    found = [dict(frame.iter_rows()) for frame in (events, people)]
    made = standardised_as_printed(
        *([of.get(age, 0) for age in ages] for of in found),
        [weights[age] for age in ages],
        disclosure.figure(events["len"].sum(), Rule()),
    )
    board = figures.filter((pl.col("measure") == RATE.id) & (pl.col("figure") == "standardised_rate")).row(
        0, named=True
    )
    assert (board["value"], board["lower"], board["upper"]) == pytest.approx(
        (made.value, made.lower, made.upper), abs=0.051
    )


def test_limits_of_standardised_rates_give_back_no_count(figures):
    keys = ["months", "area_type", "area_code", "measure"]
    counted = figures.filter(pl.col("figure") == "numerator").select(*keys, shown="value")
    rates = figures.filter((pl.col("figure") == "standardised_rate") & (pl.col("lower") > 0)).join(counted, on=keys)
    assert rates.height
    for row in rates.iter_rows(named=True):
        lower, upper = count_limits(int(row["shown"]))
        below, above = row["value"] - row["lower"], row["upper"] - row["value"]
        least, most = (above - 0.1) / (below + 0.1), (above + 0.1) / max(1e-9, below - 0.1)
        assert least <= (upper - row["shown"]) / (row["shown"] - lower) <= most


def test_areas_are_higher_similar_or_lower_than_the_board_and_never_good_or_bad(figures):
    compared = figures.filter(
        pl.col("figure").is_in(["standardised_rate", "rate"]) & pl.col("months").str.contains("/")
    )
    said = set(compared.filter(pl.col("area_type") == "practice")["note"].drop_nulls()) - {"", "*"}
    words = {"higher than the board", "similar to the board", "lower than the board"}
    assert said & words
    assert {one for one in said - words if "no standardised rate" not in one} == set()


def test_practices_below_750_are_shown_and_compared_in_no_measure(report):
    figures = pl.read_csv(report.folder / "measures.csv", schema_overrides={"value": pl.Float64, "note": pl.String})
    practices = figures.filter((pl.col("area_type") == "practice") & pl.col("value").is_not_null())
    assert practices.height > 10
    assert not practices["note"].fill_null("").str.contains("the board|%").any()
    assert not practices["figure"].str.starts_with("funnel").any()
    notes = set(practices.filter(pl.col("figure") == "standardised_rate")["note"])
    assert notes == {"fewer than 750 people registered: not compared"}


def test_process_limits_are_made_only_where_every_month_has_a_figure(figures):
    limits = figures.filter(pl.col("figure") == "process_limits")
    assert limits.filter(pl.col("measure") == "emergency-admissions").height == 24
    for measure in set(figures["measure"]):
        months = figures.filter(
            (pl.col("measure") == measure) & (pl.col("figure") == "rate") & (pl.col("months").str.len_chars() == 7)
        )
        drawn = limits.filter(pl.col("measure") == measure).height
        assert drawn in (0, 24)
        assert bool(drawn) == (months.height == 24 and months["value"].null_count() == 0)


def test_a_feed_that_is_missing_gives_no_figure_and_says_so(large, figures):
    missing = figures.filter(pl.col("note").fill_null("").str.starts_with("no figure"))
    assert dict(missing.select("measure", "note").iter_rows()) == {
        "care-home-entries-65": "no figure: social_care_service is absent",
        "home-91-days-65": "no figure: social_care_service is absent",
        "dementia-recorded-65": "no figure: gp_event is absent",
        "structured-medication-reviews": "no figure: gp_event is absent",
        "worklist-reviewed": "no figure: no list that was sent before has come back",
        "worklist-acted-on": "no figure: no list that was sent before has come back",
    }
    assert missing["value"].null_count() == missing.height
    page = (large[1].folder / "population.html").read_text(encoding="utf-8")
    assert "No figure, which is not zero: social_care_service is absent" in page


def test_the_page_the_workbook_and_the_description_hold_the_measures(large, figures):
    folder = large[1].folder
    page = (folder / "population.html").read_text(encoding="utf-8")
    for one in read_measures():
        assert one.title in page
    book = openpyxl.load_workbook(folder / "population.xlsx")
    assert {"Measures", "Measures by month", "Measures defined"} <= set(book.sheetnames)
    described = json.loads((folder / "measures.csv-metadata.json").read_text(encoding="utf-8"))
    assert [column["name"] for column in described["tableSchema"]["columns"]] == figures.columns
    keys = figures.select("period", "months", "area_type", "area_code", "measure", "figure")
    assert keys.is_unique().all()


def test_several_ranges_of_people_count_the_same_as_one(large, counted, monkeypatch):
    monkeypatch.setattr("riskstrat.features.known._ROWS_AT_ONCE", 3000)
    again = read_activity(large[0], NOW, read_measures())
    assert again.counted.equals(counted[3].counted)
    assert again.registered.equals(counted[3].registered)


def test_no_section_without_a_figure(figures):
    nothing = figures.with_columns(note=pl.lit("no figure: apc_episode is absent"), value=pl.lit(None, pl.Float64))
    assert measures_section(nothing, read_measures(), "Made Board") is None


@pytest.fixture(scope="module")
def counted(large):
    """The large board's month, its areas, its cells of cohorts, and what its measures count."""
    workspace, _ = large
    cohorts = read_cohorts()
    month = next(read_months(workspace, [NOW], cohorts))
    areas = geography(read_practices(workspace), set(month.registered["practice_code"]), "Made Board")
    return month, areas, cells_of(month, cohorts, areas, Rule()), read_activity(workspace, NOW, read_measures())


def protected(counted, rule, activity=None):
    """Return the figures of cohorts alone, those of the measures beside them, and the whole system."""
    month, areas, cells, held = counted
    first = cells.protected(rule, {}).figures
    tables = measure_tables(cells, activity or held, read_measures(), month, areas)
    own = measures_alone(cells, tables)
    known = {key: one for key, one in first.items() if key in own.counts and one.is_printed}
    return first, own.protected(rule, known), together([*cells.tables, *tables])


def test_a_small_count_of_a_measure_cannot_be_worked_out(counted):
    """With exact counts the one small practice would be the board less the others: a second one is suppressed."""
    held = counted[3]
    practices = sorted(set(held.counted["practice_code"]))
    counts = dict(zip(practices, (3, 40, 50, 60), strict=True))
    rows = [(one, code, 80, FIRST, n, 0) for one in (RATE.id, "hip-fractures-65") for code, n in counts.items()]
    made = replace(held, counted=pl.DataFrame(rows, schema=held.counted.schema, orient="row"))
    first, found, system = protected(counted, Rule(7, 1), made)
    window = {key[2]: one for key, one in found.figures.items() if key[:2] == ("2025-09/2026-08", "hip-fractures-65")}
    hidden = {area for area, one in window.items() if one.is_suppressed}
    assert f"practice:{practices[0]}" in hidden
    assert len([area for area in hidden if area.startswith("practice")]) == 2
    assert found.exposed == ()
    assert System({**found.figures, **first}, system.relations).pinned() == {}


def test_what_the_cohorts_show_does_not_depend_on_the_measures(counted):
    first, found, system = protected(counted, Rule())
    assert {key for key in found.figures if key in first}
    together = {**found.figures, **first}
    assert System(together, system.relations).pinned() == {}
    assert together.keys() == system.counts.keys()


def test_counts_read_back_have_the_names_of_their_cells(counted, figures):
    first, found, _ = protected(counted, Rule())
    read = measure_counts(figures.with_columns(pl.col("note").fill_null("")))
    assert len(read) > 150
    for key, shown in read.items():
        assert shown == {**found.figures, **first}[key].shown, key


def test_what_another_release_printed_of_measures_is_known(large, counted, figures):
    """Of the same months; and of a window counted no more a reader may guess that little has changed since."""
    areas, practice = counted[1], counted[1].of_type("practice")[0].key
    key, shown = next(
        (key, shown)
        for key, shown in measure_counts(figures.with_columns(pl.col("note").fill_null(""))).items()
        if key[1:] == (RATE.id, practice)
    )
    later = ("2025-10/2026-09", *key[1:])
    march = ("2026-03", RATE.id, areas.board.key)
    held = {later: shown + 1, march: 3, ("2026-09", *march[1:]): 80}
    low, high = possible_counts(shown, Rule())

    def told(counts, geography=areas):
        cells = together([Table(counts)])
        folders = [large[1].folder, large[1].folder.parent / "nothing"]
        known = remembered_of_measures(folders, cells, geography, {}, Rule())
        return {name: (one.low, one.high) for name, one in known.told.items()}

    assert told({key: shown, **held}) == {key: (low, high)}
    assert told(held) == {later: (low, high)}
    moved = replace(areas, areas=tuple(replace(one, practices=("Z99999",)) for one in areas.areas))
    assert told({key: shown, **held}, moved) == {}


def test_what_was_printed_of_a_board_is_known_of_it_after_one_practice_took_another_over(large, counted, figures):
    """Its months are the same people's; the practices' own windows are of nobody's count any more."""
    areas = counted[1]
    gone, taker, *_ = [area.code for area in areas.of_type("practice")]
    rows = [{"practice_code": area.code, "pcn_code": "U9"} for area in areas.of_type("practice") if area.code != gone]
    today = geography(pl.DataFrame(rows), [row["practice_code"] for row in rows], "Board")
    board = areas.board.key.replace(areas.board.code, today.board.code)
    shown = measure_counts(figures.with_columns(pl.col("note").fill_null("")))
    march, window = ("2026-03", RATE.id), ("2025-09/2026-08", RATE.id)
    counts = {(*march, board): shown[*march, areas.board.key]}
    counts |= {(*window, f"practice:{row['practice_code']}"): 60 for row in rows}
    counts |= {(*window, board): shown[*window, areas.board.key]}
    known = remembered_of_measures([large[1].folder], together([Table(counts)]), today, {gone: taker}, Rule())
    assert {(*march, board), (*window, board)} <= set(known.told)
    assert (*window, f"practice:{taker}") not in known.told


def test_a_network_that_a_practice_left_is_known_as_the_practices_it_held(large, counted, figures):
    areas = counted[1]
    codes = [area.code for area in areas.of_type("practice")]
    shown = measure_counts(figures.with_columns(pl.col("note").fill_null("")))
    window = ("2025-09/2026-08", RATE.id)
    network = next(area for area in areas.of_type("pcn") if len(area.practices) > 1)
    today = geography(pl.DataFrame({"practice_code": codes, "pcn_code": codes}), codes, "Board")
    counts = {(*window, f"practice:{code}"): 0 for code in codes}
    counts[*window, f"practice:{network.practices[0]}"] = shown[*window, network.key]
    known = remembered_of_measures([large[1].folder], together([Table(counts)]), today, {}, Rule())
    (table,) = known.tables.values()
    once = (*window, f"pcn: {', '.join(sorted(network.practices))}")
    assert known.told[once].shown == shown[*window, network.key]
    assert any(
        set(tie.keys) == {once, *((*window, f"practice:{c}") for c in network.practices)} for tie in table.relations
    )


def test_limits_of_lists_are_made_anew_where_a_model_or_rule_changed(counted):
    month, areas, _, held = counted
    months = [add_months(date(2025, 6, 1), n) for n in range(16)]
    practice = areas.of_type("practice")[0].code
    reviewed = (500, 520, 510, 500, 520, 510, 200, 220, 210, 200, 220, 210, 400, 400, 400, 400)
    rows = [(LISTS.id, practice, 60, day, n, 1000) for day, n in zip(months, reviewed, strict=True)]
    made = replace(
        held,
        counted=pl.DataFrame(rows, schema=held.counted.schema, orient="row"),
        spans={LISTS.id: Span(months[13], date(2026, 10, 1), months[0])},
    )
    first, found, _ = protected(counted, Rule(), made)
    figures = {**found.figures, **first}
    changed = {months[6]: "model version 2", months[12]: "rule falls version 2"}
    for changes, means in (({}, {37.0}), (changed, {51.0, 21.0, None})):
        shown = measure_figures(made, [LISTS], figures, month, areas, changes)
        limits = shown.filter(pl.col("figure") == "process_limits")
        assert set(limits["value"]) == means
        notes = dict(limits.filter(pl.col("note").str.contains("here")).select("months", "note").iter_rows())
        assert len(notes) == len(changes)
    assert notes["2025-12"].endswith("new limits from here: model version 2")
    assert notes["2026-06"] == "changed here, and too few months since for limits: rule falls version 2"


def test_lists_that_did_not_come_back_give_no_figure_and_no_nought(counted):
    """Of a practice that sent nothing back it is not known whether it reviewed anybody."""
    month, areas, _, held = counted
    back, silent = (area for area in areas.of_type("practice")[:2])
    rows = [(LISTS.id, back.code, 60, date(2026, 9, 1), 60, 100)]
    made = replace(
        held,
        counted=pl.DataFrame(rows, schema=held.counted.schema, orient="row"),
        spans={LISTS.id: Span(date(2026, 7, 1), date(2026, 10, 1), date(2026, 7, 1))},
    )
    first, found, _ = protected(counted, Rule(), made)
    shown = measure_figures(made, [LISTS], {**found.figures, **first}, month, areas, {})
    window = shown.filter(pl.col("months") == "2026-07/2026-09")
    own = {area: window.filter(pl.col("area_code") == area.code) for area in (back, silent)}
    assert own[back].filter(pl.col("figure") == "rate")["value"].to_list() == [60.0]
    assert own[silent]["value"].null_count() == own[silent].height == 3
    assert set(own[silent]["note"]) == {"no list came back"}
    july = shown.filter(pl.col("months") == "2026-07")
    assert july["value"].null_count() == july.height


def test_months_are_those_of_the_window_and_no_others():
    span = Span(FIRST, AFTER, date(2024, 9, 1))
    assert span.months[0] == date(2024, 9, 1)
    assert add_months(span.months[-1], 1) == AFTER
    assert replace(span, counted_to=FIRST + timedelta(days=1), series_from=FIRST).months == ()
