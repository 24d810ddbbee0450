"""Joins the families to the population and decides, column by column, between a value, zero and null.

The SELECT is put together from the names and comments of the family files; nothing about a feature is written here.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from riskstrat.features.catalogue import GP_SOURCES, KEY_COLUMNS, Family
from riskstrat.features.visibility import Source, why_unseen
from riskstrat.warehouse import ColumnComment, quoted


def unseen_columns(families: Sequence[Family], sources: Mapping[str, Source], index_date: date) -> dict[str, str]:
    """Return the columns that stay null for everyone at an index date, each with the reason.

    A column that is null where there is nothing, and has no window, needs its sources only to be there.
    """
    unseen = {}
    for family in families:
        for column in family.statement.columns:
            reason = why_unseen(column, sources, family.sources, index_date)
            if reason is not None:
                unseen[column.name] = reason
    return unseen


def snapshot_sql(families: Sequence[Family], unseen: Mapping[str, str]) -> str:
    """Return the SELECT of the snapshot of the people whom the families' tables hold, in no order.

    A column in ``unseen`` is null; one made from general practice data is null for people in
    ``features.population_withheld``; "0 if none" becomes zero; everything else is what the family says.

    "0 if none, null if never given" becomes zero too, since a part of the people does not show whether anyone was given
    the value: ``Parts`` makes it null where ``given_counts_sql`` counts nothing in any part.

    What is withheld is withheld by the key that families of general practice data are joined on, and by a zero that is
    null for those people: asked column by column, it would be half of the cost of putting a snapshot together.
    """
    picked = [f"p.{name}" for name in KEY_COLUMNS]
    joins = []
    for family in families:
        name = quoted(family.name)
        is_withheld = not GP_SOURCES.isdisjoint(family.sources)
        key, zero = ("shown_person_id", "p.shown_zero") if is_withheld else ("person_id", "0")
        joins.append(f"LEFT JOIN features.{name} AS {name} ON {name}.person_id = p.{key}")
        picked += [_value(name, column, unseen, zero) for column in family.statement.columns]
    return "\n".join(
        [
            "WITH person AS (",
            "SELECT everyone.*,",
            "CASE WHEN withheld.person_id IS NULL THEN everyone.person_id END AS shown_person_id,",
            "CASE WHEN withheld.person_id IS NULL THEN 0 END AS shown_zero",
            "FROM features.population AS everyone",
            "LEFT JOIN features.population_withheld AS withheld ON withheld.person_id = everyone.person_id",
            ")",
            "SELECT " + ",\n".join(picked),
            "FROM person AS p",
            *joins,
        ]
    )


def given_counts_sql(families: Sequence[Family]) -> dict[str, str]:
    """Return, for the columns that the source may not give, the SELECT of how many values their family has."""
    return {
        column.name: f"SELECT COUNT({quoted(column.name)}) FROM features.{quoted(family.name)}"
        for family in families
        for column in family.statement.columns
        if column.zero_if_given
    }


def _value(family: str, column: ColumnComment, unseen: Mapping[str, str], zero: str) -> str:
    """Return a column of the snapshot; ``zero`` is what 0 is called there: null for people whose data are withheld."""
    name = f"{family}.{quoted(column.name)}"
    value = f"COALESCE({name}, {zero})" if column.zero_if_none or column.zero_if_given else name
    if column.name in unseen:
        value = f"CASE WHEN FALSE THEN {name} END"  # null, of the column's own type
    return f"{value} AS {quoted(column.name)}"
