"""The figures of the margins agree with counts made another way, in DuckDB, from the same drop."""

from datetime import date

import duckdb
import pytest

from riskstrat.synthetic import margins
from riskstrat.synthetic.parameters import load


@pytest.fixture(scope="module")
def drop(population):
    return margins.Drop(population.drop, date(2026, 11, 1), load())


def _one(population, query, **tables):
    con = duckdb.connect()
    for name in tables.values():
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{population.drop}/{name}.parquet'")
    return con.execute(query).fetchone()[0]


def test_emergency_admissions_are_counted_once_per_stay(population, drop):
    counted = _one(
        population,
        """
        SELECT COUNT(DISTINCT (e.nhs_number, e.spell_id))
        FROM apc_episode AS e JOIN (SELECT nhs_number, MIN(birth_date) AS born FROM person GROUP BY 1) AS p
          ON p.nhs_number = e.nhs_number AND e.admission_date > p.born
        WHERE admission_method IN ('21', '22', '23', '24', '25', '28', '2A', '2D')
          AND admission_date >= DATE '2020-09-01' AND admission_date < DATE '2026-09-01'
        """,
        a="apc_episode",
        b="person",
    )
    assert drop.within(drop.emergencies, "admission_date").height == counted


def test_people_here_are_those_registered_and_alive(population, drop):
    counted = _one(
        population,
        """
        WITH r AS (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY nhs_number, practice_code, start_date ORDER BY available_date DESC) AS nth
            FROM registration WHERE registration_type = 'regular'),
        d AS (SELECT nhs_number, MAX(death_date) AS died FROM person GROUP BY 1)
        SELECT COUNT(DISTINCT nhs_number) FROM r JOIN d USING (nhs_number)
        WHERE nth = 1 AND start_date < DATE '2024-01-01' AND (end_date IS NULL OR end_date >= DATE '2024-01-01')
          AND (died IS NULL OR died >= DATE '2024-01-01')
        """,
        a="registration",
        b="person",
    )
    assert drop.here(date(2024, 1, 1)).height == counted


def test_person_years_come_near_the_exact_time_under_registration(population, drop):
    exact = _one(
        population,
        """
        WITH r AS (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY nhs_number, practice_code, start_date ORDER BY available_date DESC) AS nth
            FROM registration WHERE registration_type = 'regular')
        SELECT SUM(GREATEST(0, DATE_DIFF('day', GREATEST(start_date, DATE '2020-09-01'),
            LEAST(COALESCE(end_date, DATE '2026-09-01'), DATE '2026-09-01')))) / 365.2425
        FROM r WHERE nth = 1
        """,
        a="registration",
    )
    assert drop.person_years.height / margins.POINTS_PER_YEAR == pytest.approx(exact, rel=0.01)


def test_age_is_in_completed_years():
    import polars as pl

    ages = pl.DataFrame(
        {
            "birth_date": [date(2000, 2, 29), date(2000, 2, 29), date(2000, 3, 1), date(1999, 12, 31)],
            "on": [date(2001, 2, 28), date(2001, 3, 1), date(2026, 2, 28), date(2026, 12, 31)],
        }
    ).select(age=margins._age(pl.col("on")))
    assert ages["age"].to_list() == [0, 1, 25, 27]


def test_auroc_agrees_with_scikit_learn():
    import numpy as np
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(5)
    score, outcome = rng.integers(0, 20, 500) / 20, (rng.random(500) < 0.2).astype(float)
    assert margins._auroc(score, outcome) == pytest.approx(roc_auc_score(outcome, score))
