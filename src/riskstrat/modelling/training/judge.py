"""Judging: a fitted model's one look at its test date, its registration, its gates, and what became of it."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.errors import InputRefused
from riskstrat.features import read_sources
from riskstrat.modelling.datasets.feature_contract import FeatureContract
from riskstrat.modelling.datasets.rows import Dataset, Rows, Shelf
from riskstrat.modelling.evaluation.beyond import Judged, beyond_the_test_date
from riskstrat.modelling.evaluation.evaluate import Tested, evaluate, headline, rows_of_test_date
from riskstrat.modelling.evaluation.exposure import exposure_report
from riskstrat.modelling.evaluation.gates import GateResult, reasons_against
from riskstrat.modelling.evaluation.listing import Board
from riskstrat.modelling.evaluation.worth import WITHOUT_EACH_SOURCE, Refit, worth_of_sources
from riskstrat.modelling.monitoring.reference import reference_of
from riskstrat.modelling.monitoring.standing import breaches_open
from riskstrat.modelling.registry.bundle import ModelFiles, write_bundle
from riskstrat.modelling.registry.versions import ModelVersion, Registry, in_words
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.baselines import baseline_scores
from riskstrat.modelling.training.fitted import Fitted
from riskstrat.project import Workspace, add_months

Refits = Callable[[Rows], Iterable[Refit]]
"""Makes the model again without each source, one after the other, for the rows tested."""


@dataclass(frozen=True)
class TrainingResult:
    """What became of one model: ``champion``, ``challenger``, ``unchanged`` (champion already) or ``not trained``.

    ``reasons`` say why it is not champion; ``figures`` are the test date's, each with value, low and high;
    ``training_table`` is what a search found, to paste into the spec.
    """

    name: str
    title: str
    status: str
    version: str | None = None
    test_date: date | None = None
    people: int | None = None
    reasons: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    not_judged: tuple[str, ...] = ()
    training_table: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {**asdict(self), "test_date": None if self.test_date is None else str(self.test_date)}

    def as_audit(self) -> dict[str, Any]:
        """Return what the audit log keeps: which version became what, and why not champion."""
        return {"model": self.name, "version": self.version, "status": self.status, "reasons": list(self.reasons)}

    def as_text(self) -> str:
        """Return the result in one line, and after a search what it found."""
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        if self.version is None:
            return f"{self.name}: {self.status}{why}"
        auroc, slope = (in_words(self.figures[name]) for name in ("auroc", "calibration_slope"))
        return (
            f"{self.name} version {self.version}: {self.status}, AUROC {auroc}, calibration slope {slope}, "
            f"tested at {self.test_date}{why}{self._found()}"
        )

    def _found(self) -> str:
        """Return what a search found, as text to paste."""
        if self.training_table is None:
            return ""
        to = f"models/{self.name}/spec.toml"
        return f"\nfound by the search; to train by it again, paste into {to}:\n{self.training_table}"


def register_and_judge(
    spec: ModelSpec,
    shelf: Shelf,
    registry: Registry,
    dataset: Dataset,
    fitted: Fitted,
    record: dict[str, Any],
    refits: Refits | None = None,
) -> TrainingResult:
    """Look at the test date of ``record``, register the model and put it through its gates.

    A model whose every byte was registered before is not looked at again. Where ``refits`` are asked for and it has
    none, it is registered once more, by the same look, with them beside it.
    """
    test_date = date.fromisoformat(record["test_date"])
    model = ModelFiles(spec.name, spec.text, fitted.text, fitted.calibrator, dataset.contract, record)
    champion = registry.champion(spec.name)
    same = _registered_before(registry, model, champion, with_refits=refits is not None)
    if same is None:
        report = _evaluated(spec, shelf, dataset, registry, champion, fitted, test_date)
    else:
        report = registry.bundle(same).evaluation
    version = same
    if refits is not None and WITHOUT_EACH_SOURCE not in report:
        rows = rows_of_test_date(dataset.rows)
        board = _board(dataset, shelf.workspace)
        worth = worth_of_sources(spec, report, rows, fitted.risk(rows.matrix), board, refits(rows))
        report, version = report | {WITHOUT_EACH_SOURCE: worth}, None
    if version is None:
        version = _registered(registry, model, spec, fitted, report)
    is_new = same is None or (champion is not None and same.version == champion.version != version.version)
    return _settled(spec, registry, champion, version, report, barred=shelf.barred.to_list(), is_new=is_new)


def _registered_before(
    registry: Registry, model: ModelFiles, champion: ModelVersion | None, *, with_refits: bool
) -> ModelVersion | None:
    """Return the version of the same bytes: one with what is asked for before others, then the champion, the first."""
    same = [version for version in registry.versions(model.name) if version.model_sha256 == model.sha256]

    def rank(version: ModelVersion) -> tuple[bool, bool]:
        lacks = with_refits and WITHOUT_EACH_SOURCE not in registry.bundle(version).evaluation
        return lacks, champion is None or version.version != champion.version

    return min(same, key=rank, default=None)


def _registered(
    registry: Registry, model: ModelFiles, spec: ModelSpec, fitted: Fitted, report: dict[str, Any]
) -> ModelVersion:
    with tempfile.TemporaryDirectory(prefix="bundle-") as scratch:
        sha256 = write_bundle(Path(scratch), model, report)
        return registry.register(
            model,
            Path(scratch),
            sha256,
            parameters={"rounds": fitted.rounds, "test_date": report["test_date"], **spec.training.model_dump()},
            figures=headline(report),
        )


def _evaluated(
    spec: ModelSpec,
    shelf: Shelf,
    dataset: Dataset,
    registry: Registry,
    champion: ModelVersion | None,
    fitted: Fitted,
    test_date: date,
) -> dict[str, Any]:
    """Look at the test date, once, and return the report with every gate's result."""
    rows = rows_of_test_date(dataset.rows)
    champion_risk = None
    if champion is not None:
        try:
            everyone, _ = registry.bundle(champion).score(shelf.snapshot(test_date))
            champion_risk = everyone[rows.people["_place"].to_numpy()]
        except InputRefused:  # the champion reads columns that today's snapshots lack: nothing to compare with
            champion_risk = None

    tested = Tested(
        rows=rows,
        risk=fitted.risk(rows.matrix),
        baselines=baseline_scores(dataset, rows, spec.training.seed),
        champion_version=None if champion is None else champion.version,
        champion_risk=champion_risk,
        board=_board(dataset, shelf.workspace),
        columns=dataset.contract.names,
    )
    report, gates = evaluate(spec, tested)
    report["exposure"] = exposure_report(rows, tested.risk)
    latest = add_months(test_date, spec.split.test_months_before)
    report |= beyond_the_test_date(
        Judged(spec, shelf, dataset, latest, rows, tested.risk, fitted.risk, fitted.trees.contributions)
    )
    return report | {
        "test_date": str(test_date),
        "gates": [gate.as_json() for gate in gates],
        "reference": _reference(spec, shelf, dataset.contract, fitted, test_date),
    }


