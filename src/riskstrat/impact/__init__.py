"""Did it help: past worklists against what happened, and the effect of being listed.

Figures about lists that were sent, for the board's analysts and commissioners; nothing here decides who is listed.
"""

from riskstrat.impact.backtest import Backtest, backtest
from riskstrat.impact.backtest_words import backtest_as_text
from riskstrat.impact.effect import Effect, effect
from riskstrat.impact.effect_words import effect_as_text
from riskstrat.impact.practices import write_csv

__all__ = ["Backtest", "Effect", "backtest", "backtest_as_text", "effect", "effect_as_text", "write_csv"]
