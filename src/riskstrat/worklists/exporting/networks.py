"""The people of a primary care network who may gain most from seeing the same clinician, one file per network.

Networks are asked to identify them across their practices, and a practice sees its own people only: so nothing is
written unless the board's settings say, network by network, who decided it and on what basis. It is a rendering, as
every export: by everything held that day, outside the release, for nobody's eyes but the network's.

The order is this software's own, by what the rule reads: who comes to the practice most has most appointments that
could be with the same clinician; then more long-term conditions, then frailty. It claims no benefit for anyone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.intake import identities, open_store
from riskstrat.outputs import refuse_folder
from riskstrat.project import Workspace
from riskstrat.sheets import csv_bytes
from riskstrat.worklists.exporting.encryption import network_locks
from riskstrat.worklists.exporting.exports import (
    ExportResult,
    closed,
    refuse_remade,
    shown_now,
    write_whole,
)
from riskstrat.worklists.returning.decisions import decisions_in_force
from riskstrat.worklists.returning.memory import read_records
from riskstrat.worklists.selecting.keys import keys_sent, row_keys
from riskstrat.worklists.selecting.standing import ADULT, Standing, read_standing

CONTINUITY: Final = "continuity"
CONTINUITY_RULE: Final = "continuity-of-care"
NETWORK_COLUMNS: Final = (
    "place",
    "practice_code",
    "practice_name",
    "nhs_number",
    "usual_gp",
    "appointments_730d",
    "long_term_conditions",
    "frailty",
    "release",
    "row_key",
)
"""What a network's file holds, in order: no name, no birth date, no risk. The own practice opens the record."""
_FRAILTY_ORDER: Final = {"severe": 2, "moderate": 1}


def allowed_networks(workspace: Workspace, named: Sequence[str] = ()) -> dict[str, str]:
    """Return the networks asked for, all that are allowed where none is named, each with who decided on what basis.

    Raises ``NotPermitted`` where settings allow none, or not one that is named.
    """
    allowed = {code: own.continuity.allow for code, own in workspace.settings.worklist.networks.items()}
    refused = sorted(set(named) - set(allowed))
    if refused or not allowed:
        whose = f"of {', '.join(refused)}" if refused else "of any network"
        raise NotPermitted(
            f"nobody has decided that people of several practices may stand on one list {whose}; nothing was written",
            "a practice sees its own people only, unless riskstrat.toml says for the network who decided:",
            '[worklist.networks.<pcn_code>]  continuity = { allow = "who decided, on what basis" }',
        )
    return {code: allowed[code] for code in sorted(set(named) or allowed)}


def export_continuity(
    workspace: Workspace,
    manifest: Mapping[str, Any],
    out: Path,
    *,
    networks: Sequence[str] = (),
    is_encrypted: bool = False,
) -> ExportResult:
    """Write ``<pcn_code>.continuity.csv`` of each allowed network, or of those named, into ``out``.

    ``manifest`` is that of a verified release, whose month the rule was evaluated in. Everyone who meets the rule and
    may be shown is on it, not only those for whom a practice's list had time; who is kept unlisted by an evaluation, or
    declined a review of their practice, is not. Raises ``NotPermitted`` where a network is not allowed, ``UsageFault``
    where it has no practice here, the rule did not run or the month was made again, and what ``refuse_folder`` and
    ``network_locks`` raise; then nothing is written.
    """
    out = out.resolve()
    refuse_folder(workspace, out, "the folder for exports")
    release, day = str(manifest["release"]), date.fromisoformat(manifest["index_date"])
    refuse_remade(workspace, release, day)
    wanted = tuple(allowed_networks(workspace, networks))
    practices = _practices(workspace, wanted)
    locks = network_locks(workspace, wanted) if is_encrypted else {}
    standing = read_standing(workspace, day)
    met = _met(workspace, day, standing.successors).join(practices, on="practice_code", how="inner")
    unlisted = met.join(_kept_unlisted(workspace, day), on="person_id", how="semi")
    met = met.join(unlisted, on="person_id", how="anti")
    shown = shown_now(workspace, day, standing).join(_declined(workspace, day, standing), on="person_id", how="anti")
    here = met.join(shown, on=["person_id", "practice_code"], how="semi")
    known = _in_order(here.join(_numbers(workspace, here), on="person_id", how="inner"), workspace.key(), release)
    made: dict[str, bytes] = {}
    for code in wanted:
        mine = known.filter(pl.col("pcn_code") == code).with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("place")
        )
        files = {f"{code}.{CONTINUITY}.csv": csv_bytes(mine.select(NETWORK_COLUMNS))}
        made |= closed(files, code, locks[code]) if is_encrypted else files
    write_whole(out, made)
    return ExportResult(
        release,
        CONTINUITY,
        str(out),
        tuple(known["practice_code"].unique().sort()),
        len(made),
        known.height,
        met.height - here.height,
        here.height - known.height,
        is_encrypted,
        wanted,
        unlisted.height,
    )


