"""Row rules: one broken row each, quarantined with its table, file, row number and rule; its neighbours are taken."""

import stat

import polars as pl
import pytest

from riskstrat.intake import TableQuality, take_drop
from riskstrat.project import Workspace
from support.drops import NUMBERS, tables, workspace, write_drop

UNKNOWN = NUMBERS[11]
ARABIC_DIGITS = NUMBERS[0].translate({48 + n: 0x0660 + n for n in range(10)})
EXTRA = {
    "gp_prescription": pl.DataFrame(
        {
            "nhs_number": NUMBERS[:6],
            "issue_date": ["2026-01-05"] * 6,
            "bnf_code": ["0212000B0"] * 6,
            "dmd_code": ["322236009"] * 6,
            "quantity": ["28"] * 6,
        }
    ),
    "community_contact": pl.DataFrame(
        {
            "nhs_number": NUMBERS[:6],
            "contact_date": ["2026-01-05"] * 6,
            "service_type": ["nursing"] * 6,
            "duration_minutes": ["30"] * 6,
        }
    ),
    "urgent_call": pl.DataFrame(
        {
            "nhs_number": NUMBERS[:6],
            "call_date": ["2026-01-05"] * 6,
            "source": ["111"] * 6,
            "conveyed": ["true"] * 6,
        }
    ),
}

# table, changes to its fourth row, rule
BROKEN = [
    ("gp_event", {"nhs_number": None}, "nhs_number: missing"),
    ("gp_event", {"nhs_number": "99900000"}, "nhs_number: not ten digits"),
    (
        "gp_event",
        {"nhs_number": ARABIC_DIGITS},
        "nhs_number: not ten digits",
    ),
    ("gp_event", {"nhs_number": "9999999999"}, "nhs_number: one digit repeated"),
    ("gp_event", {"nhs_number": "9990000019"}, "nhs_number: wrong check digit"),
    ("gp_event", {"nhs_number": UNKNOWN}, "nhs_number: not in person"),
    ("gp_event", {"event_date": "10/03/2026"}, "event_date: not a date (YYYY-MM-DD)"),
    ("gp_event", {"event_date": "2026-02-30"}, "event_date: not a date (YYYY-MM-DD)"),
    ("gp_event", {"event_date": "infinity"}, "event_date: not a date (YYYY-MM-DD)"),
    ("gp_event", {"event_date": "1801-01-01"}, "event_date: missing"),
    ("gp_event", {"event_date": "  "}, "event_date: missing"),
    ("gp_event", {"event_date": "1930-01-01"}, "event_date: before birth"),
    ("gp_event", {"nhs_number": NUMBERS[8], "event_date": "2026-12-31"}, "event_date: more than 90 days after death"),
    ("gp_event", {"snomed_code": "12345"}, "snomed_code: not of the form of its code"),
    ("gp_event", {"value": "1,5"}, "value: not a number"),
    ("gp_event", {"value": "NaN"}, "value: not a number"),
    ("gp_event", {"available_date": "soon"}, "available_date: not a date (YYYY-MM-DD)"),
    ("apc_episode", {"spell_id": None}, "spell_id: missing"),
    ("apc_episode", {"episode_number": "1.5"}, "episode_number: not a whole number"),
    ("apc_episode", {"episode_number": "-1"}, "episode_number: below 0"),
    ("apc_episode", {"episode_number": "1000"}, "episode_number: above 999"),
    ("apc_episode", {"admission_method": "2"}, "admission_method: not of the form of its code"),
    ("apc_episode", {"episode_start_date": "2026-03-01"}, "admission_date: after episode_start_date"),
    ("apc_episode", {"discharge_date": "2026-03-01"}, "admission_date: after discharge_date"),
    ("person", {"birth_date": "1889-12-31"}, "birth_date: before 1890"),
    ("person", {"birth_date": "2026-11-01"}, "birth_date: in the future"),
    ("person", {"birth_date": "2026-11-03"}, "birth_date: after the row was sent"),
    ("person", {"death_date": "1939-01-01"}, "birth_date: after death_date"),
    ("person", {"sex": "M"}, "sex: not one of the values of the contract"),
    ("person", {"imd_decile": "11"}, "imd_decile: above 10"),
    ("person", {"restricted": "maybe"}, "restricted: not true or false"),
    ("registration", {"practice_code": "Z99999"}, "practice_code: not in practice"),
    ("opt_out", {"kind": "type_2"}, "kind: not one of the values of the contract"),
    ("gp_prescription", {"bnf_code": None, "dmd_code": None}, "bnf_code and dmd_code: both missing"),
    ("gp_prescription", {"quantity": "-1"}, "quantity: below 0"),
    ("community_contact", {"duration_minutes": "1441"}, "duration_minutes: above 1440"),
    ("urgent_call", {"source": "112"}, "source: not one of the values of the contract"),
]


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(pl.String) for name in frame.columns)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, TableQuality], dict[str, int]]:
    """One drop with every broken row, each a changed copy of a good one at the end of its table."""
    folder = tmp_path_factory.mktemp("rules")
    frames = {name: as_text(frame) for name, frame in (tables() | EXTRA).items()}
    good = {name: len(frame) for name, frame in frames.items()}
    for table, changes, _ in BROKEN:
        frame = frames[table]
        row = frame[2] if table == "opt_out" else frame[3]
        if table in ("person",):
            row = row.with_columns(nhs_number=pl.lit(UNKNOWN))
        broken = row.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in changes.items())
        frames[table] = pl.concat([frame, broken])
    board = workspace(folder / "board")
    return board, take_drop(board, write_drop(folder / "drop", frames, form="csv")).tables, good


def test_each_broken_row_is_refused_for_its_own_rule(taken) -> None:
    _, qualities, good = taken
    for table, quality in qualities.items():
        expected = pl.Series([rule for name, _, rule in BROKEN if name == table], dtype=pl.String)
        counted = dict(expected.value_counts().iter_rows())
        assert quality.quarantined == counted, table
        assert quality.taken == good[table], table
        assert quality.rows_in == good[table] + len(expected), table


def test_quarantine_says_file_row_and_rule_and_is_for_its_owner_alone(taken) -> None:
    board, _, good = taken
    for table in {name for name, _, _ in BROKEN}:
        path = board.quarantine / "000001" / f"{table}.parquet"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        rows = pl.read_parquet(path)
        broken = [rule for name, _, rule in BROKEN if name == table]
        assert rows.select("file", "row_number", "rule").rows() == [
            (f"{table}.csv", good[table] + n + 1, rule) for n, rule in enumerate(broken)
        ]
    raw = pl.read_parquet(board.quarantine / "000001" / "gp_event.parquet")
    assert "10/03/2026" in raw["event_date"].to_list()
