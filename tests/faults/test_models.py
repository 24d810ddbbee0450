"""Models and bad luck: a changed bundle, a snapshot that is not theirs, a promotion killed half-way, two at once."""

import json
import shutil
import subprocess
import sys

import polars as pl
import pytest

from riskstrat.lock import only_writer
from riskstrat.modelling.registry.versions import CHAMPION, Registry, rollback
from riskstrat.project import Workspace
from support.commands import run_riskstrat

NAME = "emergency_admission_12m"


def bundle_of(root):
    found = Registry(Workspace(root)).champion(NAME)
    return root / "mlartifacts" / found.run_id / "artifacts" / "bundle"


def edit(path, change):
    path.chmod(0o600)
    path.write_bytes(change(path.read_bytes()))


def as_another_format(content):
    return content.replace(b"riskstrat bundle 1", b"riskstrat bundle 9")


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("model.txt", lambda content: content[: len(content) // 2], "model.txt of"),
        ("model.txt", lambda content: content.replace(b"0.", b"1.", 1), "model.txt of"),
        ("calibrator.json", lambda content: content.replace(b"slope", b"slOpe"), "calibrator.json of"),
        ("bundle.json", as_another_format, "not the one that was registered"),
    ],
    ids=["truncated", "edited", "edited calibration", "unknown format"],
)
def test_a_bundle_that_is_not_the_registered_one_is_refused_and_the_release_stands(own_copy, file, change, said):
    edit(bundle_of(own_copy) / file, change)
    before = pl.read_parquet(own_copy / "store/scores/index_date=2026-11-01/part.parquet")
    finished = run_riskstrat(own_copy, "score", "--index-date", "2026-11-01")
    assert finished.returncode == 6, finished.stderr
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    after = pl.read_parquet(own_copy / "store/scores/index_date=2026-11-01/part.parquet")
    assert after.equals(before)
    assert run_riskstrat(own_copy, "verify").returncode == 0


SNAPSHOT = "store/features/index_date=2026-11-01/part.parquet"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop("age"), "lacks 1 column(s) that the model reads: age"),
        (lambda frame: frame.select("sex", pl.exclude("sex")), "another order: sex at place 1"),
        (lambda frame: frame.with_columns(efi=pl.lit("much")), "column efi holds words values"),
    ],
    ids=["missing", "reordered", "retyped"],
)
def test_columns_that_are_not_the_models_are_refused_by_name(own_copy, change, said):
    path = own_copy / SNAPSHOT
    change(pl.read_parquet(path)).write_parquet(path)
    finished = run_riskstrat(own_copy, "score", "--index-date", "2026-11-01")
    assert finished.returncode == 3, finished.stderr
    assert said in finished.stderr


def test_a_category_that_no_model_has_seen_is_unknown_and_counted(own_copy):
    path = own_copy / SNAPSHOT
    frame = pl.read_parquet(path)
    adults = frame.filter(pl.col("age") >= 18)["person_id"].head(3)
    is_one = pl.col("person_id").is_in(adults.implode())
    frame.with_columns(hfrs_band=pl.when(is_one).then(pl.lit("new")).otherwise(pl.col("hfrs_band"))).write_parquet(path)
    before = pl.read_parquet(own_copy / "store/score_status/index_date=2026-11-01/part.parquet")
    finished = run_riskstrat(own_copy, "score", "--index-date", "2026-11-01")
    assert finished.returncode == 0, finished.stderr
    assert "hfrs_band of 3 people" in finished.stderr
    after = pl.read_parquet(own_copy / "store/score_status/index_date=2026-11-01/part.parquet")
    unseen = [frame.filter(pl.col("model") == NAME)["unseen_values"].item() for frame in (before, after)]
    assert unseen[1] == unseen[0] + 3


KILLED = """
import os, signal, sys
from pathlib import Path
from riskstrat.modelling.registry import versions
from riskstrat.project import Workspace
registry = versions.Registry(Workspace(Path(sys.argv[1])))
registry._client.set_registered_model_alias = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
registry.set_champion("emergency_admission_12m", "2")
"""


def test_a_promotion_killed_between_its_two_writes_leaves_the_old_champion_and_can_be_done_again(published, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(published, root)
    second_version(root)
    dead = subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False, capture_output=True)
    assert dead.returncode == -9
    listed = json.loads(run_riskstrat(root, "models", "list", "--json").stdout)
    assert [row["version"] for row in listed if row["model"] == NAME and row["alias"] == CHAMPION] == ["1"]
    refused = run_riskstrat(root, "models", "rollback", NAME)
    assert refused.returncode == 2
    assert "first champion" in refused.stderr
    assert run_riskstrat(root, "score", "--index-date", "2026-11-01").returncode == 0
    registry = Registry(Workspace(root))
    registry.set_champion(NAME, "2")
    assert registry.champion(NAME).version == "2"
    assert rollback(Workspace(root), NAME) == "1"


def second_version(root):
    """Register the champion's own bundle a second time, as another version."""
    registry = Registry(Workspace(root))
    found = registry.champion(NAME)
    source = f"{(root / 'mlartifacts').as_uri()}/{found.run_id}/artifacts/bundle"
    tags = {"bundle_sha256": found.bundle_sha256, "model_sha256": "another"}
    registry._client.create_model_version(NAME, source, run_id=found.run_id, tags=tags)


@pytest.mark.parametrize("verb", [["models", "promote", NAME, "1"], ["models", "rollback", NAME], ["train", NAME]])
def test_two_that_change_the_registry_at_once_are_refused(own_copy, verb):
    with only_writer(Workspace(own_copy)):
        finished = run_riskstrat(own_copy, *verb)
    assert finished.returncode == 5
    assert "another riskstrat run" in finished.stderr
