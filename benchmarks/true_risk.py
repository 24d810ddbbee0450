"""The champion against the truth: a synthetic population whose true risks are known, through the product's own steps.

python benchmarks/true_risk.py [--people 100000] [--folder FOLDER] [--write]

A drop is made, taken, and ``emergency_admission_12m`` trained as ``riskstrat train`` does it. The truth is the
generator's own (``riskstrat.synthetic.risk``): hazards depend on a state that moves, so from each person's state at the
index date, hidden parts among it, 24 futures of the monthly state are run, the chance of an admission and of death
carried along each as numbers, and averaged. It is the chance for a person who stays; who leaves has a little less.

- the ceiling: the same booster, parameters, rows and columns, fitted to the true risk in place of the outcome
- by outcomes: what happened to the test people; intervals by DeLong, and by the evaluation's bootstrap
- by true risk: everybody counts as an event with their true risk and as none with the rest; who was lucky is not in it

With ``--folder`` the workspace is kept, and a second run there takes up what it finds.
"""

import argparse
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import lightgbm
import numpy as np
import polars as pl

from riskstrat import intake, synthetic
from riskstrat.demonstration import DEMONSTRATION_KEY, SEED
from riskstrat.intake.identity import pseudonyms
from riskstrat.lock import only_writer
from riskstrat.modelling.datasets.rows import Dataset, Rows, Shelf, gather, part_of
from riskstrat.modelling.evaluation.bootstrap import Draws, clusters_of, draws_of, figure, sums
from riskstrat.modelling.evaluation.closed_form import auroc, auroc_difference
from riskstrat.modelling.evaluation.evaluate import rows_of_test_date
from riskstrat.modelling.evaluation.groups import PRACTICE, Members, groups_of
from riskstrat.modelling.evaluation.metrics import Ranking, risk_figures
from riskstrat.modelling.evaluation.tally import ratio
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import ModelSpec, read_specs
from riskstrat.modelling.training.baselines import BASELINE_TITLES, baseline_scores
from riskstrat.modelling.training.booster import parameters
from riskstrat.modelling.training.train import train_all, train_one
from riskstrat.project import Workspace
from riskstrat.settings import BoardSettings, Settings
from riskstrat.setup import make_workspace
from riskstrat.synthetic.risk import MONTHS_BEFORE_END

RESULTS = Path(__file__).with_name("results.md")
MODEL = "emergency_admission_12m"
TRUTH = "true_12m_emergency_admission_risk"
AUROC_WITHIN, SLOPE, INTERCEPT = 0.015, (0.95, 1.05), 0.05
FEWEST_TRUE_EVENTS, LISTED = 20, 0.05


class Trained(NamedTuple):
    """What training used: the spec within the data's reach, the rows of every side, and the snapshots."""

    spec: ModelSpec
    dataset: Dataset
    shelf: Shelf
    latest: date


def trained(workspace: Workspace, people: int, truth: Path) -> Trained:
    """Make the people, take their drop and train; what a folder holds already is kept."""
    split = read_specs([MODEL])[0].split
    dates = *split.train_months_before, split.early_stopping_and_calibration_months_before, split.test_months_before
    make_workspace(workspace, Settings(board=BoardSettings(demonstration=True)), key=DEMONSTRATION_KEY)
    kept: list[Trained] = []

    def make(spec: ModelSpec, shelf: Shelf, registry, latest: date):
        columns = shelf.snapshot(spec.split.test_date(latest)).columns
        wordless = [column for column in columns if column not in read_factors().columns]
        kept.append(Trained(spec, gather(spec, shelf, latest, wordless=wordless), shelf, latest))
        return train_one(spec, shelf, registry, latest)

    with only_writer(workspace):
        drop, months = workspace.root / "drop", [MONTHS_BEFORE_END + n for n in dates]
        if not truth.exists():
            synthetic.generate_drop(people, SEED, drop, true_risk=truth, true_risk_months_before_end=months)
        intake.take_drop(workspace, drop)
        (result,) = train_all(workspace, read_specs([MODEL]), make)
    assert result.status in ("champion", "unchanged"), result.as_text()
    return kept[0]


def with_truth(rows: Rows, truth: pl.DataFrame) -> tuple[Rows, np.ndarray]:
    """Return the rows of people whose true risk is known, and the risks."""
    asked = pl.DataFrame({"person_id": rows.person_id, "index_date": rows.index_date.astype("M8[D]")})
    found = asked.join(truth, on=asked.columns, how="left", maintain_order="left")[TRUTH]
    known = found.is_not_null().to_numpy()
    assert known.mean() > 0.99, f"the true risk is known of {known.sum():,} of {len(known):,} rows only"
    return part_of(rows, known), found.drop_nulls().to_numpy()


