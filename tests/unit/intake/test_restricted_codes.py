"""Legally restricted codes are in neither store nor quarantine, in any code system. The codes here are made up."""

from pathlib import Path

import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.intake import take_drop
from riskstrat.project import Workspace
from support.drops import NUMBERS, tables, workspace, write_drop


def board_with(tmp_path: Path, lists: dict[str, list[str]]) -> Workspace:
    board = workspace(tmp_path / "board")
    folder = board.root / "codelists" / "legally_restricted"
    folder.mkdir(parents=True)
    for system, codes in lists.items():
        rows = [f"legally_restricted,{system},{code},made up,1,test" for code in codes]
        (folder / f"{system}.1.csv").write_text("\n".join(["list_id,system,code,term,version,source", *rows]) + "\n")
    return board


def test_restricted_codes_go_in_every_system(tmp_path: Path) -> None:
    frames = tables()
    frames["apc_episode"] = frames["apc_episode"].with_columns(
        diagnosis_01=pl.Series(["Q99.1", "Q991X", "Q98", "q991"]), procedure_01=pl.Series(["X999", "X99", "X98", None])
    )
    frames["gp_prescription"] = pl.DataFrame(
        {
            "nhs_number": NUMBERS[:3],
            "issue_date": ["2026-01-05"] * 3,
            "bnf_code": ["9901010A0", "9902", None],
            "dmd_code": [None, None, "555555"],
        }
    )
    frames["ecds_attendance"] = pl.DataFrame(
        {
            "nhs_number": [NUMBERS[0], NUMBERS[11]],
            "attendance_id": ["a1", "a2"],
            "arrival_date": ["2026-01-05"] * 2,
            "department_type": ["01"] * 2,
            "chief_complaint": ["100005", "100005"],
        }
    )
    lists = {"snomed_ct": ["100005"], "icd10": ["Q991"], "opcs4": ["X99"], "bnf": ["990101"], "dmd": ["555555"]}
    board = board_with(tmp_path, lists)
    result = take_drop(board, write_drop(tmp_path / "drop", frames))
    counts = {name: (q.dropped, q.blanked_codes, q.taken) for name, q in result.tables.items()}
    assert counts["gp_event"] == (1, 0, 39)
    assert counts["gp_prescription"] == (2, 0, 1)
    assert counts["apc_episode"] == (0, 5, 4)
    assert counts["ecds_attendance"] == (0, 2, 1)
    for place in (board.store, board.quarantine):
        for path in place.rglob("*.parquet"):
            text = str(pl.read_parquet(path).rows())
            assert not [code for code in ("100005", "Q991", "Q99.1", "q991", "X99", "9901", "555555") if code in text]


def test_a_new_list_makes_the_same_drop_new(tmp_path: Path) -> None:
    board = board_with(tmp_path, {})
    drop = write_drop(tmp_path / "drop")
    assert take_drop(board, drop).is_new
    (board.root / "codelists" / "legally_restricted" / "snomed_ct.2.csv").write_text("system,code\nsnomed_ct,100005\n")
    assert take_drop(board, drop, accept_restatement="the law").tables["gp_event"].dropped == 1


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    board = board_with(tmp_path, {"icd10": ["Q99", "Q9[9"]})
    with pytest.raises(UsageFault, match=r"line 3 of icd10\.1\.csv is not a restricted code"):
        take_drop(board, write_drop(tmp_path / "drop"))
