"""Who may be used for a purpose, and who may not be shown: the only way a room learns it."""

from datetime import UTC, date, datetime

import polars as pl

from riskstrat.errors import NotPermitted
from riskstrat.intake.catalogue import HeldTable, read_catalogue
from riskstrat.intake.manifest import Permission
from riskstrat.project import Workspace, resource
from riskstrat.settings import OPT_OUT_KINDS, Purpose
from riskstrat.warehouse import Warehouse, read_statement


def bar_people(warehouse: Warehouse, workspace: Workspace, purpose: Purpose) -> None:
    """Make ``permission.barred (person_id, reason)``: everyone who may not be used for a purpose, one row per reason.

    Reads ``intake.*`` as ``expose`` leaves it. Everything held counts, whatever the index date. Reasons: ``type_1``,
    ``national``, ``objection`` where settings say exclude, and for case finding ``restricted``. Raises ``NotPermitted``
    where a table held was sent for other purposes, or its permission has expired.
    """
    catalogue = read_catalogue(workspace)
    today = datetime.now(tz=UTC).date()
    for delivery in catalogue.deliveries:
        for table, held in delivery.tables.items():
            _refuse_other_purpose(table, held, purpose, today)
    policies = workspace.settings.opt_out
    reasons = [kind for kind in OPT_OUT_KINDS if getattr(getattr(policies, kind), purpose) == "exclude"]
    if purpose == "case_finding":
        reasons.append("restricted")
    warehouse.register("permission.excluded", pl.DataFrame({"reason": reasons}, schema={"reason": pl.String}))
    warehouse.register("permission.as_of", pl.DataFrame({"as_of": [catalogue.as_of]}, schema={"as_of": pl.Date}))
    _build(warehouse, "last_opt_out", "last_person", "barred")


def known_off_list(warehouse: Warehouse) -> None:
    """Make ``permission.off_list (person_id, reason)``: who is known by now to have died or be restricted.

    Reads ``intake.*`` as ``expose`` leaves it; reasons ``died`` and ``restricted``. Who moved is for worklists to see.
    """
    _build(warehouse, "last_person", "off_list")


def _build(warehouse: Warehouse, *names: str) -> None:
    warehouse.build([read_statement(resource(f"sql/permission/{name}.sql")) for name in names])


def _refuse_other_purpose(table: str, held: HeldTable, purpose: Purpose, today: date) -> None:
    Permission(expires=None if held.expires is None else date.fromisoformat(held.expires)).refuse_if_expired(
        table, today
    )
    if held.purposes and purpose not in held.purposes:
        raise NotPermitted(
            f"{table} may not be used for {purpose.replace('_', ' ')}",
            f"its manifest allows: {', '.join(held.purposes)}",
            "have it sent for this purpose, or take a drop without it",
        )
