"""The commissioner's room: cohort sizes and rates by area, which mislead nobody and give nobody away."""

from riskstrat.population.counting.cohorts import TREND_MONTHS_BEFORE, Cohort, read_cohorts
from riskstrat.population.publish import PublishResult, cohorts, publish
from riskstrat.population.report.supplied import check_settings

__all__ = ["TREND_MONTHS_BEFORE", "Cohort", "PublishResult", "check_settings", "cohorts", "publish", "read_cohorts"]
