"""Dementia recorded against those expected: a board's own rates by sex and age, held against a plain sum."""

import re
from datetime import date

import polars as pl
import pytest

from riskstrat.disclosure import Rule, figure, publishable, unprinted
from riskstrat.disclosure.attack import System
from riskstrat.disclosure.cells import together
from riskstrat.errors import UsageFault
from riskstrat.population import publish
from riskstrat.population.counting.areas import geography
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.cells import measure_tables
from riskstrat.population.measures.definitions import Span, read_measures
from riskstrat.population.measures.expected import ReferenceRates, per_cent_of_expected, read_reference_rates
from riskstrat.population.methods.rates import count_limits
from riskstrat.population.protection.earlier import read_measure_counts
from support.made_board import write_board

NOW = date(2026, 11, 1)
OPTED_OUT = list(range(100, 140))
MADE = {(sex, age): 100 * (age - 55 + 3 * int(sex)) / 200 for sex in ("1", "2") for age in range(65, 95, 5)}
"""Rates in 100 that rise with age and are those of no study."""
WORDS = "rates made up for this test"


def write_rates(path, rates=MADE, source=WORDS, columns="sex,age_from,per_100,source"):
    lines = [f"{sex},{age},{rate},{source}" for (sex, age), rate in rates.items()]
    path.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A board with records of practices, whose settings name rates."""
    root = tmp_path_factory.mktemp("expected") / "board"
    workspace = write_board(root, people=4400, practices=4, scored=(), opted_out=OPTED_OUT, has_records=True)
    write_rates(root / "made-rates.csv")
    with (root / "riskstrat.toml").open("a", encoding="utf-8") as file:
        file.write('\n[population]\nexpected_dementia = "made-rates.csv"\n')
    return workspace


@pytest.fixture(scope="module")
def reported(recorded, tmp_path_factory):
    return publish(recorded, NOW, "r", tmp_path_factory.mktemp("report") / "population").folder


@pytest.fixture(scope="module")
def by_hand(recorded):
    """Return those expected in every practice, to the whole person, and those recorded, by a plain sum."""
    people = pl.read_parquet(recorded.part("features", NOW)).filter(
        ~pl.col("person_id").is_in(OPTED_OUT) & (pl.col("age") >= 65) & pl.col("has_dementia").is_not_null()
    )
    found = {}
    for code, sex, age, has in people.select("practice_code", "sex", "age", "has_dementia").iter_rows():
        band = min(age - age % 5, 90)
        rate = MADE[sex, band] if (sex, band) in MADE else (MADE["1", band] + MADE["2", band]) / 2
        expected, recorded = found.get(code, (0.0, 0))
        found[code] = expected + rate / 100, recorded + has
    return {code: (round(expected), recorded) for code, (expected, recorded) in found.items()}


def test_those_expected_are_the_sum_of_the_rates_of_the_people_there_are(reported, by_hand):
    rows = pl.read_csv(reported / "measures.csv").filter(pl.col("measure") == "dementia-recorded-65")
    figures = {(row["area_code"], row["figure"]): row for row in rows.iter_rows(named=True)}
    areas = pl.read_csv(reported / "areas.csv", infer_schema=False)
    assert by_hand
    for (kind, code), own in areas.group_by("area_type", "area_code"):
        expected, recorded = (sum(by_hand.get(one, (0, 0))[n] for one in own["practice_code"]) for n in (0, 1))
        shown = publishable(expected)
        assert figures[code, "expected"]["value"] == shown, (kind, code)
        share = figures[code, "percent_of_expected"]
        lower, upper = count_limits(publishable(recorded))
        assert share["value"] == round(100 * publishable(recorded) / shown, 1)
        assert (share["lower"], share["upper"]) == (round(100 * lower / shown, 1), round(100 * upper / shown, 1))
    board = rows.filter((pl.col("area_type") == "icb") & (pl.col("figure") == "expected"))
    assert board["note"].item() == f"rates: {WORDS}"
    attacked = [area for _, what, area in read_measure_counts(reported) if what == f"expected {DEMENTIA.id}"]
    assert len(attacked) == len(areas.select("area_type", "area_code").unique())


DEMENTIA = next(one for one in read_measures() if one.expected)
OLDEST = {band: 35.0 if band[1] == 90 else 1.0 for band in MADE}


def two_practices(people, rates):
    """Return the tables of dementia of two practices of a network; ``people`` by practice: sex, band, how many."""
    rows = [(DEMENTIA.id, code, sex, age, n) for code, bands in people.items() for sex, age, n in bands]
    by_sex = pl.DataFrame(rows, schema=["measure_id", "practice_code", "sex", "age_from", "people"], orient="row")
    counted = by_sex.select(
        "measure_id", "practice_code", "age_from", pl.lit(NOW).alias("month"), pl.lit(0).alias("numerator"),
        pl.col("people").alias("denominator"),
    )  # fmt: skip
    nobody = pl.DataFrame(
        schema={"month": pl.Date, "practice_code": pl.String, "age_from": pl.Int32, "people": pl.Int64}
    )
    activity = Activity(NOW, counted, nobody, {DEMENTIA.id: Span(NOW, date(2026, 11, 2), NOW)}, {}, by_sex)
    network = geography(pl.DataFrame([{"practice_code": one, "pcn_code": "U1"} for one in people]), people, "Board")
    reference = ReferenceRates(rates, WORDS)
    return together(measure_tables(together([]), activity, [DEMENTIA], None, network, rates=reference))


def test_as_many_as_are_expected_tell_how_many_people_there_are_at_least():
    """36 of 90 and over and one of 65: 13 expected of the first, printed as 15, are of 36 people or more.

    The network's 37 people, printed as 35, are 37 at most: the other practice would have one.
    """
    system = two_practices({"A": [("1", 90, 36)], "B": [("1", 65, 1)]}, OLDEST)
    people, expected, period = f"{DEMENTIA.id} of", f"expected {DEMENTIA.id}", str(NOW)
    assert (system.counts[period, expected, "practice:A"], system.counts[period, expected, "practice:B"]) == (13, 0)
    plainly = {
        key: unprinted(n, Rule()) if key[1].startswith("not ") else figure(n, Rule())
        for key, n in system.counts.items()
    }
    assert (period, people, "practice:B") in System(plainly, system.relations, system.counts).pinned()
    protected = system.protected(Rule(), {})
    assert not protected.exposed
    assert System(protected.figures, system.relations, system.counts).pinned() == {}
    ties = [one for one in system.relations if {what for _, what, _ in one.keys} == {people, expected}]
    assert len(ties) == 4
    for tie in ties:
        assert tie.low <= sum(weight * system.counts[key] for key, weight in tie.weights) <= tie.high


def test_the_page_and_the_workbook_say_what_is_recorded_of_those_expected(reported):
    page = (reported / "population.html").read_text(encoding="utf-8")
    assert f"Expected at the rates: {WORDS}." in page
    assert re.search(r"<br>\s*% of expected</td>", page)
    assert '<th scope="col" class="rs-number">Expected</th>' in page
    sheet = (reported / "summary.html").read_text(encoding="utf-8")
    board = pl.read_csv(reported / "measures.csv", infer_schema=False).filter(
        (pl.col("figure") == "percent_of_expected") & (pl.col("area_type") == "icb")
    )
    assert "; % of expected</span>" in sheet
    assert f"<br>{float(board['value'].item()):.1f} " in sheet


def test_without_rates_nothing_is_expected(report):
    figures = set(pl.read_csv(report.folder / "measures.csv")["figure"])
    assert not figures & {"expected", "percent_of_expected"}
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    assert '<th scope="col" class="rs-number">Expected</th>' not in page


def test_somebody_of_neither_sex_has_the_middle_of_the_rates(tmp_path):
    rates = read_reference_rates(write_rates(tmp_path / "rates.csv"))
    assert rates.of("2", 65) == MADE["2", 65] / 100
    assert rates.of("9", 65) == pytest.approx((MADE["1", 65] + MADE["2", 65]) / 200)


def test_a_figure_is_all_that_its_rounded_count_could_have_made_it():
    recorded = figure(52, Rule())
    estimate, possible = per_cent_of_expected(recorded, figure(80, Rule()))
    assert estimate.value == 100 * 50 / 80
    assert possible.value == (100 * 48 / 82, 100 * 52 / 78)
    assert possible.lower[0] < estimate.lower < possible.lower[1]
    with pytest.raises(ValueError, match="printed"):
        per_cent_of_expected(figure(3, Rule()), figure(80, Rule()))


WRONG = {
    "no column": (dict(MADE), {"columns": "sex,age_from,rate,source"}, "line 2: no per_100"),
    "no source": (dict(MADE), {"source": ""}, "line 2: no source"),
    "a band is missing": ({key: one for key, one in MADE.items() if key != ("2", 85)}, {}, "no rate for sex 2, age 85"),
    "another band": (MADE | {("1", 60): 0.1}, {}, "line 14: sex 1, age 60"),
    "another sex": (MADE | {("M", 65): 0.1}, {}, "line 14: sex M, age 65"),
    "a share": (MADE | {("1", 65): 0}, {}, "line 2: sex 1, age 65, 0 in 100"),
    "a word": (MADE | {("1", 65): "one"}, {}, "line 2: '65' and 'one' must be numbers"),
    "no number": (MADE | {("1", 65): "nan"}, {}, "line 2: sex 1, age 65, nan in 100"),
}


@pytest.mark.parametrize(("rates", "other", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_table_is_refused_with_its_line(tmp_path, rates, other, said):
    with pytest.raises(UsageFault, match=re.escape(said)):
        read_reference_rates(write_rates(tmp_path / "rates.csv", rates, **other))


def test_a_table_that_is_not_there_or_has_a_band_twice_is_refused_before_anything_is_counted(board, tmp_path):
    with pytest.raises(UsageFault, match=r"there is no file none\.csv"):
        read_reference_rates(tmp_path / "none.csv")
    path = write_rates(tmp_path / "rates.csv")
    path.write_text(path.read_text(encoding="utf-8") + f"1,65,2,{WORDS}\n", encoding="utf-8")
    with pytest.raises(UsageFault, match="line 14: sex 1, age 65 stands there twice"):
        read_reference_rates(path)
    root = tmp_path / "board"
    root.mkdir()
    (root / "riskstrat.toml").write_text('[population]\nexpected_dementia = "none.csv"\n', encoding="utf-8")
    with pytest.raises(UsageFault, match="there is no file"):
        publish(type(board)(root), NOW, "r", tmp_path / "out")
    assert not (tmp_path / "out").exists()