def _practices(workspace: Workspace, networks: Sequence[str]) -> pl.DataFrame:
    """Return ``practice_code, practice_name, pcn_code`` of the networks' practices, as last sent."""
    with open_store(workspace) as warehouse:
        held = warehouse.frame("FROM intake.practice")
    last = held.sort("available_date", "delivery", nulls_last=False).unique("practice_code", keep="last")
    mine = last.filter(pl.col("pcn_code").is_in(networks)).select("practice_code", "practice_name", "pcn_code")
    unknown = sorted(set(networks) - set(mine["pcn_code"]))
    if unknown:
        raise UsageFault(
            f"no practice held here belongs to {', '.join(unknown)}",
            "networks are the pcn_code of the practice table",
        )
    return mine.sort("practice_code")


def _met(workspace: Workspace, day: date, successors: Mapping[str, str]) -> pl.DataFrame:
    """Return adults who meet the rule with what orders them, at the practice that holds them, if the rule ran.

    ``person_id, practice_code, appointments_730d, long_term_conditions, frailty``.
    """
    files = {layer: workspace.part(layer, day) for layer in ("rule_status", "rule_hits", "features")}
    if not all(file.is_file() for file in files.values()):
        raise UsageFault(f"the rules of {day} are not held here", "publish the month again:  riskstrat run")
    status = pl.read_parquet(files["rule_status"]).filter(pl.col("rule_id") == CONTINUITY_RULE).to_dicts()
    if not status or not status[0]["ran"]:
        why = status[0]["why_not"] if status else "it is not among the rules of that month"
        raise UsageFault(f"the rule {CONTINUITY_RULE} did not run at {day}: {why}", "nothing was written")
    hits = pl.scan_parquet(files["rule_hits"]).filter(
        (pl.col("rule_id") == CONTINUITY_RULE) & pl.col("left_off_by").is_null()
    )
    said = ("gp_appointments_attended_730d", "long_term_conditions", "efi_band")
    return (
        pl.scan_parquet(files["features"])
        .filter(pl.col("age") >= ADULT)
        .select("person_id", pl.col("practice_code").replace(successors), *said)
        .join(hits.select("person_id"), on="person_id", how="semi")
        .rename({said[0]: "appointments_730d", said[2]: "frailty"})
        .collect()
        .sort("person_id")
    )


def _kept_unlisted(workspace: Workspace, day: date) -> pl.DataFrame:
    """Return ``person_id`` of those whom no list may name while an evaluation runs."""
    file = workspace.part("worklists", day)
    if not file.is_file():
        raise UsageFault(f"who is kept unlisted at {day} is not held here", "publish the month again:  riskstrat run")
    return pl.read_parquet(file).filter(pl.col("state") == "held_out").select("person_id")


def _declined(workspace: Workspace, day: date, standing: Standing) -> pl.DataFrame:
    """Return ``person_id`` of those who told their practice that they want no review, by what is recorded today."""
    decided = decisions_in_force(read_records(workspace), date.max, standing.successors)
    return decided.filter((pl.col("decided_status") == "declined") & (pl.col("decided_until") > day)).select(
        "person_id"
    )


def _numbers(workspace: Workspace, people: pl.DataFrame) -> pl.DataFrame:
    """Return ``person_id, nhs_number, usual_gp`` of those whose NHS number is held."""
    held = identities(workspace, people["person_id"].to_list()).select("person_id", "nhs_number", "usual_gp")
    return held.filter(pl.col("nhs_number").is_not_null() & (pl.col("nhs_number") != ""))


def _in_order(people: pl.DataFrame, key: bytes, release: str) -> pl.DataFrame:
    """Return the people in the list's order, with the keys of this release; ties by row key, as on every list."""
    frail = pl.col("frailty").replace_strict(_FRAILTY_ORDER, default=0, return_dtype=pl.Int32)
    by = ["pcn_code", "appointments_730d", "long_term_conditions", "frail", "row_key"]
    ordered = (
        people.with_columns(row_keys(key, people), frail.alias("frail"))
        .sort(by, descending=[False, True, True, True, False], nulls_last=True)
        .drop("frail")
    )
    return ordered.with_columns(keys_sent(key, release, ordered["row_key"]), pl.lit(release).alias("release"))
