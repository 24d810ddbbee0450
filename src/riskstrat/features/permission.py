"""Who may be used for a purpose: the only way a room learns it."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat.features.catalogue import statements
from riskstrat.features.snapshots import open_store, read_snapshot
from riskstrat.project import Workspace
from riskstrat.settings import OPT_OUT_KINDS, Purpose
from riskstrat.warehouse import Warehouse, needed_for

_TABLES = ("staging.opt_out_in_force", "staging.person_restricted")


@dataclass(frozen=True)
class Permitted:
    """People of a snapshot who may be used for a purpose, and how many were removed and why.

    ``people`` has one column, ``person_id``, in order. ``removed`` counts people by the first reason that applies
    (``restricted``, then each kind of opt-out); it never lists them. ``opened`` says, for each kind of opt-out whose
    exclusion the board has lifted for this purpose, who decided it and on what basis.
    """

    people: pl.DataFrame
    removed: dict[str, int]
    opened: dict[str, str]


def permitted(warehouse: Warehouse, workspace: Workspace, purpose: Purpose, index_date: date) -> Permitted:
    """Return who of a snapshot may be used for a purpose, by every opt-out and restriction held today.

    The warehouse already holds ``intake.*`` (``intake.expose``). Raises ``InputRefused`` if there is no such snapshot.
    """
    warehouse.build(needed_for(_TABLES, statements()))
    opted = warehouse.frame("SELECT person_id, kind FROM staging.opt_out_in_force ORDER BY person_id, kind")
    people = read_snapshot(workspace, index_date).select("person_id")
    restricted = warehouse.frame("SELECT person_id FROM staging.person_restricted ORDER BY person_id")
    removed = {}
    opened = {}
    for reason in ("restricted", *OPT_OUT_KINDS):
        leaving = restricted
        if reason != "restricted":
            policy = getattr(getattr(workspace.settings.opt_out, reason), purpose)
            if policy != "exclude":
                opened[reason] = policy.allow
                continue
            leaving = opted.filter(pl.col("kind") == reason)
        staying = people.join(leaving, on="person_id", how="anti", maintain_order="left")
        removed[reason] = len(people) - len(staying)
        people = staying
    return Permitted(people, removed, opened)


def permitted_people(workspace: Workspace, purpose: Purpose, index_date: date) -> Permitted:
    """Return who of a snapshot may be used for a purpose; opens the store itself (see ``permitted``)."""
    with open_store(workspace) as warehouse:
        return permitted(warehouse, workspace, purpose, index_date)
