"""Did it help, and what could help: past worklists against what happened, the effect of being listed, and forecasts.

Figures for the board's analysts and commissioners; nothing here decides who is listed.
"""

from riskstrat.impact.forecasting.people import Published
from riskstrat.impact.forecasting.words import worth_as_text
from riskstrat.impact.forecasting.worth import Worth, worth
from riskstrat.impact.listing.effect import Effect, effect
from riskstrat.impact.listing.words import effect_as_text
from riskstrat.impact.past_lists.backtest import Backtest, backtest
from riskstrat.impact.past_lists.practices import CSV_HEAD, write_csv
from riskstrat.impact.past_lists.words import backtest_as_text

__all__ = [
    "CSV_HEAD",
    "Backtest",
    "Effect",
    "Published",
    "Worth",
    "backtest",
    "backtest_as_text",
    "effect",
    "effect_as_text",
    "worth",
    "worth_as_text",
    "write_csv",
]
