"""The registry: MLflow on SQLite in the workspace, with aliases ``champion`` and ``challenger``.

MLflow keeps runs, versions, aliases and the bundles' files (``mlflow.db``, ``mlartifacts/``), and its own page opens
them. We never let it load a model: a bundle is found by its run, checked by the hash that its version is tagged with,
and read by ``riskstrat.modelling.registry.bundle``. MLflow stamps runs with the wall clock; no output of ours reads the
stamps.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskstrat.errors import IntegrityFault, NotPermitted, UsageFault
from riskstrat.modelling.datasets.feature_contract import FeatureContract
from riskstrat.modelling.datasets.inputs import barred_from_training
from riskstrat.modelling.monitoring.standing import breaches_open
from riskstrat.modelling.registry.bundle import Bundle, ModelFiles, read_bundle
from riskstrat.project import Workspace

CHAMPION, CHALLENGER = "champion", "challenger"
_HISTORY = "champions"
_EXPERIMENT = "riskstrat"
_ARTIFACTS = "mlartifacts"
_FOLDER = "bundle"


@dataclass(frozen=True)
class ModelVersion:
    """One registered version: its aliases, the hash of its bundle, and the run that holds its files."""

    name: str
    version: str
    aliases: tuple[str, ...]
    bundle_sha256: str
    model_sha256: str
    run_id: str


class Registry:
    """The registry of one workspace. Opening it makes ``mlflow.db`` where there is none."""

    def __init__(self, workspace: Workspace) -> None:
        """Open the registry."""
        self.workspace = workspace
        self._client = _client(str(workspace.root.resolve()))

    @staticmethod
    def exists(workspace: Workspace) -> bool:
        """Return whether a registry was ever opened here, without opening it (MLflow is slow to import)."""
        return (workspace.root / "mlflow.db").is_file()

    def versions(self, name: str) -> list[ModelVersion]:
        """Return every version of a model, oldest first."""
        found = self._client.search_model_versions(f"name = '{name}'")
        aliases = self._aliases(name)
        return [_version_of(v, aliases) for v in sorted(found, key=lambda v: int(v.version))]

    def names(self) -> list[str]:
        """Return the names of registered models, in order."""
        return sorted(model.name for model in self._client.search_registered_models())

    def version(self, name: str, version: str) -> ModelVersion:
        """Return one version; raises ``UsageFault`` where there is none."""
        known = self.versions(name)
        for found in known:
            if found.version == str(version):
                return found
        raise UsageFault(
            f"{name} has no version {version}", f"known versions: {', '.join(v.version for v in known) or 'none'}"
        )

    def champion(self, name: str) -> ModelVersion | None:
        """Return the version in use, or ``None``.

        Raises ``IntegrityFault`` where it was made champion past the gates, on MLflow's own page.
        """
        found = self._named_champion(name)
        if found is not None and found.version not in self._promoted(name):
            raise IntegrityFault(
                f"{name} version {found.version} was made champion without riskstrat, so no gate was asked",
                f"go back to the last that was promoted:  riskstrat models rollback {name}",
            )
        return found

    def _named_champion(self, name: str) -> ModelVersion | None:
        aliases = self._aliases(name)
        if CHAMPION not in aliases:
            return None
        return _version_of(self._client.get_model_version(name, aliases[CHAMPION]), aliases)

    def bundle(self, found: ModelVersion) -> Bundle:
        """Return a version's bundle, every byte checked; raises ``IntegrityFault``."""
        if len(found.run_id) != 32 or not found.run_id.isalnum():
            raise IntegrityFault(f"{found.name} version {found.version} names no run that could hold its files")
        folder = self._bundle_folder(found.run_id)
        threads = self.workspace.settings.engine.threads
        return read_bundle(folder, model=found.name, sha256=found.bundle_sha256, threads=threads)

    def register(
        self,
        model: ModelFiles,
        folder: Path,
        sha256: str,
        *,
        parameters: Mapping[str, object],
        figures: Mapping[str, float],
    ) -> ModelVersion:
        """Log a run with the bundle's files, register it as a version, and return the version."""
        run_id = self._log_run(model, folder, parameters, figures)
        if model.name not in self.names():
            self._client.create_registered_model(model.name)
        source = f"{self._artifact_root()}/{run_id}/artifacts/{_FOLDER}"
        tags = {"bundle_sha256": sha256, "model_sha256": model.sha256}
        made = self._client.create_model_version(model.name, source, run_id=run_id, tags=tags)
        return self.version(model.name, str(made.version))

    def set_champion(self, name: str, version: str) -> None:
        """Make a version champion and remember the one before; gates are the caller's to ask."""
        history = [*self._history(name), version]
        self._client.set_registered_model_tag(name, _HISTORY, json.dumps(history))
        self._client.set_registered_model_alias(name, CHAMPION, version)
        if self._aliases(name).get(CHALLENGER) == version:
            self._client.delete_registered_model_alias(name, CHALLENGER)

    def set_challenger(self, name: str, version: str) -> None:
        """Offer a version as challenger."""
        self._client.set_registered_model_alias(name, CHALLENGER, version)

    def roll_back(self, name: str) -> str | None:
        """Make the champion before champion again, and the present one challenger; return its version.

        ``None`` where the present one came past the gates and nothing was ever promoted: then there is no champion.
        Raises ``UsageFault`` where there is no champion or none before it.
        """
        current = self._named_champion(name)
        if current is None:
            raise UsageFault(f"{name} has no champion to roll back from")
        history = [v for v in self._history(name) if v != current.version]
        if not history and current.version not in self._promoted(name):
            self._client.delete_registered_model_alias(name, CHAMPION)
            return None
        if not history:
            raise UsageFault(f"{name} version {current.version} is the first champion; there is none before it")
        before = history[-1]
        self.bundle(self.version(name, before))
        self._client.set_registered_model_alias(name, CHAMPION, before)
        self._client.set_registered_model_alias(name, CHALLENGER, current.version)
        self._client.set_registered_model_tag(name, _HISTORY, json.dumps(history))
        return before

    def _aliases(self, name: str) -> dict[str, str]:
        for model in self._client.search_registered_models(f"name = '{name}'"):
            return {alias: str(version) for alias, version in model.aliases.items()}
        return {}

    def _history(self, name: str) -> list[str]:
        """Return past champions, oldest first, ending with the present one if it came here through ``promote``.

        What was written after it belongs to a promotion that was interrupted before the alias moved.
        """
        current = self._aliases(name).get(CHAMPION)
        past = self._promoted(name)
        while past and current in (*past, None) and past[-1] != current:
            past.pop()
        return past

    def _promoted(self, name: str) -> list[str]:
        for model in self._client.search_registered_models(f"name = '{name}'"):
            return [str(version) for version in json.loads(model.tags.get(_HISTORY, "[]"))]
        return []

    def _bundle_folder(self, run_id: str) -> Path:
        return self.workspace.root / _ARTIFACTS / run_id / "artifacts" / _FOLDER

    def _artifact_root(self) -> str:
        return (self.workspace.root.resolve() / _ARTIFACTS).as_uri()

    def _experiment(self) -> str:
        """Return the experiment whose files lie in this workspace.

        MLflow keeps an experiment's folder as an absolute path: a workspace that was moved or copied would go on
        writing into the old one. The old experiment keeps its runs under another name, and a new one takes its place.
        """
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        if found is not None and found.artifact_location != self._artifact_root():
            self._client.rename_experiment(found.experiment_id, f"{_EXPERIMENT}, before a move ({found.experiment_id})")
            found = None
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(_EXPERIMENT, artifact_location=self._artifact_root()))

    def _log_run(
        self,
        model: ModelFiles,
        folder: Path,
        parameters: Mapping[str, object],
        figures: Mapping[str, float],
    ) -> str:
        from mlflow.entities import Metric, Param

        run = self._client.create_run(self._experiment(), run_name=model.name)
        run_id = str(run.info.run_id)
        self._client.log_batch(
            run_id,
            metrics=[Metric(key, value, 0, 0) for key, value in sorted(figures.items())],
            params=[Param(key, str(value)) for key, value in sorted(parameters.items())],
        )
        _write_signature(folder / "MLmodel", run_id, model.contract)
        # Where MLflow would put them too, unless the workspace was moved: its experiment still names the old place.
        shutil.copytree(folder, self._bundle_folder(run_id))
        self._client.set_terminated(run_id, "FINISHED")
        return run_id


