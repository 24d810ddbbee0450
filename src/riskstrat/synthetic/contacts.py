"""How often people use each service in a month: rates of contacts as functions of their state."""

import numpy as np

from riskstrat.synthetic.draws import Floats
from riskstrat.synthetic.hazards import View

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


def monthly_rates(now: View, values: dict[str, float]) -> dict[str, Floats]:
    """Return the expected number of contacts per person in a month, by service."""
    unrest = np.exp(0.35 * now.instability + 0.6 * now.unseen)
    poverty = now.deprivation
    deficits = np.minimum(now.deficits, 14.0)
    old = np.clip(now.age - 60.0, 0.0, 35.0)
    child = now.age < 5
    woman = now.female & (now.age >= 16) & (now.age < 50)
    burden = np.exp(0.06 * deficits + 0.012 * old)
    mind = now.has["severe_mental_illness"], now.has["depression"], now.has["dementia"]
    acute = values["ae_deprivation_log"] * poverty + 0.4 * now.unseen + 0.45 * child + 0.25 * ((now.age >= 15) & (now.age < 30))
    frail = np.exp(0.22 * deficits + 0.05 * old) * np.where(now.has["housebound"], 2.5, 1.0)
    yearly = {
        "gp_appointment": values["gp_contact_scale"]
        * values["gp_contacts"]
        * burden
        * unrest
        * np.exp(0.4 * woman + 0.2 * child),
        "ecds_attendance": values["ae_scale"]
        * np.exp(acute + 0.05 * deficits + 0.006 * old + 0.35 * mind[0] + 0.15 * mind[1] + 0.2 * now.recent)
        * unrest,
        "outpatient_appointment": values["outpatient_scale"]
        * np.exp(0.13 * deficits + 0.015 * old + 0.9 * now.has["cancer"] + 0.15 * now.recent)
        * unrest,
        "community_contact": values["community_scale"]
        * frail
        * np.exp(0.5 * now.recent + 0.8 * now.terminal + 0.8 * now.has["skin_ulcer"]),
        "mental_health_contact": values["mental_health_scale"]
        * np.exp(
            2.6 * mind[0] + 1.0 * mind[1] + 1.1 * mind[2] + 0.4 * now.unseen - 0.02 * np.clip(now.age - 20, 0, 40)
        ),
        "call_111": values["call_111_scale"] * np.exp(acute + 0.05 * deficits + 0.2 * now.recent) * unrest,
        "call_999": values["call_999_scale"]
        * np.exp(0.12 * deficits + 0.03 * old + 0.3 * now.recent + 0.04 * poverty + 0.4 * now.has["falls"])
        * unrest,
        "elective": values["elective_scale"]
        * np.exp(0.10 * deficits + 0.012 * old + 1.2 * now.has["cancer"] + 0.3 * now.has["ckd_3_5"])
        * np.where(now.age < 16, 0.5, 1.0),
    }
    ceiling = {"community_contact": 6.0, "mental_health_contact": 3.0}
    return {name: np.minimum(rate / 12.0, ceiling.get(name, 2.5)) for name, rate in yearly.items()}
