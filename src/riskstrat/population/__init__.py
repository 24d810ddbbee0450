"""The commissioner's room: cohort sizes and rates by area, which mislead nobody and give nobody away."""

from riskstrat.population.cohorts import Cohort, read_cohorts
from riskstrat.population.publish import PublishResult, cohorts, publish

__all__ = ["Cohort", "PublishResult", "cohorts", "publish", "read_cohorts"]
