"""Sentinel dates are read as missing by every staging statement that cleans a table."""

from riskstrat.contract import SENTINEL_DATES
from riskstrat.features.catalogue import statements


def test_staging_reads_every_sentinel_as_missing():
    """Staging keeps dates strictly between 1900-01-01 and 9999-12-31: every sentinel of the contract lies outside."""
    assert all(not "1900-01-01" < day < "9999-12-31" for day in SENTINEL_DATES)
    for statement in statements():
        if statement.layer == "staging" and "available_date" in statement.sql and "intake." in statement.sql:
            assert "DATE '1900-01-01'" in statement.sql, statement.table
