"""Practices held against the board: funnels, what they are drawn by, and rates that an earlier release printed."""

import re
import shutil
from datetime import date

import polars as pl
import pytest

from riskstrat.population import publish
from riskstrat.population.measures.figures import PLACE_OPEN

NOW = date(2026, 11, 1)


@pytest.fixture(scope="module")
def figures(large):
    return pl.read_csv(large[1].folder / "measures.csv", schema_overrides={"value": pl.Float64, "note": pl.String})


def test_funnel_limits_hold_the_board_and_say_where_the_area_lies(figures):
    limits = figures.filter(pl.col("figure").is_in(["funnel_95", "funnel_998"]))
    assert limits.filter(pl.col("area_type") == "practice").height >= 8
    assert (limits["lower"] <= limits["value"]).all()
    assert (limits["value"] <= limits["upper"]).all()
    places = {"above 99.8 %", "above 95 %", "within", "below 95 %", "below 99.8 %"}
    assert set(limits["note"]) <= {*places, PLACE_OPEN}
    assert set(limits["note"]) & places


def test_the_size_that_a_funnel_is_drawn_by_follows_from_what_is_printed(figures):
    """Of emergency admissions per 1,000 a year: 100 of them at 50.0 per 1,000 are those of 2,000 people."""
    where = ["measure", "area_type", "area_code"]
    printed = {
        name: figures.filter(pl.col("figure") == name).select(*where, pl.col("value").alias(name))
        for name in ("funnel_size", "numerator", "denominator", "standardised_rate")
    }
    sizes = printed.pop("funnel_size")
    assert sizes.height > 20
    for other in printed.values():
        sizes = sizes.join(other.unique(where, keep="first", maintain_order=True), on=where, how="left")
    admissions = sizes.filter(pl.col("measure") == "emergency-admissions")
    expected = [round(1000 * n / rate) for n, rate in admissions.select("numerator", "standardised_rate").iter_rows()]
    assert admissions["funnel_size"].to_list() == expected
    shares = sizes.filter(pl.col("standardised_rate").is_null())
    assert shares.height >= 5
    assert shares["funnel_size"].equals(shares["denominator"])


@pytest.fixture(scope="module")
def after_other_rates(large, tmp_path_factory):
    """The page of the month made again, after a release that printed every standardised rate of a practice higher."""
    root = tmp_path_factory.mktemp("again")
    shutil.copytree(large[1].folder, root / "before")
    for name, column in (("population.csv", "measure"), ("measures.csv", "figure")):
        held = pl.read_csv(root / "before" / name, infer_schema=False)
        is_rate = (pl.col("area_type") == "practice") & pl.col(column).str.starts_with("standardised")
        higher = (pl.col("value").cast(pl.Float64) + 0.7).round(1).cast(pl.String)
        other = held.with_columns(pl.when(is_rate).then(higher).otherwise("value").alias("value"))
        other.write_csv(root / "before" / name, line_terminator="\r\n", null_value="")
    folder = publish(large[0], NOW, "2026-11-01.2", root / "population", previous=[root / "before"]).folder
    return (folder / "population.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("section", ["compared", "measures"])
def test_the_tables_beneath_the_pictures_mark_revised_rates(after_other_rates, section):
    own = after_other_rates[after_other_rates.index(f'<section id="{section}">') :].split("</section>")[0]
    beneath = [part.split("</table>")[0] for part in own.split("The figures of this chart as a table")[1:]]
    rows = [row for table in beneath for row in re.findall(r"<tr><td>.*?</tr>", table) if "revised, was" in row]
    assert len(rows) >= 4
    for row in rows:
        text = re.sub(r"<[^>]+>|\([^)]*\)", " ", row.replace(",", ""))
        for now, was in re.findall(r"([\d.]+) *revised *was ([\d.]+)", text):
            assert float(was) == pytest.approx(float(now) + 0.7)
