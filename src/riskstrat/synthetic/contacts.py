"""How often people use each service in a month: log-linear rates whose effects are the rows of ``contacts.csv``."""

import numpy as np

from riskstrat.synthetic.draws import Floats
from riskstrat.synthetic.hazards import View
from riskstrat.synthetic.parameters import Parameters

SERVICES = (
    "gp_appointment",
    "ecds_attendance",
    "outpatient_appointment",
    "community_contact",
    "mental_health_contact",
    "call_111",
    "call_999",
    "elective",
)
DEFICITS_COUNTED = 14.0


class ContactRates:
    """Expected contacts per person and month, by service."""

    def __init__(self, parameters: Parameters) -> None:
        """Read the effects of each service."""
        self.effects: dict[str, dict[str, float]] = {service: {} for service in SERVICES}
        for service, effect, value in parameters.table("contacts").select("service", "effect", "value").iter_rows():
            self.effects[service][effect] = float(value)

    def monthly(self, now: View) -> dict[str, Floats]:
        """Return the expected number of contacts in a month of each person in view, by service."""
        traits = _traits(now)
        rates: dict[str, Floats] = {}
        for service, effects in self.effects.items():
            log_rate: Floats = np.zeros(len(now.who))
            for effect, value in effects.items():
                if effect not in ("per_year", "ceiling"):
                    log_rate = log_rate + value * traits[effect]
            rates[service] = np.minimum(effects["per_year"] * np.exp(log_rate), effects["ceiling"]) / 12.0
        return rates


def _traits(now: View) -> dict[str, Floats]:
    """Return what effects multiply: years, counts, standard deviations, or 0 and 1."""
    age = now.age
    return {
        "deficit": np.minimum(now.deficits, DEFICITS_COUNTED),
        "year_over_60": np.clip(age - 60.0, 0.0, 35.0),
        "year_from_20_to_60": np.clip(age - 20.0, 0.0, 40.0),
        "instability": now.instability,
        "unseen": now.unseen,
        "recent": now.recent,
        "terminal": now.terminal,
        "deprivation": now.deprivation,
        "child_under_5": age < 5,
        "child_under_16": age < 16,
        "aged_15_to_29": (age >= 15) & (age < 30),
        "woman_16_to_49": now.female & (age >= 16) & (age < 50),
        **now.has,
    }
