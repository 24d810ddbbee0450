"""Who may be shown on a list, by everything held today, and which programme holds whom.

Selection stands on the snapshot, but nobody is shown who is known by now to have died, moved, opted out or been
restricted, whenever the news arrived. Every step is counted per practice; nobody removed is kept in any table.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat.intake import bar_people, known_off_list, last_successors, open_store
from riskstrat.project import Workspace
from riskstrat.warehouse import in_order, read_layer

ADULT = 18
NOT_PERMITTED = "not permitted for case finding (opted out, objected or restricted)"
DIED = "known since to have died"
LEFT = "known since to have moved practice or left"
GROUPS = ("imd_decile", "ethnic_category", "has_learning_disability", "has_smi", "has_dementia")
_PROGRAMME_WORDS = {
    "case_management": "case management",
    "end_of_life_register": "palliative and supportive care programme",
}


@dataclass(frozen=True)
class Standing:
    """What is held today.

    ``barred``: ``person_id`` of those who may not be used for case finding. ``dead``: ``person_id``. ``registered``:
    ``person_id, practice_today`` of open regular registrations, mergers applied. ``programmes``: ``person_id, held_by,
    held_since``, one row per person held by any. ``successors``: closed practice to the one that took over.
    """

    barred: pl.DataFrame
    dead: pl.DataFrame
    registered: pl.DataFrame
    programmes: pl.DataFrame
    successors: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """People who may be shown, and how many were taken off at each step.

    ``people``: ``person_id, practice_code`` (today's), ``age``, ``has_no_recent_admission`` (no emergency admission
    known in 12 months; where that is not known, false) and the columns of ``GROUPS`` that the snapshot has.
    ``counts``: ``practice_code, step, people``, in the order of ``steps``.
    """

    people: pl.DataFrame
    counts: pl.DataFrame
    steps: tuple[str, ...]


def read_standing(workspace: Workspace, index_date: date) -> Standing:
    """Return what the store holds today about everyone of the snapshot; reads permission for case finding."""
    with open_store(workspace) as warehouse:
        warehouse.register("features.index_date", pl.DataFrame({"index_date": [index_date]}))
        warehouse.build(in_order(read_layer("worklists")))
        successors = last_successors(
            dict(warehouse.rows("SELECT practice_code, successor_code FROM worklists.practice_today"))
        )
        registered = warehouse.frame("FROM worklists.registration_today ORDER BY person_id").select(
            "person_id", pl.col("practice_code").replace(successors).alias("practice_today")
        )
        known_off_list(warehouse)
        dead = warehouse.frame("SELECT person_id FROM permission.off_list WHERE reason = 'died' ORDER BY person_id")
        bar_people(warehouse, workspace, "case_finding")
        barred = warehouse.frame("SELECT DISTINCT person_id FROM permission.barred ORDER BY person_id")
        programmes = _one_row_each(
            warehouse.frame("FROM worklists.programme_today ORDER BY person_id, start_date, programme")
        )
    return Standing(barred, dead, registered, programmes, successors)


def programme_words(name: str) -> str:
    """Return a programme's name as people read it."""
    return _PROGRAMME_WORDS.get(name, name.replace("_", " "))


def who_may_be_shown(workspace: Workspace, index_date: date, standing: Standing) -> Shown:
    """Return the people of the snapshot who may be shown, each step counted per practice (see ``Shown``)."""
    snapshot = pl.scan_parquet(workspace.part("features", index_date))
    groups = [name for name in GROUPS if name in snapshot.collect_schema().names()]
    no_admission = (pl.col("emergency_admissions_365d") == 0).fill_null(value=False).alias("has_no_recent_admission")
    people = (
        snapshot.select("person_id", "practice_code", "age", no_admission, *groups)
        .with_columns(pl.col("practice_code").replace(standing.successors))
        .collect()
        .sort("person_id")
        .join(standing.registered, on="person_id", how="left", maintain_order="left")
    )
    steps = (
        (f"under {ADULT}", pl.col("age") >= ADULT),
        (NOT_PERMITTED, ~pl.col("person_id").is_in(standing.barred["person_id"].implode())),
        (DIED, ~pl.col("person_id").is_in(standing.dead["person_id"].implode())),
        (LEFT, pl.col("practice_today").fill_null("") == pl.col("practice_code")),
    )
    names = ["registered at the index date"]
    counts = [_counted(people, names[0])]
    for name, stays in steps:
        counts.append(_counted(people.filter(~stays), name))
        people = people.filter(stays)
        names.append(name)
    names.append("may be shown")
    counts.append(_counted(people, names[-1]))
    return Shown(people.drop("practice_today"), pl.concat(counts), tuple(names))


def _counted(people: pl.DataFrame, step: str) -> pl.DataFrame:
    return (
        people.group_by("practice_code")
        .agg(pl.len().cast(pl.Int64).alias("people"))
        .select("practice_code", pl.lit(step).alias("step"), "people")
        .sort("practice_code")
    )


def _one_row_each(programmes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person: the programmes' names joined, and the first of their starts."""
    worded = programmes.with_columns(
        pl.col("programme").map_elements(programme_words, return_dtype=pl.String).alias("held_by")
    )
    return (
        worded.group_by("person_id", maintain_order=True)
        .agg(pl.col("held_by").str.join(", "), pl.col("start_date").min().alias("held_since"))
        .sort("person_id")
    )