def ceiling(used: Trained, truth: pl.DataFrame, tested: Rows) -> tuple[np.ndarray, int]:
    """Return the log odds of the booster fitted to the true risk, by the product's own parameters, and its rounds."""
    settings = parameters(used.spec, used.dataset) | {"objective": "cross_entropy", "num_threads": 1}
    (train, learned), (stop, watched) = (with_truth(used.dataset.rows[side], truth) for side in ("train", "stop"))
    taught = lightgbm.Dataset(train.matrix, label=learned, params=settings)
    held = [taught.create_valid(stop.matrix, label=watched)]
    stopping = [lightgbm.early_stopping(used.spec.training.stop_after, verbose=False)]
    booster = lightgbm.train(settings, taught, used.spec.training.most_rounds, held, callbacks=stopping)
    return np.asarray(booster.predict(tested.matrix, raw_score=True, num_threads=1)), booster.best_iteration


@dataclass
class Tested:
    """The test people: what was said of them, what is true of them, and what happened."""

    rows: Rows
    risk: np.ndarray
    truth: np.ndarray
    draws: Draws

    def auroc_by_truth(self, score: np.ndarray) -> np.ndarray:
        """Return the AUROC to be expected where everybody has an event with their true risk, of every draw."""
        return Ranking(np.tile(score, 2), *self._either(), most=2 * len(score)).auroc()

    def calibration_by_truth(self) -> dict:
        """Return the calibration figures that the true risk gives, without the luck of the outcomes."""
        return risk_figures(np.tile(self.risk, 2), *self._either())

    def _either(self) -> tuple[np.ndarray, np.ndarray]:
        outcome = np.repeat([1.0, 0.0], len(self.truth))
        drawn = np.asarray(self.draws)
        return outcome, np.concatenate([drawn * self.truth, drawn * (1 - self.truth)], axis=1)

    def ratio(self, above: np.ndarray, members: Members) -> str:
        """Return the sum of ``above`` over the sum of the estimates in a group, with its interval."""
        columns = [above[members.rows], self.risk[members.rows]]
        return shown(figure(ratio(*sums(columns, self.draws[:, members.rows]).T)))


def shown(found, places: int = 3) -> str:
    """Return a figure and its 95 % interval."""
    return f"{found.value:.{places}f} ({found.low:.{places}f} to {found.high:.{places}f})"


def discrimination(tested: Tested, scores: dict[str, np.ndarray]) -> tuple[list[str], dict]:
    """Return a line a score, its AUROC by the true risk and by the outcomes; and the champion's less it, by both."""
    head = "| score | AUROC, true risk | champion less it | AUROC, outcomes | champion less it |"
    outcome, by_truth = tested.rows.outcome, {title: tested.auroc_by_truth(score) for title, score in scores.items()}
    ahead, lines = {}, [head, "| --- | --- | --- | --- | --- |"]
    for title in sorted(scores, key=lambda title: -by_truth[title][0]):
        of_outcomes = auroc_difference(tested.risk, scores[title], outcome)
        ahead[title] = figure(by_truth["champion"] - by_truth[title]), of_outcomes
        true, seen = ("", "") if title == "champion" else map(shown, ahead[title])
        mine = shown(figure(by_truth[title])), true, shown(auroc(scores[title], outcome)), seen
        lines.append(f"| {title} | {' | '.join(mine)} |")
    return lines, ahead


def calibration(tested: Tested) -> list[str]:
    """Return a line each for the champion against outcomes and truth, and for the truth against outcomes."""
    outcome = tested.rows.outcome
    found = {"champion, by outcomes": risk_figures(tested.risk, outcome, tested.draws)}
    found |= {"champion, by true risk": tested.calibration_by_truth()}
    found |= {"true risk, by outcomes": risk_figures(tested.truth, outcome, tested.draws)}
    names = [f"calibration_{name}" for name in ("slope", "intercept", "ratio")]
    lines = ["| | slope | intercept | observed over expected |", "| --- | --- | --- | --- |"]
    return lines + [f"| {who} | {' | '.join(shown(f[name]) for name in names)} |" for who, f in found.items()]


