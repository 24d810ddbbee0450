"""What is said of the last months of a measure's series, or why nothing is."""

import polars as pl
import pytest

from riskstrat.population.measures.charts import HIGH, LOW, USUAL
from riskstrat.population.measures.page import _sign, recently, why_untold

LONG = [(10.0, "", 10.0)] * 12


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ([], "no series"),
        ([(10.0, "", None)] * 4, "too few months"),
        ([*LONG, (None, "*", None)], "too few a month to say"),
        ([*LONG, (None, "no list came back", None), (None, "*", None)], "months without a figure"),
        ([*LONG, *[(10.0, "", None)] * 3], "too few months since a change"),
        ([*LONG, *[(10.0, "", None)] * 2], ""),
        (LONG, ""),
    ],
)
def test_why_nothing_is_said_of_the_last_months_is_said_as_it_is(months, said):
    names = ("rate_value", "rate_note", "process_limits_value")
    frame = pl.DataFrame(
        months, schema=dict(zip(names, (pl.Float64, pl.String, pl.Float64), strict=True)), orient="row"
    )
    assert why_untold(frame) == said
    if not said:
        assert recently(frame.with_columns(process_limits_note=pl.lit(""))) == "usual variation"


def test_the_last_months_are_said_by_rule_and_way():
    def said(*notes):
        return recently(pl.DataFrame({"process_limits_note": notes}, schema={"process_limits_note": pl.String}))

    rising, falling = "a trend, rising", "a trend, falling"
    assert said("", "limits on trial, fewer than 12 months", None) == "usual variation"
    assert said(rising, falling, falling, falling) == "a trend, falling"
    assert said("", "a trend, rising; new limits from here: model version 2") == rising
    assert said("beyond a limit, high; a shift, high") == "beyond a limit, high; a shift, high"
    assert said("a shift, low", "", "", "") == "usual variation"


@pytest.mark.parametrize(
    ("note", "sign"),
    [
        ("a trend, rising; a trend, falling", LOW),
        ("", USUAL),
        ("limits on trial, fewer than 12 months", USUAL),
        ("a shift, low", LOW),
        ("a trend, rising", HIGH),
        ("a trend, rising; a shift, low", LOW),
        ("a trend, falling; beyond a limit, high", HIGH),
    ],
)
def test_a_month_is_marked_by_its_side_and_else_by_its_way(note, sign):
    assert _sign(note, 2.0, 5.0) == sign