def _version_of(found: Any, aliases: Mapping[str, str]) -> ModelVersion:
    """Return MLflow's version as ours; ``aliases`` are those of its model, each with the version it names."""
    return ModelVersion(
        str(found.name),
        str(found.version),
        tuple(sorted(alias for alias, version in aliases.items() if version == str(found.version))),
        str(found.tags.get("bundle_sha256", "")),
        str(found.tags.get("model_sha256", "")),
        str(found.run_id),
    )


def _write_signature(path: Path, run_id: str, contract: FeatureContract) -> None:
    """Write MLflow's own description beside the bundle, so that its page shows the signature; nothing of ours reads it.

    Inputs are declared double and optional: MLflow drops a signature whose integer columns hold missing values.
    """
    from mlflow.models import Model
    from mlflow.models.signature import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec("double", feature, required=False) for feature in contract.names])
    Model(
        artifact_path=_FOLDER,
        run_id=run_id,
        signature=ModelSignature(inputs=inputs, outputs=Schema([ColSpec("double", "risk")])),
    ).save(str(path))


@lru_cache(maxsize=4)
def _client(root: str) -> Any:
    """Return the one client of a workspace: opening the database takes MLflow seconds the first time."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    import logging

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    Path(root).mkdir(parents=True, exist_ok=True)
    uri = f"sqlite:///{Path(root) / 'mlflow.db'}"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


@dataclass(frozen=True)
class Champion:
    """A model's version in use, with the hash of its bundle."""

    model: str
    version: str
    sha256: str


