"""However many ranges of people a board is worked through in, its labels say the same; half a build changes nothing."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.features import build_labels, build_snapshots, latest_complete_index_date, read_labels
from riskstrat.features import labels as of_labels
from riskstrat.features.horizons import labels
from riskstrat.intake import take_drop
from riskstrat.project import Workspace, add_months
from riskstrat.synthetic import generate_drop
from riskstrat.warehouse import GrowingFile


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with 600 people and snapshots at three index dates."""
    root = tmp_path_factory.mktemp("ranges")
    generate_drop(600, 11, root / "drop")
    made = Workspace(root / "workspace")
    made.key_file.parent.mkdir(parents=True)
    made.key_file.write_text("ef" * 32)
    made.key_file.chmod(0o600)
    take_drop(made, root / "drop")
    build_snapshots(made, dates(made))
    return made


def dates(workspace: Workspace) -> list[date]:
    latest = min(latest_complete_index_date(workspace, label) for label in labels())
    return [add_months(latest, -12), add_months(latest, -6), latest]


def files(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted((workspace.store / "labels").rglob("*")) if path.is_file()}


def ranges_said(said: list[str]) -> int:
    return sum(line.startswith("what happened") for line in said)


def forget(workspace: Workspace) -> None:
    for note in (workspace.store / "labels").rglob("inputs.json"):
        note.unlink()


def test_one_range_and_many_make_the_same_labels(workspace, monkeypatch):
    wanted = {label: dates(workspace) for label in labels()}
    said: list[str] = []
    monkeypatch.setattr(of_labels, "ROWS_AT_ONCE", 10**9)
    made = build_labels(workspace, wanted, said.append)
    assert [len(paths) for paths in made.values()] == [3, 3, 3, 3]
    assert ranges_said(said) == 1, "what all labels and dates stand on is made once"
    alone = {path: pl.read_parquet(path) for paths in made.values() for path in paths}
    assert all(0 < frame["outcome"].sum() < len(frame) for frame in alone.values())
    assert all(frame["person_id"].is_sorted() for frame in alone.values())
    forget(workspace)
    said.clear()
    monkeypatch.setattr(of_labels, "ROWS_AT_ONCE", 400)
    build_labels(workspace, wanted, said.append)
    assert ranges_said(said) >= 4
    several = {path: pl.read_parquet(path) for path in alone}
    assert [path for path in alone if not several[path].equals(alone[path])] == []
    assert all(several[path].schema == alone[path].schema for path in alone)


def test_people_of_the_snapshot_whom_no_drop_holds_now_keep_their_row(workspace, monkeypatch):
    """A later drop may hold fewer people than the snapshot: those outside every range are of the first or the last."""
    day = dates(workspace)[0]
    path = workspace.part("features", day)
    whole = path.read_bytes()
    held = pl.read_parquet(path)
    last = held.tail(1).with_columns(person_id=pl.col("person_id") + 10_000)
    first = held.head(1).with_columns(person_id=pl.col("person_id") - 10_000)
    try:
        pl.concat([first, held, last]).write_parquet(path)
        monkeypatch.setattr(of_labels, "ROWS_AT_ONCE", 400)
        build_labels(workspace, {"death_12m": [day]})
        rows = read_labels(workspace, "death_12m", day)
        assert len(rows) == len(held) + 2
        assert rows["outcome"].to_list()[:: len(rows) - 1] == [0, 0]
    finally:
        path.write_bytes(whole)


def test_a_label_build_that_stops_half_way_leaves_the_files_there_were(workspace, monkeypatch):
    wanted = {label: dates(workspace)[:2] for label in ("death_12m", "emergency_admission_30d")}
    forget(workspace)
    build_labels(workspace, wanted)
    forget(workspace)
    before = files(workspace)
    monkeypatch.setattr(of_labels, "ROWS_AT_ONCE", 400)
    calls = []

    def fails(self: GrowingFile, batches: object) -> None:
        calls.append(self)
        if len(calls) > 6:  # in the second range, when every file has rows of the first
            raise OSError("No space left on device")
        append(self, batches)

    append = GrowingFile.append
    monkeypatch.setattr(GrowingFile, "append", fails)
    with pytest.raises(OSError, match="No space left"):
        build_labels(workspace, wanted)
    assert files(workspace) == before, "neither a file nor a half of one"
    monkeypatch.undo()
    build_labels(workspace, wanted)
    assert {path: held for path, held in files(workspace).items() if path.name != "inputs.json"} == before


def test_a_file_that_took_its_name_without_a_note_is_made_again(workspace, monkeypatch):
    """The note of the old inputs goes before the new file comes: it never speaks for a file it did not see."""
    day = dates(workspace)[0]
    ((path,),) = build_labels(workspace, {"death_12m": [day]}).values()
    note = path.with_name("inputs.json")
    note.write_text(note.read_text().replace('"inputs": "', '"inputs": "x'))
    finish = GrowingFile.finish

    def dies(self: GrowingFile) -> None:
        finish(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(GrowingFile, "finish", dies)
    with pytest.raises(KeyboardInterrupt):
        build_labels(workspace, {"death_12m": [day]})
    assert path.is_file()
    assert not note.exists()
    monkeypatch.undo()
    said: list[str] = []
    build_labels(workspace, {"death_12m": [day]}, said.append)
    assert ranges_said(said) == 1


def test_nothing_is_written_where_one_of_several_labels_is_refused(workspace):
    day = add_months(latest_complete_index_date(workspace, "emergency_admission_12m"), 1)
    build_snapshots(workspace, [day])
    forget(workspace)
    before = files(workspace)
    with pytest.raises(InputRefused, match=f"emergency_admission_12m at {day} is not complete"):
        build_labels(workspace, {"death_12m": [dates(workspace)[0]], "emergency_admission_12m": [day]})
    assert files(workspace) == before