def by_group(tested: Tested, held_out: np.ndarray) -> list[str]:
    """Return a line a group: how many, true and seen admissions over those said, and who is on a list by either."""
    groups = [g for g in groups_of(tested.rows.people) if g.factor != PRACTICE]
    sides = ("left out of training whole", held_out), ("others of it trained", ~held_out)
    groups += [Members("practice", name, np.flatnonzero(mask)) for name, mask in sides]
    on_list = [score >= np.quantile(score, 1 - LISTED) for score in (tested.risk, tested.truth)]
    head = f"| by | group | people | true over said | observed over said | top {LISTED:.0%}, champion | by true risk |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- |"]
    for group in groups:
        few = tested.truth[group.rows].sum() < FEWEST_TRUE_EVENTS
        true, seen = ["too few"] * 2 if few else map(tested.ratio, (tested.truth, tested.rows.outcome), [group] * 2)
        listed = " | ".join("too few" if few else str(mask[group.rows].sum()) for mask in on_list)
        lines.append(f"| {group.factor} | {group.name} | {len(group.rows):,} | {true} | {seen} | {listed} |")
    return lines


def verdicts(tested: Tested, ahead: dict) -> list[str]:
    """Return a line a criterion of this benchmark: reached or not, by the figure; the interval is beside it."""
    line = risk_figures(tested.risk, tested.rows.outcome, tested.draws)
    slope, intercept = (line[f"calibration_{name}"] for name in ("slope", "intercept"))
    found = {
        f"calibration slope {SLOPE[0]} to {SLOPE[1]}: {shown(slope)}": SLOPE[0] <= slope.value <= SLOPE[1],
        f"calibration intercept within {INTERCEPT}: {shown(intercept)}": abs(intercept.value) <= INTERCEPT,
    }
    for n, (by, gap) in enumerate(zip(("true risk", "outcomes"), ahead["ceiling"], strict=True)):
        near, best = min((ahead[title][n].value, title) for title in BASELINE_TITLES.values() if title in ahead)
        found[f"AUROC within {AUROC_WITHIN} of the ceiling, by {by}: {shown(gap, 4)}"] = gap.value >= -AUROC_WITHIN
        found[f"AUROC above every baseline, by {by}: {best}, by {shown(ahead[best][n], 4)}"] = near > 0
    return [f"- {'reached' if is_so else 'NOT reached'}: {text}" for text, is_so in found.items()]


def report(workspace: Workspace, people: int) -> list[str]:
    """Return the figures as lines of Markdown."""
    load, file = os.getloadavg()[0], workspace.root / "true_risk.parquet"
    used = trained(workspace, people, file)
    known = pl.read_parquet(file)
    held = pseudonyms(workspace, known["nhs_number"].unique().to_list())
    numbers = pl.DataFrame(held, schema={"nhs_number": pl.String, "person_id": pl.Int64}, orient="row")
    truth = known.join(numbers, on="nhs_number").select("person_id", "index_date", TRUTH)
    rows, true_risk = with_truth(everyone := rows_of_test_date(used.dataset.rows), truth)
    _, bundle = champion_bundle(workspace, MODEL)
    risk, _ = bundle.score(used.shelf.snapshot(test_date := used.spec.split.test_date(used.latest)))
    (drawn, cluster), seed = clusters_of(rows), used.spec.training.seed
    draws = draws_of(cluster, used.spec.evaluation.bootstrap_draws, seed)
    tested = Tested(rows, risk[rows.people["_place"].to_numpy()], true_risk, draws)
    best, rounds = ceiling(used, truth, rows)
    scores = {"true risk": true_risk, "ceiling": best, "champion": tested.risk}
    scores |= {BASELINE_TITLES[name]: score for name, score in baseline_scores(used.dataset, rows, seed).items()}
    table, ahead = discrimination(tested, scores)
    held_out = np.isin(rows.person_id, used.dataset.rows["test_practice"].person_id)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        f"## The champion against the true risk, {people:,} people, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"`python benchmarks/true_risk.py --people {people}`; load before {load:.1f}, {os.cpu_count()} cores, "
        f"{time.process_time():.0f} CPU s, peak memory {peak:,.0f} MB. Tested at {test_date} on {len(rows):,} people, "
        f"{int(rows.outcome.sum()):,} of them admitted, {true_risk.sum():,.0f} by the true risk "
        f"({len(everyone) - len(rows)} more had left or died and nobody knew yet: left out); trained on "
        f"{len(used.dataset.rows['train']):,} rows, {len(used.dataset.contract.names)} columns; the ceiling took "
        f"{rounds} rounds of at most {used.spec.training.most_rounds}. The bootstrap draws {drawn}.",
        *("", *verdicts(tested, ahead), "", *table),
        *("", *calibration(tested), "", *by_group(tested, held_out), ""),
    ]


def main() -> None:
    """Measure, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="true-risk-") as scratch:
        text = "\n".join(report(Workspace((asked.folder or Path(scratch)).resolve()), asked.people))
    print(text)
    if asked.write:
        RESULTS.write_text(f"{RESULTS.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
