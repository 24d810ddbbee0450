"""What one evaluation costs: CPU seconds and memory, by people tested.

People, practices, groups, outcomes and eight scores are drawn at random; nothing is trained. A model of 1,000,000
training rows tests about 200,000 people.  Run:  python benchmarks/evaluation.py [PEOPLE [PRACTICES]]
"""

import resource
import sys
import time

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.evaluate import Tested, evaluate
from riskstrat.modelling.evaluation.listing import Board
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.baselines import BASELINE_TITLES
from riskstrat.modelling.training.calibration import expit


def _days(mask, random):
    """Return a day within the year for those of the mask, and none for others."""
    days = np.datetime64("2025-09-01", "D") + random.integers(0, 365, len(mask))
    return np.where(mask, days, np.datetime64("NaT", "D"))


def made_test_date(people, practices):
    """Return rows, risks and scores as a test date has them, with a champion and every baseline."""
    random = np.random.default_rng(1)
    age = np.clip(random.normal(50, 19, people), 18, 100).astype(int)
    log_odds = -2.8 + 0.03 * (age - 50) + random.normal(0, 0.8, people)
    outcome = (random.random(people) < expit(log_odds)).astype(float)
    codes = np.array([f"Z{k:05d}" for k in range(practices)])
    practice = codes[random.integers(0, practices, people)]
    frame = pl.DataFrame(
        {
            "practice_code": practice,
            "age": age,
            "sex": random.choice(["1", "2"], people),
            "ethnic_category": random.choice(list("ACHMRZ"), people, p=[0.7, 0.1, 0.08, 0.05, 0.02, 0.05]),
            "imd_decile": random.integers(1, 11, people),
            "in_care_home": (random.random(people) < 0.01).astype(int),
            "has_learning_disability": (random.random(people) < 0.01).astype(int),
            "has_smi": (random.random(people) < 0.01).astype(int),
            "has_dementia": (random.random(people) < 0.02).astype(int),
            "emergency_admissions_730d": (random.random(people) < 0.13).astype(int),
            "event_date": _days(outcome == 1, random),
            "overnight_date": _days((outcome == 1) & (random.random(people) < 0.7), random),
            "left_date": _days(random.random(people) < 0.04, random),
            "death_date": _days(random.random(people) < 0.01, random),
        }
    )
    rows = Rows(np.arange(people), np.full(people, "2025-09-01", "M8[D]"), np.zeros((people, 0)), outcome, frame)
    scores = {name: np.round(log_odds + random.normal(0, 1.5, people), 2) for name in BASELINE_TITLES}
    return Tested(
        rows=rows,
        risk=expit(log_odds),
        baselines=scores,
        champion_version="1",
        champion_risk=expit(log_odds + random.normal(0, 0.2, people)),
        board=Board(5 * people, dict.fromkeys(codes, 5 * people // practices), dict.fromkeys(codes, 20)),
    )


def main():
    """Print one line: people, practices, draws, CPU seconds and the most memory held."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    practices = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    spec = read_specs(["emergency_admission_12m"])[0]
    made = made_test_date(people, practices)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with threadpool_limits(1, user_api="blas"):
        evaluate(spec, made)
    seconds = time.process_time() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{people:,} people, {practices} practices, {spec.evaluation.bootstrap_draws} draws: "
        f"{seconds:.1f} CPU seconds, {(most - before) / 1024:.0f} MiB more held"
    )


if __name__ == "__main__":
    main()
