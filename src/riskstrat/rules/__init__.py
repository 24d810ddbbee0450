"""The rules room: who belongs on a worklist or in a cohort, as checked predicates over the snapshot and the scores."""

from riskstrat.rules.changes import Published
from riskstrat.rules.checking import check_rules
from riskstrat.rules.definitions import read_gaps, read_rules
from riskstrat.rules.evaluation import BETWEEN_GROUPS, evaluate, groups_met, read_sources
from riskstrat.rules.expectations import people_expected_of
from riskstrat.rules.predicates import Predicate, PredicateFault, parse_predicate
from riskstrat.rules.rule import Exclusion, Gap, Rule
from riskstrat.rules.segments import SEGMENT
from riskstrat.rules.vocabulary import Vocabulary, shipped_vocabulary

__all__ = [
    "BETWEEN_GROUPS",
    "SEGMENT",
    "Exclusion",
    "Gap",
    "Predicate",
    "PredicateFault",
    "Published",
    "Rule",
    "Vocabulary",
    "check_rules",
    "evaluate",
    "groups_met",
    "parse_predicate",
    "people_expected_of",
    "read_gaps",
    "read_rules",
    "read_sources",
    "shipped_vocabulary",
]
