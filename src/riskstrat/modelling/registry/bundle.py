"""A model as files: LightGBM's text and JSON, each with its hash. Nothing here can run code, and nothing is pickled.

The order of reading is fixed: ``bundle.json`` must have the hash that the registry holds, each file must have the hash
that ``bundle.json`` holds, and only then is anything parsed, because a truncated LightGBM text ends the whole process.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.errors import IntegrityFault
from riskstrat.modelling.datasets.feature_contract import FeatureContract
from riskstrat.modelling.spec import ModelSpec, parse_spec
from riskstrat.modelling.training.booster import Trees
from riskstrat.modelling.training.calibration import Calibrator, Floats

FORMAT = "riskstrat bundle 1"
MANIFEST = "bundle.json"
FILES = ("model.txt", "calibrator.json", "feature_contract.json", "training.json", "evaluation.json", "spec.toml")


def as_json(value: Any) -> str:
    """Return JSON whose text depends on the value alone."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class ModelFiles:
    """What a model is, before anybody looked at how it does: the same inputs give the same ``sha256``."""

    name: str
    spec_text: str
    model_text: str
    calibrator: Calibrator
    contract: FeatureContract
    training: dict[str, Any]

    @cached_property
    def contents(self) -> dict[str, str]:
        """File name to text."""
        return {
            "model.txt": self.model_text,
            "calibrator.json": as_json({"intercept": self.calibrator.intercept, "slope": self.calibrator.slope}),
            "feature_contract.json": as_json(self.contract.as_json()),
            "training.json": as_json(self.training),
            "spec.toml": self.spec_text,
        }

    @cached_property
    def sha256(self) -> str:
        """One hash over all of it."""
        return sha256_of(as_json(self.contents).encode())


def write_bundle(folder: Path, model: ModelFiles, evaluation: dict[str, Any]) -> str:
    """Write a bundle into ``folder`` and return the hash of its manifest, which the registry keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for file, text in {**model.contents, "evaluation.json": as_json(evaluation)}.items():
        content = text.encode()
        (folder / file).write_bytes(content)
        hashes[file] = sha256_of(content)
    manifest = as_json({"format": FORMAT, "model": model.name, "files": hashes}).encode()
    (folder / MANIFEST).write_bytes(manifest)
    return sha256_of(manifest)


@dataclass(frozen=True)
class Bundle:
    """A model whose every byte was checked."""

    model: str
    sha256: str
    texts: dict[str, str]
    threads: int = 2

    @cached_property
    def spec(self) -> ModelSpec:
        """The spec it was trained by."""
        return parse_spec(self.model, self.texts["spec.toml"])

    @cached_property
    def contract(self) -> FeatureContract:
        """Which columns it reads, in which order."""
        return FeatureContract.from_json(json.loads(self.texts["feature_contract.json"]))

    @cached_property
    def calibrator(self) -> Calibrator:
        """Its calibration."""
        values = json.loads(self.texts["calibrator.json"])
        found = Calibrator(float(values["intercept"]), float(values["slope"]))
        if not (math.isfinite(found.intercept) and found.slope > 0):
            raise IntegrityFault(f"{self.model}: the calibrator is not a rising line")
        return found

    @cached_property
    def training(self) -> dict[str, Any]:
        """Dates, seeds, parameters, hashes and attrition of its training."""
        return dict(json.loads(self.texts["training.json"]))

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """Its one evaluation, with the gates' results."""
        return dict(json.loads(self.texts["evaluation.json"]))

    @cached_property
    def trees(self) -> Trees:
        """The booster."""
        try:
            return Trees(self.texts["model.txt"], self.contract.names, self.threads)
        except ValueError as fault:
            raise IntegrityFault(f"{self.model}: {fault}") from None

    def risk(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return calibrated probabilities of an encoded matrix."""
        return self.calibrator.apply(self.trees.raw(matrix))

    def score(self, snapshot: pl.DataFrame) -> tuple[Floats, dict[str, int]]:
        """Return calibrated probabilities of a snapshot's people, and unseen words by column.

        Raises ``InputRefused`` where the snapshot's columns are not the contract's by name, order and type.
        """
        matrix, unseen = self.contract.encode(snapshot)
        return self.risk(matrix), unseen


def read_bundle(folder: Path, *, model: str, sha256: str, threads: int = 2) -> Bundle:
    """Read a bundle, hashes first; raises ``IntegrityFault`` (exit 6) for anything missing, changed or unknown."""
    manifest = _read(folder / MANIFEST, model)
    if sha256_of(manifest) != sha256:
        raise IntegrityFault(f"the bundle of {model} is not the one that was registered", *_HELP)
    listed = json.loads(manifest)
    if listed.get("format") != FORMAT or listed.get("model") != model or set(listed.get("files", ())) != set(FILES):
        raise IntegrityFault(f"the bundle of {model} has a format that this version does not know", *_HELP)
    texts = {}
    for file in FILES:
        content = _read(folder / file, model)
        if sha256_of(content) != listed["files"][file]:
            raise IntegrityFault(f"{file} of {model} was changed after it was registered; it was not opened", *_HELP)
        texts[file] = content.decode()
    return Bundle(model, sha256, texts, threads)


_HELP = ("restore mlartifacts/ from a backup, roll back to the champion before, or train again",)


def _read(path: Path, model: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise IntegrityFault(f"the bundle of {model} has no {path.name}", *_HELP) from None
