"""The NHS artificial HES files: what ``docs/how-to/read-hes-files.md`` says of them is counted again here."""

from pathlib import Path

import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.intake import IntakeResult, expose, identities, lookup, take_drop
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse
from support.drops import store_bytes, workspace

HES = Path(__file__).parents[3] / "shared" / "data" / "nhs_artificial_hes"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "read-hes-files.md"
EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2D")

pytestmark = pytest.mark.skipif(not HES.is_dir(), reason="the artificial HES files are not beside this checkout")


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, IntakeResult]:
    board = workspace(tmp_path_factory.mktemp("hes") / "board")
    return board, take_drop(board, HES, adapter="hes")


def rows(board: Workspace, sql: str) -> list[tuple[object, ...]]:
    with Warehouse(board.scratch) as warehouse:
        expose(warehouse, board)
        return warehouse.rows(sql)


def test_rows_in_taken_and_quarantined_and_why(taken: tuple[Workspace, IntakeResult]) -> None:
    _, result = taken
    found = {name: (q.rows_in, q.taken, q.quarantined) for name, q in result.tables.items()}
    assert found == {
        "person": (1935, 1927, {"birth_date: missing": 8}),
        "registration": (
            3950,
            3934,
            {"nhs_number: not in person": 10, "start_date: more than 90 days after death": 6},
        ),
        "practice": (2938, 2938, {}),
        "apc_episode": (
            2075,
            2060,
            {
                "admission_date: missing": 1,
                "admission_date: more than 90 days after death": 6,
                "nhs_number: not in person": 8,
            },
        ),
        "ecds_attendance": (1000, 998, {"nhs_number: not in person": 2}),
        "outpatient_appointment": (1000, 1000, {}),
    }
    assert not any(q.duplicates or q.conflicts or q.dropped for q in result.tables.values())


def test_spells_before_and_after_quarantine(taken: tuple[Workspace, IntakeResult]) -> None:
    """Counted before any quarantine straight from the file, and after it from the store."""
    board, _ = taken
    raw = pl.read_csv(HES / "artificial_hes_apc_0102.csv", infer_schema=False)
    order = ["PSEUDO_HESID", "ADMIDATE", pl.col("EPIORDER").cast(pl.Int32), "EPISTART", "EPIEND", "EPIKEY"]
    spells = raw.sort(order).group_by("PSEUDO_HESID", "ADMIDATE").agg(pl.first("ADMIMETH"))
    assert (len(raw), len(spells)) == (2075, 1967)
    assert spells["ADMIMETH"].is_in(EMERGENCY).sum() == 774
    stored = rows(
        board,
        "SELECT COUNT(*), COUNT(*) FILTER (method IN ('21','22','23','24','25','28','2A','2B','2D')) FROM (SELECT "
        "ARG_MIN(admission_method, episode_number) AS method FROM intake.apc_episode "
        "GROUP BY person_id, provider_code, spell_id)",
    )
    assert stored == [(1952, 771)]
    # EPIORDER repeats within a stay, so the adapter numbers episodes itself.
    assert raw.select("PSEUDO_HESID", "ADMIDATE", "EPIORDER").unique().height == 1983


def test_codes_lose_their_padding_and_sentinels_their_date(taken: tuple[Workspace, IntakeResult]) -> None:
    board, _ = taken
    codes = rows(
        board,
        "SELECT COUNT(*) FILTER (diagnosis_01 = 'R54'), "
        "COUNT(*) FILTER (diagnosis_01 LIKE '%X' OR diagnosis_02 LIKE '-%'), "
        "COUNT(*) FILTER (treatment_function_code = '&'), COUNT(*) FILTER (procedure_01 LIKE '-%') "
        "FROM intake.apc_episode",
    )
    raw = pl.read_csv(HES / "artificial_hes_apc_0102.csv", infer_schema=False)
    assert codes[0][1:] == (0, 0, 0)
    assert 0 < int(str(codes[0][0])) <= int((raw["DIAG_4_01"] == "R54X").sum())
    assert rows(board, "SELECT MIN(admission_date) > DATE '1990-01-01' FROM intake.apc_episode") == [(True,)]


def test_attendances_and_appointments_speak_the_contract(taken: tuple[Workspace, IntakeResult]) -> None:
    board, _ = taken
    categories = rows(
        board, "SELECT attendance_category, COUNT(*) FROM intake.ecds_attendance GROUP BY 1 ORDER BY 1 NULLS LAST"
    )
    assert categories == [("1", 926), ("2", 18), ("4", 43), (None, 11)]
    assert rows(board, "SELECT DISTINCT department_type FROM intake.ecds_attendance") == [("99",)]
    attended = rows(board, "SELECT COUNT(*) FROM intake.outpatient_appointment WHERE attendance_status IN ('5', '6')")
    assert attended == [(818,)]


def test_tokens_are_pseudonymised_again_and_stand_in_place_of_a_name(taken: tuple[Workspace, IntakeResult]) -> None:
    board, result = taken
    token = pl.read_csv(HES / "artificial_hes_op_0304_truncated.csv", infer_schema=False)["PSEUDO_HESID"][0]
    person = lookup(board, token)
    assert person is not None
    who = identities(board, [person])
    assert who.select("nhs_number", "family_name").rows() == [(None, token)]
    assert token.encode() not in b"".join(path.read_bytes() for path in board.store.rglob("*.parquet"))
    assert token not in result.quality_report.read_text(encoding="utf-8")
    assert result.assumptions


def test_a_refused_row_is_found_in_its_source_file(taken: tuple[Workspace, IntakeResult]) -> None:
    board, _ = taken
    refused = pl.read_parquet(board.quarantine / "000001" / "apc_episode.parquet")
    raw = pl.read_csv(HES / "artificial_hes_apc_0102.csv", infer_schema=False)
    for row in refused.iter_rows(named=True):
        assert row["file"] == "artificial_hes_apc_0102.csv"
        source = raw.row(row["row_number"] - 1, named=True)
        assert (source["PSEUDO_HESID"], source["ADMIDATE"]) == (row["nhs_number"], row["admission_date"])


def test_the_same_files_again_change_nothing(taken: tuple[Workspace, IntakeResult]) -> None:
    board, _ = taken
    before = store_bytes(board)
    assert not take_drop(board, HES, adapter="hes").is_new
    assert store_bytes(board) == before


def test_one_file_is_a_drop_and_what_is_not_hes_is_refused(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    result = take_drop(board, HES / "artificial_hes_op_0304_truncated.csv", adapter="hes")
    assert set(result.tables) == {"person", "registration", "practice", "outpatient_appointment"}
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputRefused, match="no file here has the columns of HES"):
        take_drop(board, tmp_path / "drop", adapter="hes")


def test_the_page_says_what_is_counted_here() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for figure in ("2,075 episodes", "1,967 spells", "774", "1,952", "771", "2,060", "15 episodes"):
        assert figure in page
