"""What is said of the last months of a measure's series, or why nothing is."""

import polars as pl
import pytest

from riskstrat.population.measures.page import recently, why_untold

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
