"""The whole landing drop as somebody reads it who knows nothing of the product, and as it stood each month."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from riskstrat.contract import TABLES

EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2D")
"""Admission methods of an emergency (CONTRACT section 2) that begin a stay: 2B comes from another hospital."""


def cut_drop(whole: Path, day: date, out: Path) -> Path:
    """Write the drop as it stood on ``day``: the rows that had arrived before it, for the time before it."""
    out.mkdir(parents=True)
    files = []
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        rows = pl.read_parquet(whole / entry["file"])
        rows.filter(pl.col("available_date") < day).write_parquet(out / entry["file"])
        held = out / entry["file"]
        files.append(
            entry
            | {
                "sha256": hashlib.sha256(held.read_bytes()).hexdigest(),
                "rows": pl.scan_parquet(held).select(pl.len()).collect().item(),
                "period": f"{entry['period'].split('/')[0]}/{day - timedelta(days=1)}",
            }
        )
    (out / "manifest.json").write_text(json.dumps(manifest | {"files": files}), encoding="utf-8")
    return out


def move_merger(whole: Path, day: date) -> None:
    """Have the practice that closes in this population close on ``day``, known to the sender twenty days before."""
    path = whole / "practice.parquet"
    rows = pl.read_parquet(path)
    closes = pl.col("close_date").is_not_null()
    rows.with_columns(
        pl.when(closes).then(pl.lit(day)).alias("close_date"),
        pl.when(closes).then(pl.lit(day - timedelta(days=20))).otherwise("available_date").alias("available_date"),
    ).write_parquet(path)


class Truth:
    """The whole landing drop, as somebody reads it who knows nothing of the product: deaths, moves, opt-outs."""

    def __init__(self, whole: Path) -> None:
        """Read the tables that say who is where, alive and willing."""
        tables = {name: pl.read_parquet(whole / f"{name}.parquet") for name in
                  ("person", "registration", "opt_out", "practice", "apc_episode")}  # fmt: skip
        self.tables = tables
        self.successors = dict(
            tables["practice"].filter(pl.col("successor_code").is_not_null())
            .select("practice_code", "successor_code").rows()
        )  # fmt: skip
        self.closed = dict(
            tables["practice"].filter(pl.col("close_date").is_not_null()).select("practice_code", "close_date").rows()
        )

    def latest(self, table: str, known_before: date) -> pl.DataFrame:
        """Return the latest version of each key that had arrived before a day."""
        key = list(TABLES[table].key)
        held = self.tables[table].filter(pl.col("available_date") < known_before)
        return held.sort("available_date").unique(key, keep="last", maintain_order=True)

    def dead(self, by: date, known_before: date) -> set[str]:
        """Return who had died by a day, as far as known before another."""
        people = self.latest("person", known_before)
        return set(people.filter(pl.col("death_date") < by)["nhs_number"])

    def opted_out(self, known_before: date) -> set[str]:
        """Return who objects or is restricted."""
        out = self.latest("opt_out", known_before)
        standing = out.filter(pl.col("end_date").is_null() | (pl.col("end_date") >= known_before))
        restricted = self.latest("person", known_before).filter(pl.col("restricted").fill_null(value=False))
        return set(standing["nhs_number"]) | set(restricted["nhs_number"])

    def admitted(self, since: date, before: date) -> set[str]:
        """Return who was admitted as an emergency in a time: the first episode of a spell says how and when."""
        born = self.latest("person", date.max).select("nhs_number", "birth_date")
        spell = ["nhs_number", "provider_code", "spell_id"]
        spells = self.latest("apc_episode", date.max).sort("episode_number").group_by(spell).first()
        found = spells.join(born, on="nhs_number").filter(
            pl.col("admission_method").is_in(EMERGENCY)
            & pl.col("admission_date").is_between(since, before, closed="left")
            & (pl.col("admission_date") > pl.col("birth_date"))
        )
        return set(found["nhs_number"])

    def practice_of(self, by: date, known_before: date) -> dict[str, set[str]]:
        """Return the practices at which each person is registered on a day; closed ones are their successor."""
        rows = self.latest("registration", known_before).filter(
            (pl.col("start_date") < by)
            & (pl.col("end_date").is_null() | (pl.col("end_date") >= by))
            & (pl.col("registration_type").fill_null("regular") == "regular")
        )
        at: dict[str, set[str]] = {}
        for number, code in rows.select("nhs_number", "practice_code").rows():
            at.setdefault(number, set()).add(self.today(code, by))
        return at

    def today(self, code: str, by: date) -> str:
        """Return the practice that a code stands for on a day."""
        while code in self.closed and self.closed[code] <= by:
            code = self.successors[code]
        return code
