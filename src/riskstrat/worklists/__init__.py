"""The worklists room: one practice's short list, why each person is on it, and what was decided about them."""

from riskstrat.worklists.exporting.exports import FORMS, ExportResult, export_lists
from riskstrat.worklists.exporting.networks import CONTINUITY, allowed_networks, export_continuity
from riskstrat.worklists.returning.feedback import take_feedback
from riskstrat.worklists.returning.memory import settle_sent
from riskstrat.worklists.returning.receipt import FeedbackResult
from riskstrat.worklists.selecting.rises import dates_to_score_again
from riskstrat.worklists.selecting.selection import check_settings, select
from riskstrat.worklists.showing.explanation import Explanation, explain
from riskstrat.worklists.showing.explanation_page import refuse_page, write_page
from riskstrat.worklists.showing.rendering import render

__all__ = [
    "CONTINUITY",
    "FORMS",
    "Explanation",
    "ExportResult",
    "FeedbackResult",
    "allowed_networks",
    "check_settings",
    "dates_to_score_again",
    "explain",
    "export_continuity",
    "export_lists",
    "refuse_page",
    "render",
    "select",
    "settle_sent",
    "take_feedback",
    "write_page",
]
