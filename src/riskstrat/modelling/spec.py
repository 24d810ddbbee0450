"""What one model is, as text that a person signs off: ``models/<name>/spec.toml``, read and checked."""

import fnmatch
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from riskstrat.errors import UsageFault, each_fault
from riskstrat.project import add_months, resource


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeatureChoice(_Section):
    """Which snapshot columns the model may not use, and why: names, or patterns in which ``*`` stands for anything."""

    leave_out: tuple[str, ...] = ()
    why: str = Field(min_length=8)


class Table(_Section):
    """What the columns of a tidy table are, where a model learns from one and not from snapshots and labels.

    ``group`` says who a row is about: nobody is on two sides. ``date`` says when, and may be left out: then people are
    dealt by folds alone. The evaluation shows figures by each column of ``shown_by``.
    """

    group: str
    date: str | None = None
    shown_by: tuple[str, ...] = ()


class Split(_Section):
    """Index dates in months before the latest complete one, and how people and practices are dealt to the sides.

    People are dealt by a hash to ``person_folds`` folds: the first ones train, then one part stops training early, one
    calibrates and one tests. A person has one side at every date. ``held_out_practices`` is the share of practices
    whose people only test. A table without dates has no months: every row then counts as being of the latest date.
    """

    train_months_before: tuple[int, ...] = ()
    early_stopping_and_calibration_months_before: int = Field(0, ge=0)
    test_months_before: int = Field(0, ge=0)
    person_folds: int = Field(10, ge=4, le=1000)
    early_stopping_folds: int = Field(1, ge=1)
    calibration_folds: int = Field(2, ge=1)
    test_folds: int = Field(2, ge=1)
    held_out_practices: float = Field(0.1, ge=0, le=0.5)
    salt: str = "riskstrat folds 1"

    @model_validator(mode="after")
    def _in_order(self) -> "Split":
        if self.training_folds < 1:
            raise ValueError("no fold is left to train on")
        if not self.has_dates:
            if self.early_stopping_and_calibration_months_before or self.test_months_before:
                raise ValueError("name the training dates: train_months_before")
            return self
        if min(self.train_months_before) <= self.early_stopping_and_calibration_months_before:
            raise ValueError("train on dates before the one that stops early and calibrates")
        if self.early_stopping_and_calibration_months_before <= self.test_months_before:
            raise ValueError("calibrate on a date before the test date")
        return self

    @property
    def has_dates(self) -> bool:
        """Whether sides differ in time as well as in people."""
        return bool(self.train_months_before)

    @property
    def training_folds(self) -> int:
        """How many person folds train."""
        return self.person_folds - self.early_stopping_folds - self.calibration_folds - self.test_folds

    def training_dates(self, latest: date) -> list[date]:
        """Return the index dates that train, earliest first, given the latest complete one."""
        return sorted(add_months(latest, -months) for months in self.train_months_before or (0,))

    def calibration_date(self, latest: date) -> date:
        """Return the index date that stops training early and calibrates."""
        return add_months(latest, -self.early_stopping_and_calibration_months_before)

    def test_date(self, latest: date) -> date:
        """Return the index date that tests."""
        return add_months(latest, -self.test_months_before)

    def dates_before_the_test(self, latest: date) -> list[date]:
        """Return the index dates at which the stopping and calibrating folds are used, earliest first."""
        return sorted({*self.training_dates(latest), self.calibration_date(latest)})

    def dates(self, latest: date) -> list[date]:
        """Return every index date the model needs, earliest first."""
        return sorted({*self.training_dates(latest), self.calibration_date(latest), self.test_date(latest)})


class Training(_Section):
    """Settings of the booster. Depth is capped because exact contributions cost what the depth costs."""

    seed: int = 20261122
    learning_rate: float = Field(0.05, gt=0, le=1)
    leaves: int = Field(16, ge=2, le=64)
    depth: int = Field(5, ge=1, le=6)
    least_rows_in_leaf: int = Field(50, ge=1)
    feature_fraction: float = Field(0.5, gt=0, le=1)
    bagging_fraction: float = Field(0.8, gt=0, le=1)
    l2: float = Field(5.0, ge=0)
    most_rounds: int = Field(400, ge=1, le=5000)
    stop_after: int = Field(30, ge=1)


