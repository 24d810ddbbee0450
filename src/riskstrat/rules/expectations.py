"""Of whom a rule's expectation is told, and who of them has it on record: counted by practice where a page is made."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from riskstrat.project import Workspace
from riskstrat.rules.evaluation import PERSON, put_people
from riskstrat.rules.rule import Rule
from riskstrat.warehouse import Warehouse

_SCHEMA = pl.Schema({"person_id": pl.Int32, "rule_id": pl.String, "is_recorded": pl.Boolean})


def people_expected_of(workspace: Workspace, index_date: date, rules: Iterable[Rule]) -> pl.DataFrame:
    """Return ``person_id, rule_id, is_recorded``: a row for each person of whom a rule's expectation is told.

    Whose record does not say (it is withheld) is left out: it can be neither recorded nor not.
    """
    told = {rule.id: rule.expected for rule in rules if rule.expected is not None}
    columns = {name: {*expected.among.columns, *expected.recorded.columns} for name, expected in told.items()}
    frames = [pl.DataFrame(schema=_SCHEMA)]
    with Warehouse.of(workspace) as warehouse:
        there = put_people(warehouse, workspace, index_date, set().union(*columns.values())).columns
        for name, expected in told.items():
            if columns[name] <= there:
                found = warehouse.frame(
                    f"SELECT person_id, '{name}' AS rule_id, {expected.recorded.sql} AS is_recorded FROM {PERSON} "
                    f"WHERE {expected.among.sql} AND {expected.recorded.sql} IS NOT NULL"
                )
                frames.append(found.cast(_SCHEMA))
    return pl.concat(frames)