def champions(workspace: Workspace) -> list[Champion]:
    """Return every model's champion, in order of model."""
    if not Registry.exists(workspace):
        return []
    registry = Registry(workspace)
    found = (registry.champion(name) for name in registry.names())
    return [Champion(v.name, v.version, v.bundle_sha256) for v in found if v is not None]


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """Return one row per registered version, by model and version, with headline figures and broken gates."""
    if not Registry.exists(workspace):
        return []
    registry = Registry(workspace)
    rows = []
    for found in (v for name in registry.names() for v in registry.versions(name)):
        evaluation = registry.bundle(found).evaluation
        rows.append(
            {
                "model": found.name,
                "version": found.version,
                "alias": ", ".join(found.aliases),
                "test_date": evaluation["test_date"],
                "auroc": in_words(evaluation["figures"]["auroc"]),
                "calibration_slope": in_words(evaluation["figures"]["calibration_slope"]),
                "gates_broken": sum(gate["holds"] is False for gate in evaluation["gates"]),
            }
        )
    return rows


NOT_KEPT = {"value": None, "low": None, "high": None, "why": "not kept by the software that tested this version"}
"""A figure that an earlier version of the software did not make."""


def in_words(figure: Mapping[str, Any] | None) -> str:
    """Return a figure with its interval as it is read, for example "0.745 (0.721 to 0.770)"."""
    if figure == NOT_KEPT:
        return "not kept"
    if figure is None or figure["value"] is None:
        return "too few"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def champion_bundle(workspace: Workspace, name: str) -> tuple[ModelVersion, Bundle] | None:
    """Return a model's champion with its checked bundle, or ``None`` where there is no champion.

    Raises ``IntegrityFault`` where the bundle was changed, or the version was made champion past the gates.
    """
    if not Registry.exists(workspace):
        return None
    registry = Registry(workspace)
    found = registry.champion(name)
    return None if found is None else (found, registry.bundle(found))


def promote(workspace: Workspace, name: str, version: str | int) -> ModelVersion:
    """Make a version champion; raises ``NotPermitted`` with the reasons if a gate is broken or a breach is open.

    A breach is open where its inputs or sources today are not those it was tested on (``monitoring.standing``). The
    comparison with the champion holds against the champion it was made with; another champion since then means
    training again.
    """
    registry, found = opened(workspace, name, version)
    bundle = registry.bundle(found)
    against = [f"{g['gate']}: {g['words']}" for g in bundle.evaluation["gates"] if g["holds"] is False]
    champion = registry.champion(name)
    compared = bundle.evaluation.get("champion_compared_with")
    if champion is not None and champion.version not in (found.version, compared):
        against.append(
            f"compared with {f'version {compared}' if compared else 'no champion'} when it was trained, "
            f"but the champion is version {champion.version} now: train again"
        )
    against += breaches_open(workspace, bundle, barred_from_training(workspace))
    if against:
        raise NotPermitted(f"{name} version {version} was not promoted", *against)
    registry.set_champion(name, found.version)
    return registry.version(name, found.version)


def rollback(workspace: Workspace, name: str) -> str | None:
    """Make the champion before champion again in one step and return its version; the caller writes the audit log.

    ``None`` where nothing was ever promoted through gates: the model has no champion then. Raises
    ``UsageFault`` where there is none before, ``IntegrityFault`` where its bundle was changed.
    """
    return opened(workspace, name, None)[0].roll_back(name)


def opened(workspace: Workspace, name: str, version: str | int | None) -> tuple[Registry, ModelVersion]:
    """Return the registry and a version of a model: the one named, else the champion, else the newest.

    Raises ``UsageFault`` where nothing of that name is registered.
    """
    if re.fullmatch("[a-z0-9_]+", name) and Registry.exists(workspace):
        registry = Registry(workspace)
        known = registry.versions(name)
        if known:
            if version is not None:
                return registry, registry.version(name, str(version))
            return registry, next((v for v in known if CHAMPION in v.aliases), known[-1])
    raise UsageFault(f"no version of {name} is registered", "train it first: riskstrat train")