class Monotone(_Section):
    """Columns in which the estimate may only rise (``up``) or only fall (``down``), because the clinic demands it."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    why: str = ""


class Calibration(_Section):
    """A straight line on the logit scale; normal priors draw its slope towards 1 and its shift towards 0."""

    slope_prior_sd: float = Field(0.25, gt=0)
    intercept_prior_sd: float = Field(0.15, gt=0)


class Exposure(_Section):
    """What training does with rows whose practice had been sent a worklist before their horizon ended, and why.

    ``leave out``: they neither train, stop training, nor calibrate; they still test. ``keep``: they are learned from
    like any other. Either way exposure is counted, and is never a feature.
    """

    rows: Literal["leave out", "keep"] = "leave out"
    why: str = ""


class Evaluation(_Section):
    """What the evaluation reports beside what every evaluation does.

    ``further_months_before`` are index dates in months before the test date that are looked at and nothing else: one
    month before it, the lists of two successive months can be compared. Each costs a snapshot where the store has none.
    """

    thresholds: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3)
    bootstrap_draws: int = Field(200, ge=20, le=10_000)
    further_months_before: tuple[Annotated[int, Field(ge=1)], ...] = ()


class Gates(_Section):
    """What a challenger must not break; ``riskstrat.modelling.evaluation.gates`` says when a bound counts as broken."""

    least_events: int = Field(200, ge=1)
    auroc_interval_above: float = 0.5
    auroc_plausible_to: float = Field(0.9, gt=0.5, le=1)
    auroc_not_below_champion_by: float = Field(0.005, ge=0)
    calibration_slope: tuple[float, float] = (0.9, 1.1)
    calibration_ratio: tuple[float, float] = (0.9, 1.1)
    subgroup_calibration_ratio: tuple[float, float] = (0.8, 1.25)
    subgroup_sensitivity_not_below_champion_by: float = Field(0.05, ge=0, le=1)
    subgroup_calibration_not_beyond_champion_by: float = Field(0.1, ge=0)
    list_agreement_with_champion: float = Field(0.5, ge=0, le=1)


class Monitoring(_Section):
    """When a champion's month is not what it was tested on; ``riskstrat.modelling.monitoring`` says how each is judged.

    Shares are 0 to 1, PSI is the population stability index, and ``docs/reference/model-spec.md`` says where each
    number is from.
    """

    least_people: int = Field(500, ge=1)
    feature_psi: float = Field(0.25, gt=0)
    drifted_share_of_gain: float = Field(0.05, ge=0, le=1)
    estimates_psi: float = Field(0.1, gt=0)
    calibration_ratio: tuple[float, float] = (0.9, 1.1)
    list_kept: float = Field(0.6, ge=0, le=1)
    least_listed: int = Field(100, ge=1)
    source_days_late: int = Field(27, ge=0)
    least_share_of_gain: float = Field(0.01, ge=0, le=1)


class ModelSpec(_Section):
    """One model: outcome, population, features, split, training, calibration, evaluation and gates."""

    name: str
    title: str
    outcome: str = Field(pattern=r"^(labels/[a-z0-9_]+|columns/.+)$")
    population: str = Field(description="a predicate over the columns of the snapshot or table")
    frequency: str = Field(description="completes 'about 38 in 100 people like this ...'")
    figure: Literal["printed", "never printed"] = "printed"
    intended_use: str
    features: FeatureChoice
    table: Table | None = None
    split: Split
    training: Training = Field(default_factory=Training)
    monotone: Monotone = Field(default_factory=Monotone)
    calibration: Calibration = Field(default_factory=Calibration)
    exposure: Exposure = Field(default_factory=Exposure)
    evaluation: Evaluation = Field(default_factory=Evaluation)
    gates: Gates = Field(default_factory=Gates)
    monitoring: Monitoring = Field(default_factory=Monitoring)
    text: str = Field("", exclude=True, repr=False)

    @model_validator(mode="after")
    def _of_one_kind(self) -> "ModelSpec":
        if self.outcome.startswith("columns/") != (self.table is not None):
            raise ValueError("an outcome columns/NAME and a section [table] go together")
        if self.split.has_dates != (self.table is None or self.table.date is not None):
            raise ValueError("split.train_months_before is given where rows have dates, and only there")
        return self

    @property
    def label(self) -> str:
        """The label's name without its layer, or the name of the table's column."""
        return self.outcome.partition("/")[2]

    def left_out_of(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that may not be used; raises ``UsageFault`` for one that is not there."""
        found = {pattern: fnmatch.filter(columns, pattern) for pattern in self.features.leave_out}
        nothing = [pattern for pattern, names in found.items() if not names]
        if nothing:
            raise UsageFault(f"models/{self.name}/spec.toml leaves out what no column is called: {', '.join(nothing)}")
        return sorted({name for names in found.values() for name in names})

    def further_dates(self, latest: date) -> list[date]:
        """Return the index dates that are only looked at, earliest first, given the latest complete one."""
        test = self.split.test_date(latest)
        return sorted({add_months(test, -months) for months in self.evaluation.further_months_before})


def parse_spec(name: str, text: str) -> ModelSpec:
    """Return the spec in ``text``; raises ``UsageFault`` naming what cannot be used."""
    try:
        return ModelSpec.model_validate({**tomllib.loads(text), "name": name, "text": text})
    except tomllib.TOMLDecodeError as fault:
        raise UsageFault(f"models/{name}/spec.toml is not valid TOML: {fault}") from None
    except ValidationError as fault:
        raise UsageFault(f"models/{name}/spec.toml cannot be used", *each_fault(fault)) from None


def spec_path(name: str, folder: Path | None = None) -> Path:
    """Return where a model's spec lies; ``folder`` replaces the ``models/`` that riskstrat carries."""
    return (resource("models") if folder is None else folder) / name / "spec.toml"


def read_specs(models: Sequence[str] | None = None, folder: Path | None = None) -> list[ModelSpec]:
    """Read the specs of the named models, or of all, in order of name; raises ``UsageFault`` for an unknown name."""
    root = resource("models") if folder is None else folder
    known = sorted(path.parent.name for path in root.glob("*/spec.toml"))
    wanted = known if not models else list(dict.fromkeys(models))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageFault(f"there is no model called {', '.join(unknown)}", f"known models: {', '.join(known)}")
    return [parse_spec(name, spec_path(name, folder).read_text(encoding="utf-8")) for name in sorted(wanted)]
