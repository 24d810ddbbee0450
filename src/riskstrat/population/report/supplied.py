"""The files that a board supplies for its report, checked before a month is made."""

from riskstrat.population.measures.expected import rates_named
from riskstrat.population.report.shapes import shapes_named
from riskstrat.project import Workspace


def check_settings(workspace: Workspace) -> None:
    """Raise ``UsageFault`` where a file that the settings name for the report cannot be used."""
    rates_named(workspace)
    shapes_named(workspace)
