"""The true risk is the chance the generator itself gives: it agrees with what then happens, group by group."""

from datetime import date

import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.synthetic import generate_drop, margins, risk

RISK = "true_12m_emergency_admission_risk"
HAPPENED = "emergency_admission_within_12m"


@pytest.fixture(scope="module")
def truth(population):
    return pl.read_parquet(population.true_risk)


def test_one_row_per_person_present_on_the_index_date(population, truth):
    assert set(truth["index_date"]) == {date(2025, 9, 1)} == {risk.index_date(date(2026, 11, 1))}
    assert truth["nhs_number"].is_duplicated().any() is False
    people = population.table("person")["nhs_number"].unique()
    assert truth["nhs_number"].is_in(people.implode()).all()
    assert truth[RISK].is_between(0, 1, closed="none").all()


def test_risk_agrees_with_what_happened_in_every_fifth(truth):
    ordered = truth.sort(RISK)
    size = ordered.height // 5
    for fifth in range(5):
        part = ordered.slice(fifth * size, size)
        expected, seen = part[RISK].sum(), int(part[HAPPENED].sum())
        assert abs(seen - expected) < 4 * expected**0.5 + 0.05 * expected, (fifth, expected, seen)


def test_there_is_something_to_learn_and_something_that_nobody_can_know(truth):
    auroc = margins._auroc(truth[RISK].to_numpy(), truth[HAPPENED].cast(pl.Float64).to_numpy())
    assert 0.74 < auroc < 0.86


def test_what_happened_is_what_the_drop_says(population, truth):
    episodes = population.table("apc_episode").filter(pl.col("admission_method").is_in(margins.EMERGENCY))
    within = episodes.filter(
        (pl.col("admission_date") >= date(2025, 9, 1)) & (pl.col("admission_date") < date(2026, 9, 1))
    )
    admitted = truth["nhs_number"].is_in(within["nhs_number"].implode())
    differ = (admitted != truth[HAPPENED]).sum()
    assert differ <= 0.02 * truth[HAPPENED].sum(), "only admissions that fell inside another stay may be missing"


def test_true_risks_at_an_earlier_date_are_of_that_date(tmp_path):
    generate_drop(3000, 5, tmp_path / "one", true_risk=tmp_path / "one.parquet")
    generate_drop(3000, 5, tmp_path / "two", true_risk=tmp_path / "two.parquet", true_risk_months_before_end=(14, 38))
    both = pl.read_parquet(tmp_path / "two.parquet")
    assert both["index_date"].unique().sort().to_list() == [date(2023, 9, 1), date(2025, 9, 1)]
    later, earlier = (both.filter(pl.col("index_date") == day) for day in (date(2025, 9, 1), date(2023, 9, 1)))
    assert later.equals(pl.read_parquet(tmp_path / "one.parquet"))
    expected, seen = earlier[RISK].sum(), int(earlier[HAPPENED].sum())
    assert abs(seen - expected) < 4 * expected**0.5 + 0.05 * expected
    assert margins._auroc(earlier[RISK].to_numpy(), earlier[HAPPENED].cast(pl.Float64).to_numpy()) > 0.7


@pytest.mark.parametrize("months", [13, 85])
def test_true_risks_are_refused_where_the_drop_does_not_hold_their_year(tmp_path, months):
    with pytest.raises(UsageFault, match="14 to 84 months"):
        generate_drop(300, 1, tmp_path / "d", true_risk=tmp_path / "t.parquet", true_risk_months_before_end=(months,))
    assert not (tmp_path / "d").exists()
