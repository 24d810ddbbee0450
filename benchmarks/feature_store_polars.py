"""Some columns of the snapshot in polars, streaming: windows of contacts and counts of medicines.

A fair reading of the same definitions: a row counts where it happened and was known before the index date. Left out is
what needs versions of a thing (admissions, A&E, social care) or code lists of the general practice record.
"""

from datetime import date, timedelta
from functools import reduce

import polars as pl

from riskstrat.contract import TABLES
from riskstrat.features.codelists import seed_tables
from riskstrat.intake.catalogue import table_file
from riskstrat.project import Workspace

COLUMNS = {
    "gp_appointments": (
        *(f"gp_appointments_attended_{days}d" for days in (30, 90, 365, 730)),
        *("gp_appointments_not_attended_365d", "days_since_gp_appointment"),
    ),
    "community": (
        *(f"community_contacts_attended_{days}d" for days in (90, 365, 730)),
        "days_since_community_contact",
    ),
    "urgent_calls": (
        *(f"urgent_calls_{line}_{days}d" for line in ("111", "999") for days in (30, 90, 365)),
        "ambulance_conveyances_365d",
    ),
    "outpatients": (*(f"outpatient_attended_{days}d" for days in (90, 365, 730)), "outpatient_not_attended_365d"),
    "medicines": ("medicines_90d", "medicines_365d"),
}
"""The columns made here, by family."""


def some_columns(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return ``person_id`` and the columns of ``COLUMNS``, a row per person with any; null where a family has none."""
    made = [
        _appointments(workspace, index_date),
        _community(workspace, index_date),
        _calls(workspace, index_date),
        _outpatients(workspace, index_date),
        _medicines(workspace, index_date),
    ]
    return reduce(lambda one, other: one.join(other, on="person_id", how="full", coalesce=True), made)


def _known(workspace: Workspace, table: str, index_date: date) -> pl.LazyFrame:
    day = str(TABLES[table].event_date)
    known_on = pl.max_horizontal(
        day, pl.coalesce("available_date", pl.col(day) + pl.duration(days=TABLES[table].lag_days))
    )
    return pl.scan_parquet(table_file(workspace, table, 1)).filter(known_on < index_date)


def _count(condition: pl.Expr, day: str, index_date: date, days: int) -> pl.Expr:
    return (condition & (pl.col(day) >= index_date - timedelta(days=days))).sum().cast(pl.Int32)


def _grouped(frame: pl.LazyFrame, **columns: pl.Expr) -> pl.DataFrame:
    return frame.group_by("person_id").agg(**columns).collect(engine="streaming")


def _since(condition: pl.Expr, day: str, index_date: date) -> pl.Expr:
    return (pl.lit(index_date) - pl.col(day).filter(condition).max()).dt.total_days().cast(pl.Int32)


def _appointments(workspace: Workspace, at: date) -> pl.DataFrame:
    day, attended = "appointment_date", pl.col("status") == "attended"
    return _grouped(
        _known(workspace, "gp_appointment", at),
        **{f"gp_appointments_attended_{days}d": _count(attended, day, at, days) for days in (30, 90, 365, 730)},
        gp_appointments_not_attended_365d=_count(pl.col("status") == "did_not_attend", day, at, 365),
        days_since_gp_appointment=_since(attended, day, at),
    )


def _community(workspace: Workspace, at: date) -> pl.DataFrame:
    day, attended = "contact_date", pl.col("attendance_status").fill_null("5").is_in(["5", "6"])
    return _grouped(
        _known(workspace, "community_contact", at),
        **{f"community_contacts_attended_{days}d": _count(attended, day, at, days) for days in (90, 365, 730)},
        days_since_community_contact=_since(attended, day, at),
    )


def _calls(workspace: Workspace, at: date) -> pl.DataFrame:
    return _grouped(
        _known(workspace, "urgent_call", at),
        **{
            f"urgent_calls_{line}_{days}d": _count(pl.col("source") == line, "call_date", at, days)
            for line in ("111", "999")
            for days in (30, 90, 365)
        },
        ambulance_conveyances_365d=_count(pl.col("conveyed").fill_null(value=False), "call_date", at, 365),
    )


def _outpatients(workspace: Workspace, at: date) -> pl.DataFrame:
    day, status = "appointment_date", pl.col("attendance_status")
    return _grouped(
        _known(workspace, "outpatient_appointment", at),
        **{f"outpatient_attended_{days}d": _count(status.is_in(["5", "6"]), day, at, days) for days in (90, 365, 730)},
        outpatient_not_attended_365d=_count(status.is_in(["3", "7"]), day, at, 365),
    )


def _medicines(workspace: Workspace, at: date) -> pl.DataFrame:
    lists = seed_tables()["seeds.code_list"].filter(pl.col("list_id") == "not_a_medicine")
    medicine = pl.col("bnf_code").str.strip_chars().str.to_uppercase().str.slice(0, 9)
    no_medicine = reduce(
        lambda one, other: one | other, (pl.col("medicine").str.starts_with(code) for code in lists["code"])
    )
    issued = (
        _known(workspace, "gp_prescription", at)
        .filter(pl.col("issue_date") >= at - timedelta(days=365))
        .select("person_id", "issue_date", medicine=medicine)
        .filter((pl.col("medicine").str.len_chars() == 9) & ~no_medicine)
        .group_by("person_id", "medicine")
        .agg(last=pl.col("issue_date").max())
    )
    return _grouped(
        issued,
        medicines_90d=(pl.col("last") >= at - timedelta(days=90)).sum().cast(pl.Int32),
        medicines_365d=pl.len().cast(pl.Int32),
    )
