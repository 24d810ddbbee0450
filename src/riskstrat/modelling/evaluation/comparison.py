"""The model beside what it is compared with: the same people, the same draws, lists of the same size.

``more_found_per_1000_listed`` is how many more people with the outcome a thousand reviews reach by the model than by
the other score, ``times_as_many_found`` the ratio of the two. Differences are paired: each draw has the same people.
"""

from collections.abc import Mapping
from typing import Any

from riskstrat.modelling.evaluation.bootstrap import figure
from riskstrat.modelling.evaluation.shown import FEW_ON_LIST, LISTS, is_too_few, shown, shown_figures, withheld
from riskstrat.modelling.evaluation.tally import ratio
from riskstrat.modelling.training.calibration import Floats

CHAMPION = "champion"
_DIFFERENCES = {
    "model_auroc_minus_baseline": "auroc",
    "model_auprc_minus_baseline": "auprc",
    "model_sensitivity_minus_baseline": "sensitivity_top_5_percent",
    "model_ppv_minus_baseline": "ppv_top_5_percent",
}


def comparison(
    own: Mapping[str, Floats], others: Mapping[str, Mapping[str, Floats]], titles: Mapping[str, str], events: float
) -> list[dict[str, Any]]:
    """Return a row per other score, the best AUROC first: its figures, and the model's against it.

    ``own`` and ``others`` are draws by figure (``listing.list_draws``), ``events`` people with the outcome.
    Net benefit is compared where the other says risks, and so has one.
    """
    rows = [_row(name, titles[name], own, other, events) for name, other in others.items()]
    return sorted(rows, key=lambda row: (-row["auroc"]["value"], row["baseline"]))


def _row(
    name: str, title: str, own: Mapping[str, Floats], other: Mapping[str, Floats], events: float
) -> dict[str, Any]:
    theirs = {figure_name: figure(draws) for figure_name, draws in other.items()}
    ours = {figure_name: figure(own[figure_name]) for figure_name in other}
    few = {one for one in LISTS if f"ppv_{one}" in other}
    few = {one for one in few if is_too_few(theirs, one, events) or is_too_few(ours, one, events)}
    row: dict[str, Any] = {"baseline": name, "title": title, **shown_figures(theirs, events)}
    net_benefits = {f"model_{of}_minus_baseline": of for of in other if of.startswith("net_benefit_")}
    for difference, of in (_DIFFERENCES | net_benefits).items():
        is_withheld = any(of.endswith(f"_{one}") for one in few)
        row[difference] = withheld(FEW_ON_LIST) if is_withheld else shown(figure(own[of] - other[of]))
    row["lift"] = {
        one: _lift(own[f"ppv_{one}"], other[f"ppv_{one}"], is_withheld=one in few)
        for one in LISTS
        if f"ppv_{one}" in other
    }
    return row


def _lift(own: Floats, other: Floats, *, is_withheld: bool) -> dict[str, Any]:
    if is_withheld:
        return {"more_found_per_1000_listed": withheld(FEW_ON_LIST), "times_as_many_found": withheld(FEW_ON_LIST)}
    return {
        "more_found_per_1000_listed": shown(figure(1000 * (own - other)), 1),
        "times_as_many_found": shown(figure(ratio(own, other)), 3),
    }
