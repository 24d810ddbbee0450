"""The worklists room: one practice's short list, why each person is on it, and what was decided about them."""

from riskstrat.worklists.explanation import Explanation, explain
from riskstrat.worklists.exports import FORMS, ExportResult, export_lists
from riskstrat.worklists.feedback import FeedbackResult, take_feedback
from riskstrat.worklists.rendering import render
from riskstrat.worklists.selection import check_settings, select

__all__ = [
    "FORMS",
    "Explanation",
    "ExportResult",
    "FeedbackResult",
    "check_settings",
    "explain",
    "export_lists",
    "render",
    "select",
    "take_feedback",
]
