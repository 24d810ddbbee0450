"""Counts of people as the workspace's rule (``[disclosure]``) lets them be shown."""

from riskstrat.disclosure import SHORTHAND, Rule, publishable
from riskstrat.modelling.evaluation.shown import LEAST_CELL
from riskstrat.project import Workspace


def rule_of(workspace: Workspace) -> Rule:
    """Return the rule that a workspace's settings state."""
    return Rule(workspace.settings.disclosure.suppress_to, workspace.settings.disclosure.round_to)


def shown_count(count: int, rule: Rule) -> int | None:
    """Return a count as it may be shown; ``None`` where it is suppressed."""
    return publishable(count, rule.suppress_to, rule.round_to)


def in_words(shown: int | None) -> str:
    """Return a count as shown, or what stands for one that is not."""
    return SHORTHAND if shown is None else f"{shown:,}"


def least_cell(rule: Rule) -> int:
    """Return how many people a figure of the whole board stands on, on either side, at least."""
    return max(LEAST_CELL, rule.suppress_to + 1)
