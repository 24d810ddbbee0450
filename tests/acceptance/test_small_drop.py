"""A small drop of plain CSV files without a manifest, as somebody trying riskstrat writes it."""

from datetime import date

import polars as pl
import pytest

from support.commands import run_riskstrat

A, B = "9990000018", "9990000026"

PERSON = f"""nhs_number,birth_date,sex
{A},1940-03-01,2
{B},1950-02-28,1
"""
REGISTRATION = f"""nhs_number,practice_code,start_date
{A},A81001,2010-01-01
{B},A81001,2010-01-01
"""
PRACTICE = "practice_code,practice_name\nA81001,High Street\n"
EPISODES = f"""nhs_number,provider_code,spell_id,episode_number,admission_date,admission_method,episode_start_date,\
episode_end_date,discharge_date,available_date,diagnosis_01
{A},RAA,1,1,2026-09-12,21,2026-09-12,2026-09-15,2026-09-15,2026-10-20,J440
{A},RAA,2,1,2026-01-02,2A,2026-01-02,2026-01-07,2026-01-07,2026-02-10,I500
{A},RAA,3,1,2026-10-12,21,2026-10-12,2026-10-14,2026-10-14,2026-12-01,I500
{B},RAA,4,1,2025-12-01,11,2025-12-01,2025-12-04,2025-12-04,2026-01-12,Z000
"""


@pytest.fixture
def board(tmp_path):
    drop = tmp_path / "drop"
    drop.mkdir()
    texts = {"person": PERSON, "registration": REGISTRATION, "practice": PRACTICE, "apc_episode": EPISODES}
    for table, text in texts.items():
        (drop / f"{table}.csv").write_text(text, encoding="utf-8")
    root = tmp_path / "board"
    assert run_riskstrat(root, "init").returncode == 0
    taken = run_riskstrat(root, "intake", drop)
    assert taken.returncode == 0, taken.stderr
    return root


def snapshot(root, day):
    made = run_riskstrat(root, "features", "--index-date", day)
    assert made.returncode == 0, made.stderr
    return pl.read_parquet(root / "store" / "features" / f"index_date={day}" / "part.parquet")


def by_number(root, frame, tmp_path):
    numbers = tmp_path / "numbers.txt"
    numbers.write_text(f"{A}\n{B}\n")
    said = run_riskstrat(root, "pseudonyms", numbers).stdout.splitlines()
    ids = dict(line.split(",") for line in said[1:])
    return {number: frame.row(by_predicate=pl.col("person_id") == int(ids[number]), named=True) for number in (A, B)}


def test_only_what_was_known_on_the_index_date_counts_and_nothing_is_hidden_for_want_of_a_manifest(board, tmp_path):
    people = by_number(board, snapshot(board, "2026-11-01"), tmp_path)
    assert people[A]["emergency_admissions_90d"] == 1
    assert people[A]["emergency_admissions_365d"] == 2
    assert people[A]["emergency_bed_days_365d"] == 8
    assert people[A]["days_since_emergency_admission"] == 50
    assert people[B]["emergency_admissions_365d"] == 0
    assert people[B]["elective_admissions_365d"] == 1
    assert people[A]["emergency_admissions_30d"] is None, "30 days are no longer than the lag of 42"
    assert people[A]["gp_appointments_attended_365d"] is None, "the drop holds no appointments"
    assert people[A]["age"] == 86


def test_an_earlier_and_a_later_index_date_know_what_was_known_then(board, tmp_path):
    earlier = by_number(board, snapshot(board, "2026-10-01"), tmp_path)
    later = by_number(board, snapshot(board, "2027-01-01"), tmp_path)
    assert earlier[A]["emergency_admissions_90d"] == 0, "it had happened, and nobody knew yet"
    assert later[A]["emergency_admissions_90d"] == 1
    assert later[A]["emergency_admissions_365d"] == 3


def test_a_month_without_any_model_is_published_and_says_what_did_not_run(board):
    published = run_riskstrat(board, "run", "--index-date", "2026-11-01")
    assert published.returncode == 0, published.stderr
    assert "no champion" in published.stderr
    assert "UserWarning" not in published.stderr, "no library speaks to the reader"
    assert run_riskstrat(board, "verify").returncode == 0
    page = (board / "releases" / "2026-11-01.1" / "worklists" / "A81001.html").read_text(encoding="utf-8")
    assert date(2026, 11, 1).strftime("%B %Y") in page
