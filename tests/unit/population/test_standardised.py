"""Age-standardised rates of a report: none of a small number can be had by subtracting those that are printed."""

import polars as pl

from riskstrat.disclosure import Figure, Rule, figure, suppressed_for_another
from riskstrat.disclosure.attack import sum_of
from riskstrat.disclosure.subtraction import following
from riskstrat.population import read_cohorts
from riskstrat.population.figures.cohorts import STANDARDISED
from riskstrat.population.figures.standardised import KEPT_BACK, unsafe_rates
from riskstrat.population.report.page import chosen_cohorts

RULE = Rule()


def rates(counts, registered=1000):
    """Return which of a network's practices have no rate for another's sake."""
    sizes = {("d", "falls", f"practice:{code}"): figure(n, RULE) for code, n in counts.items()}
    sizes["d", "falls", "pcn:N"] = figure(sum(counts.values()), RULE)
    bases = {("d", "registered", key[2]): Figure(registered, registered, registered) for key in sizes}
    tie = sum_of(("d", "falls", "pcn:N"), [key for key in sizes if key[2] != "pcn:N"])
    return {key[2] for key in unsafe_rates(sizes, bases, [tie])}


def test_beside_a_star_the_smallest_other_rate_of_a_network_goes():
    """Practices of 42, 37 and 7, of ages that no other has: the network's rate less the two told the 7."""
    assert rates({"A": 42, "B": 37, "C": 7}) == {"practice:B"}


def test_beside_two_small_ones_and_beside_nobody_no_rate_goes():
    assert rates({"A": 42, "B": 6, "C": 7}) == set()
    assert rates({"A": 42, "B": 9, "C": 7}) == set()
    assert rates({"A": 42, "B": 37, "C": 0}) == set()


def test_nothing_can_be_subtracted_from_the_rates_of_a_report(report, tidy):
    now = tidy.filter(pl.col("period") == tidy["period"].max())
    areas = pl.read_csv(report.folder / "areas.csv", infer_schema=False)
    practices = {
        f"{kind}:{code}": set(rows["practice_code"]) for (kind, code), rows in areas.group_by("area_type", "area_code")
    }
    ties_of = [
        (whole, [area for area in practices if area.startswith(f"{kind}:") and practices[area] <= practices[whole]])
        for whole in practices
        for kind in ("practice", "pcn", "place")
    ]
    stars = 0
    for (cohort,), rows in now.filter(pl.col("measure") == STANDARDISED).group_by("cohort"):
        people = now.filter((pl.col("cohort") == cohort) & (pl.col("measure") == "people"))
        keys = [f"{kind}:{code}" for kind, code in rows.select("area_type", "area_code").iter_rows()]
        printed = {key for key, value in zip(keys, rows["value"], strict=True) if value is not None}
        small = {f"{row['area_type']}:{row['area_code']}" for row in people.iter_rows(named=True) if row["note"] == "*"}
        nobody = {f"{row['area_type']}:{row['area_code']}" for row in people.iter_rows(named=True) if row["value"] == 0}
        ties = [
            sum_of((whole,), [(part,) for part in parts])
            for whole, parts in ties_of
            if parts and whole not in parts and set().union(*(practices[part] for part in parts)) == practices[whole]
        ]
        unknown = {(key,) for key in practices if key not in printed and key not in nobody}
        assert not following(unknown, ties) & {(key,) for key in small}, cohort
        stars += len(small)
    assert stars
    assert KEPT_BACK in set(now["note"])


def test_a_rate_beside_a_star_that_stands_for_another_goes_too():
    """Were it given, a reader would know that this star hides eight or more, and so what the other hides."""
    sizes = {("d", "falls", f"practice:{code}"): figure(n, RULE) for code, n in {"A": 42, "B": 37}.items()}
    sizes["d", "falls", "practice:C"] = suppressed_for_another(12, RULE)
    sizes["d", "falls", "pcn:N"] = figure(91, RULE)
    bases = {("d", "registered", key[2]): Figure(1000, 1000, 1000) for key in sizes}
    tie = sum_of(("d", "falls", "pcn:N"), [key for key in sizes if key[2] != "pcn:N"])
    assert unsafe_rates(sizes, bases, [tie]) == {("d", "falls", "practice:B")}


def test_no_cohort_is_drawn_whose_board_has_no_rate():
    """A board of twelve thousand people could have its own rate kept back, and the page ended in a traceback."""
    cohorts = [one for one in read_cohorts() if one.is_main][:2]
    rows = [
        {"area_type": kind, "area_code": code, "cohort": cohort.id, f"{STANDARDISED}_value": rate}
        for place, cohort in enumerate(cohorts)
        for kind, code, rate in (
            ("icb", "B", None if place == 0 else 9.0),
            ("practice", "P1", 8.0),
            ("practice", "P2", 7.0),
        )
    ]
    drawn = chosen_cohorts(pl.DataFrame(rows), cohorts)
    assert [one.id for one in drawn] == [cohorts[1].id]
