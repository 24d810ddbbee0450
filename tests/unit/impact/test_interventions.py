"""Interventions as files: what their distributions are, and what is refused."""

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from riskstrat.errors import UsageFault
from riskstrat.impact.forecasting.interventions import Estimate, Intervention, intervention_of, read_interventions

DRAWS = 200_000
FILE = """
id = "{id}"
title = "Something that could be done"
for_whom = "everyone"
review = "a talk"
reach = 1.0
reach_why = "randomised trials, counted as drawn"
version = 1
{more}

[[estimate]]
name = "A trial"
source = "Somebody et al., a journal of that year"
address = "https://example.org/trial"
said = "ratio of admissions, as the abstract gives it"
{effect}
between_places = 0.0
between_places_why = "a made-up trial of everywhere"
{last}
"""


def estimate(**fields):
    said = {
        "name": "A trial",
        "source": "Somebody et al., a journal",
        "address": "https://example.org/trial",
        "said": "as the abstract gives it",
        "between_places": 0.0,
        "between_places_why": "a made-up trial of everywhere",
    }
    return Estimate(**(said | fields))


def intervention(*estimates, **fields):
    said = {
        "id": "made",
        "title": "Something that could be done",
        "for_whom": "everyone",
        "review": "a talk",
        "reach": 1.0,
        "reach_why": "randomised trials, counted as drawn",
        "version": 1,
    }
    return Intervention(**(said | fields), estimate=estimates)


def drawn(one, rate=1.0):
    return one.draws(np.random.default_rng(1), np.full(DRAWS, rate))


def test_a_ratio_is_log_normal_with_the_published_interval():
    found = np.quantile(drawn(estimate(ratio=0.8, low=0.5, high=1.28)), [0.025, 0.5, 0.975])
    assert found == pytest.approx([0.5, 0.8, 1.28], rel=0.01)


def test_another_place_adds_its_variance_on_the_scale_of_the_logarithm():
    one = estimate(ratio=0.8, low=0.5, high=1.28, between_places=0.3)
    error = math.log(1.28 / 0.5) / (2 * 1.959964)
    assert np.log(drawn(one)).std() == pytest.approx(math.hypot(error, 0.3), rel=0.01)


def test_the_middle_is_that_of_the_evidence_and_not_of_the_draws():
    one = estimate(ratio=0.99, low=0.87, high=1.14, between_places=0.2)
    middles = [np.median(one.draws(np.random.default_rng(seed), np.ones(4000))) for seed in range(20)]
    assert middles == pytest.approx([0.99] * 20, abs=0.002)


def test_a_difference_is_of_admissions_per_person_and_never_averts_more_than_all():
    one = estimate(difference=-0.1, low=-0.3, high=0.1)
    assert np.quantile(drawn(one, rate=2.0), [0.025, 0.5, 0.975]) == pytest.approx([0.85, 0.95, 1.05], rel=0.01)
    assert drawn(one, rate=0.05).min() == 0.0
    assert one.ratio_at(2.0) == pytest.approx((0.95, 0.85, 1.05))


def test_the_wider_the_evidence_the_wider_the_distribution():
    widths = []
    for half in (0.05, 0.2, 0.4):
        low, high = np.quantile(drawn(estimate(ratio=1.0, low=math.exp(-half), high=math.exp(half))), [0.025, 0.975])
        widths.append(high - low)
    assert all(narrow < wide for narrow, wide in pairwise(widths))


def test_estimates_are_a_mixture_by_weight():
    fewer, more = (estimate(ratio=r, low=r, high=r, weight=w) for r, w in ((0.8, 3.0), (1.2, 1.0)))
    both = intervention(fewer, more, signed_by="the board, 3 June 2026")
    found = both.ratio_draws(np.random.default_rng(2), np.ones(DRAWS))
    assert set(found.round(6)) == {0.8, 1.2}
    assert (found < 1).mean() == pytest.approx(0.75, abs=0.005)


def test_every_shipped_intervention_has_evidence_with_an_address_and_leaves_harm_possible():
    shipped = read_interventions()
    assert "list-alone" in {one.id for one in shipped}
    for one in shipped:
        assert all(told.address.startswith("https://") and told.source and told.said for told in one.estimate)
        found = one.ratio_draws(np.random.default_rng(3), np.full(20_000, 1.0))
        assert 0.05 < (found > 1).mean() < 0.95, one.id


def test_the_how_to_tells_every_intervention_with_the_interval_that_is_drawn():
    page = Path(__file__).parents[3] / "docs" / "how-to" / "what-would-it-be-worth.md"
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): [float(x) for x in re.findall(r"\d\.\d+", row[4])] for row in rows}
    assert told.keys() == {one.id for one in read_interventions()}
    for one in read_interventions():
        found = np.quantile(one.ratio_draws(np.random.default_rng(1), np.ones(DRAWS)), [0.025, 0.975])
        assert told[one.id] == pytest.approx(list(found), abs=0.011), one.id


def test_prismatic_is_read_as_the_journal_gives_it():
    (one,) = intervention_of("list-alone").estimate
    assert (one.ratio, one.low, one.high) == pytest.approx(tuple(math.exp(x) for x in (0.011, 0.010, 0.013)), abs=5e-4)


@pytest.mark.parametrize(
    ("effect", "more", "last", "said"),
    [
        ("low = 0.5\nhigh = 1.2", "", "", "give either ratio or difference"),
        ("ratio = 0.9\ndifference = 0.1\nlow = 0.5\nhigh = 1.2", "", "", "give either ratio or difference"),
        ("ratio = 1.3\nlow = 0.5\nhigh = 1.2", "", "", "with the estimate between them"),
        ("ratio = 0.9\nlow = 0.0\nhigh = 1.2", "", "", "the interval of a ratio is above 0"),
        ("ratio = 0.9\nlow = 0.5\nhigh = 1.2", "pounds_per_review = 40", "", "whose figure it is"),
        ("ratio = 0.9\nlow = 0.5\nhigh = 1.2", "", "weight = 2", "who agreed the weights"),
        ("ratio = 0.9\nlow = 0.5\nhigh = 1.2", "saves = true", "", "saves"),
    ],
    ids=[
        "no effect told",
        "two",
        "outside its interval",
        "no ratio",
        "a cost of nobody",
        "weights of nobody",
        "a word",
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path, effect, more, last, said):
    (tmp_path / "made.toml").write_text(FILE.format(id="made", effect=effect, more=more, last=last))
    with pytest.raises(UsageFault, match=r"made\.toml") as fault:
        read_interventions(tmp_path)
    assert said in str(fault.value)


def test_two_files_of_one_id_and_an_unknown_id_are_refused(tmp_path):
    for name in ("a", "b"):
        text = FILE.format(id="made", effect="ratio = 0.9\nlow = 0.5\nhigh = 1.2", more="", last="")
        (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(UsageFault, match="two interventions have one id: made"):
        read_interventions(tmp_path)
    with pytest.raises(UsageFault, match="list-alone"):
        intervention_of("nothing")
