"""A landing drop into checked, permitted, pseudonymised tables, or a refusal that says how to mend it."""

from riskstrat.intake.catalogue import held_to
from riskstrat.intake.drop import take_drop
from riskstrat.intake.expose import expose, open_store
from riskstrat.intake.identity import identities, lookup, pseudonyms
from riskstrat.intake.mergers import last_successors
from riskstrat.intake.people import each_range, people_at_once
from riskstrat.intake.permission import bar_people, known_off_list
from riskstrat.intake.result import IntakeResult, TableQuality

__all__ = [
    "IntakeResult",
    "TableQuality",
    "bar_people",
    "each_range",
    "expose",
    "held_to",
    "identities",
    "known_off_list",
    "last_successors",
    "lookup",
    "open_store",
    "people_at_once",
    "pseudonyms",
    "take_drop",
]
