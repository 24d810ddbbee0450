"""Lists as practices send them back: a published month of a made store, and files filled in, as CSV and workbook."""

import csv
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl

from riskstrat.intake.catalogue import read_catalogue, write_catalogue
from riskstrat.intake.identity import record_key
from riskstrat.project import Workspace
from riskstrat.worklists import select
from riskstrat.worklists.returning.memory import RECORD_SCHEMA, append_records, read_records
from support.worklist_store import INDEX, KEY, copy_store

RELEASE = f"{INDEX}.1"
COLUMNS = [
    "rank",
    "nhs_number",
    "name",
    "status",
    "status_date",
    "owner",
    "note",
    "until",
    "release",
    "practice_code",
    "row_key",
]


def nhs_number(person_id):
    """The number that the made vault gives a person."""
    return f"999{person_id:07}"


def write_vault(workspace, people):
    workspace.vault.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(
        {"person_id": people, "identifier": [nhs_number(p) for p in people]}
        | {name: [None] * len(people) for name in ("family_name", "given_name", "usual_gp", "needs")},
        schema_overrides={"person_id": pl.Int32},
    ).write_parquet(workspace.vault / "identity-000001.parquet")
    catalogue = read_catalogue(workspace)
    delivery = catalogue.deliveries[0]
    write_catalogue(
        workspace, type(catalogue)((type(delivery)(**vars(delivery) | {"identity_file": "identity-000001.parquet"}),))
    )
    record_key(workspace, KEY)


def write_csv(path, rows, encoding="utf-8-sig"):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path, rows, title=True):
    book = openpyxl.Workbook()
    book.active.title = "cover"
    book.active["A1"] = "Worklist"
    sheet = book.create_sheet("list")
    if title:
        sheet.append(["People to review, in order"])
        sheet.append([])
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row.get(column) for column in COLUMNS])
    book.save(path)
    return path


def recorded(sent, **by_rank):
    """The rows as sent, with what was recorded at some ranks (``r3={"status": ...}``)."""
    return [row | by_rank.get(f"r{row['rank']}", {}) for row in sent]


FILLED = {
    "r1": {"status": "declined", "status_date": "2026-11-20", "note": "does not want calls", "owner": "Dr Shah"},
    "r2": {"status": "snoozed", "status_date": "2026-11-21", "until": "2027-02-01"},
    "r5": {"status": "Reviewed \u2013 plan made ", "status_date": "21/11/2026"},
}


def keep_record(workspace: Workspace, day: date, row: dict, status: str, **more: object) -> None:
    """Put one record into the feedback store, as if taken from the list of a day; ``row`` is of the worklists table."""
    record = {
        "sequence": read_records(workspace).height + 1,
        "release": f"{day}.1",
        "index_date": day,
        "status": status,
    }
    record |= {name: row[name] for name in ("practice_code", "row_key", "person_id")} | more
    append_records(workspace, pl.DataFrame([record], schema=RECORD_SCHEMA))


def publish(root: Path) -> Path:
    """Make a workspace with one month of lists selected and sent, and its identity vault; return its root."""
    workspace = copy_store(root)
    select(workspace, INDEX)
    (workspace.releases / RELEASE).mkdir(parents=True)
    write_vault(workspace, pl.read_parquet(workspace.part("worklists", INDEX))["person_id"].to_list())
    return workspace.root


def rows_sent(workspace: Workspace, practice: str = "Z00001") -> list[dict]:
    """The rows of a practice's list as they were sent, in order."""
    rows = pl.read_parquet(workspace.part("worklists", INDEX))
    mine = rows.filter((pl.col("practice_code") == practice) & (pl.col("state") == "listed")).sort("rank").to_dicts()
    return [
        {
            "rank": row["rank"],
            "nhs_number": nhs_number(row["person_id"]),
            "name": "Example, Anne",
            "status": "to review",
            "release": RELEASE,
            "practice_code": practice,
            "row_key": row["row_key"],
        }
        for row in mine
    ]
