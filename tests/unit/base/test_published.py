"""What was published is what the audit log says: nothing that readers hold is forgotten, and nothing is slipped in."""

import json
import shutil
from pathlib import Path

import pytest

from riskstrat import audit
from riskstrat.errors import IntegrityFault, UsageFault
from riskstrat.files import sha256_of
from riskstrat.project import Workspace
from riskstrat.published import current, population_folders, staging_folder, verify, verify_log
from riskstrat.release import published_rules

FIRST, SECOND = "2026-10-01.1", "2026-11-01.1"


def publish(workspace, name, place=None):
    """Put a release with one printed file in its place, or another one, and record it as a run does."""
    folder = place or workspace.releases / name
    (folder / "population").mkdir(parents=True)
    printed = folder / "population" / "population.csv"
    printed.write_text("period\n", encoding="utf-8")
    files = [{"file": "population/population.csv", "sha256": sha256_of(printed)}]
    (folder / "manifest.json").write_text(json.dumps({"release": name, "inputs": {}, "files": files}))
    audit.record(workspace, "release published", release=name, manifest_sha256=sha256_of(folder / "manifest.json"))


@pytest.fixture
def workspace(tmp_path):
    """Two releases, of which the second is current."""
    workspace = Workspace(tmp_path)
    for name in (FIRST, SECOND):
        publish(workspace, name)
    (workspace.releases / "current.json").write_text(json.dumps({"release": SECOND}))
    return workspace


def test_what_was_published_is_what_is_there(workspace):
    assert verify_log(workspace) == 2
    assert [folder.parent.name for folder in population_folders(workspace)] == [FIRST, SECOND]
    assert verify(workspace, FIRST)["release"] == FIRST


@pytest.mark.parametrize("asked", [verify_log, population_folders, lambda workspace: verify(workspace, FIRST)])
def test_a_release_that_readers_hold_and_whose_folder_is_gone_is_not_forgotten(workspace, asked):
    shutil.rmtree(workspace.releases / FIRST)
    with pytest.raises(IntegrityFault, match=f"release {FIRST} was published, and its folder is gone") as refused:
        asked(workspace)
    assert "put it back" in str(refused.value.help_lines)


def test_a_release_whose_run_died_before_it_was_in_place_was_never_given_to_anybody(workspace):
    name = "2026-11-01.2"
    publish(workspace, name, staging_folder(workspace, name))
    assert verify_log(workspace) == 3
    assert len(population_folders(workspace)) == 2
    audit.record(workspace, "release abandoned", release=name)
    shutil.rmtree(staging_folder(workspace, name))
    assert len(population_folders(workspace)) == 2
    publish(workspace, name)
    assert len(population_folders(workspace)) == 3
    shutil.rmtree(workspace.releases / name)
    with pytest.raises(IntegrityFault, match="is gone"):
        population_folders(workspace)


def test_a_manifest_that_is_gone_is_said_of_its_release(workspace):
    (workspace.releases / FIRST / "manifest.json").unlink()
    for asked in (verify_log, population_folders):
        with pytest.raises(IntegrityFault, match=f"release {FIRST}: its manifest is missing"):
            asked(workspace)


@pytest.mark.parametrize("content", ["[]", "null", "[" * 100_000, '{"files": ' + "1" * 5000 + "}", '{"files": 5}'])
def test_a_manifest_that_is_none_is_said_of_its_release(workspace, content):
    path = workspace.releases / SECOND / "manifest.json"
    path.unlink()
    path.write_text(content, encoding="utf-8")
    for asked in (verify_log, population_folders, verify, published_rules):
        with pytest.raises(IntegrityFault, match=f"release {SECOND}: its manifest is missing or cannot be read"):
            asked(workspace)


def test_the_rules_of_a_manifest_that_was_changed_are_not_read(workspace):
    path = workspace.releases / SECOND / "manifest.json"
    path.write_text('{"files": [], "inputs": {}}', encoding="utf-8")
    with pytest.raises(IntegrityFault, match="not the one the audit log recorded"):
        published_rules(workspace)


def test_a_release_that_is_put_in_place_meanwhile_is_not_gone(workspace, monkeypatch):
    name, look = "2026-11-01.2", Path.is_dir
    publish(workspace, name, staging_folder(workspace, name))

    def look_and_then_it_is_renamed(path):
        found = look(path)
        if path.name.endswith(name) and look(staging_folder(workspace, name)):
            staging_folder(workspace, name).rename(workspace.releases / name)
        return found

    monkeypatch.setattr(Path, "is_dir", look_and_then_it_is_renamed)
    assert len(population_folders(workspace)) == 3


@pytest.mark.parametrize("name", ["2026-12-01.1", "1" * 300, "../releases", ".staging-1", "current.json", "a\0b"])
def test_there_is_no_release_of_that_name(workspace, name):
    with pytest.raises(UsageFault, match="there is no release") as refused:
        verify(workspace, name)
    assert f"{FIRST}, {SECOND}" in str(refused.value.help_lines)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "[" * 100_000, "1" * 5000, '{"release": "../x"}'])
def test_a_file_that_does_not_say_which_is_current_is_refused_with_the_way_out(workspace, content):
    path = workspace.releases / "current.json"
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(IntegrityFault, match=r"current\.json does not name a release") as refused:
        current(workspace)
    assert "take it away" in str(refused.value.help_lines)