def _reference(
    spec: ModelSpec, shelf: Shelf, contract: FeatureContract, fitted: Fitted, test_date: date
) -> dict[str, Any]:
    """Return what later months are watched against, of everyone at the test date whom the version is for.

    The columns that the trees use, the estimates, and the sources held. No outcome is looked at.
    """
    matrix = shelf.matrix(test_date, contract)[shelf.is_for(spec.population, test_date).to_numpy()]
    gains = fitted.trees.gains()
    used = [place for place, name in enumerate(contract.names) if gains.get(name, 0) > 0]
    found = reference_of(matrix[:, used], [contract.names[place] for place in used], fitted.risk(matrix))
    sources = read_sources(shelf.workspace, test_date)
    return {**found, "sources": sources.filter(sources["is_present"])["table_name"].sort().to_list()}


def _board(dataset: Dataset, workspace: Workspace) -> Board:
    """Return whom lists are made for at the test date, and how many each practice says it can review."""
    capacity = workspace.settings.worklist.capacity
    return Board(dataset.registered, dataset.applies_to, {code: capacity(code).reviews for code in dataset.applies_to})


def _settled(
    spec: ModelSpec,
    registry: Registry,
    champion: ModelVersion | None,
    version: ModelVersion,
    report: dict[str, Any],
    *,
    barred: Sequence[int],
    is_new: bool,
) -> TrainingResult:
    """Promote the version if its gates hold and no breach is open, else leave it as challenger, and say so.

    A version that is not new is only promoted where there is no champion: one that was rolled back stays back.
    """
    gates = [GateResult(**gate) for gate in report["gates"]]
    against = reasons_against(gates)
    is_champion = champion is not None and champion.version == version.version
    against += [] if is_champion else breaches_open(registry.workspace, registry.bundle(version), barred)
    if is_champion:
        status = "unchanged"
    elif not against and (is_new or champion is None):
        registry.set_champion(spec.name, version.version)
        status = "champion"
    else:
        registry.set_challenger(spec.name, version.version)
        status = "challenger"
        against = against or ["registered before and not in use; promote it by hand if it should be"]
    return TrainingResult(
        name=spec.name,
        title=spec.title,
        status=status,
        version=version.version,
        test_date=date.fromisoformat(report["test_date"]),
        people=report["people"],
        reasons=tuple(against),
        figures={name: found for name, found in report["figures"].items() if found is not None},
        not_judged=tuple(f"{gate.gate}: {gate.words}" for gate in gates if gate.holds is None),
    )
