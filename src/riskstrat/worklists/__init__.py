"""The worklists room: one practice's short list, why each person is on it, and what was decided about them."""

from riskstrat.worklists.explanation import Explanation, explain
from riskstrat.worklists.explanation_page import refuse_page, write_page
from riskstrat.worklists.exports import FORMS, ExportResult, export_lists
from riskstrat.worklists.feedback import take_feedback
from riskstrat.worklists.memory import settle_sent
from riskstrat.worklists.networks import CONTINUITY, allowed_networks, export_continuity
from riskstrat.worklists.receipt import FeedbackResult
from riskstrat.worklists.rendering import render
from riskstrat.worklists.rises import dates_to_score_again
from riskstrat.worklists.selection import check_settings, select

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
