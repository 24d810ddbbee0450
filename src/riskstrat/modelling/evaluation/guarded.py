"""The report as a whole, made safe: no small count can be worked out from what is printed beside it.

Counts are rounded where they are made, and figures on too few people are withheld there (``shown``). That does not stop
subtraction. An evaluation prints exact figures of everyone, so that the number with the outcome can be worked out; were
the figures of all groups of a factor but one exact too, the one left out would be known. Three rules close it:

1. What is printed of a group gives its numbers no nearer than its rounded counts do: its shares are worked out from
   those, and figures that are, or may be, a function of its rate alone (the parts of the Brier score; the net benefit
   at a threshold below everybody's risk) are left out.
2. Where a count of a factor is suppressed, that of its smallest other group is suppressed too, with its figures: a
   reader then subtracts to the sum of two, one of which may be anything.
3. Nothing is shown of a model, or of a part of the people and what is left of them, with 1 to 7 outcomes.

``tests/unit/modelling/test_card_disclosure.py`` plays the reader.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from riskstrat.modelling.evaluation.shown import FEW_IN_CELL, withheld

Report = dict[str, Any]

FOR_ANOTHER = "not shown, so that a smaller group's number cannot be worked out"
TOO_FEW = "fewer than 8 people tested had the outcome, or had not: nothing is shown of them"
_FOUND, _IN_VAIN = ("found", "missed"), ("listed_without", "not_listed_without")
_RATES = {"false_negative_rate": _FOUND[::-1], "false_positive_rate": _IN_VAIN, "ppv": (_FOUND[0], _IN_VAIN[0])}
_OF_THE_RATE = ("brier_", "net_benefit_")
_LEAVING_COUNTS = ("left_in_horizon", "died_in_horizon", "died_without_the_outcome", "rule")
LEAST_LEFT = 15
"""Published counts are up to two off each: where they differ by less, what is left may be a small count."""


def guarded(report: Mapping[str, Any]) -> Report:
    """Return the report as it may be printed and kept; the one given is not changed."""
    safe = deepcopy(dict(report))
    rows: list[Report] = safe["groups"]
    for row in rows:
        row["figures"] = _without_its_rate(row["figures"])
        _pair_up(row)
    for factor in {row["factor"]: None for row in rows}:
        own = [row for row in rows if row["factor"] == factor]
        _hide_one_more(own)
        _hide_one_more_on_the_list(own)
    for row in rows:
        _shares_from_rounded(row)
    safe["group_differences"] = [_difference(row, rows) for row in safe["group_differences"]]
    _guard_practices(safe["practices"])
    same_day = safe.get("same_day")
    if same_day and None in (same_day["same_day_only"], same_day["overnight"]):
        same_day.update(same_day_only=None, overnight=None)  # together they are everyone with the outcome
    part = safe["without_recent_admission"]
    if part["figures"] is not None and _leaves_few(safe, part):
        safe["without_recent_admission"] = {"people": None, "events": None, "figures": None, "why": FOR_ANOTHER}
    return _nothing(safe) if is_small(safe) else safe


def _without_its_rate(figures: Report | None) -> Report | None:
    return figures and {name: found for name, found in figures.items() if not name.startswith(_OF_THE_RATE)}


def _pair_up(row: Report) -> None:
    """Suppress both parts of a rate where one is: the group's own total would give it away."""
    counts = row["listed"] and row["listed"]["counts"]
    for pair in (_FOUND, _IN_VAIN) if counts else ():
        if any(counts[part] is None for part in pair):
            counts |= dict.fromkeys(pair)


def _hide_one_more(rows: list[Report]) -> None:
    """Suppress people or events, and all figures, of the smallest other group where one of a factor is suppressed."""
    for name in ("people", "events"):
        if any(row[name] is None for row in rows):
            for row in _smallest(row for row in rows if row[name]):
                row.update({name: None, "figures": None, "listed": None, "why": FOR_ANOTHER})


def _smallest(rows: Iterable[Report], name: str = "events") -> list[Report]:
    """Return the row with the least ``name``, or none; equal ones in the order given."""
    return sorted(rows, key=lambda row: row[name] or 0)[:1]


def _hide_one_more_on_the_list(rows: list[Report]) -> None:
    """Suppress the parts of a rate in the smallest other group where those of one group alone are not shown."""
    for pair in (_FOUND, _IN_VAIN):
        known = [
            row["listed"]["counts"] for row in rows if row["listed"] and row["listed"]["counts"][pair[0]] is not None
        ]
        if len(known) == len(rows) - 1:
            for counts in _smallest(known, pair[0]):
                counts.update(dict.fromkeys(pair))


def _shares_from_rounded(row: Report) -> None:
    """Work the shares of a group's list out from its rounded counts; intervals keep two decimals."""
    listed = row["listed"]
    if not listed:
        return
    counts = listed["counts"]
    values = {name: _share(counts, top, low) for name, (top, low) in _RATES.items()}
    parts = [counts[part] for part in (*_FOUND, *_IN_VAIN)]
    shown = None if None in parts else (parts[0] + parts[2]) / max(1, sum(parts))
    listed |= {name: _reshown(listed[name], value) for name, value in (values | {"share_listed": shown}).items()}
    for name in ("true_positive_rate_minus_everyone", "false_positive_rate_minus_everyone"):
        listed.pop(name, None)  # everyone's rate is exact, so that the difference would make the group's exact


def _share(counts: Mapping[str, int | None], part: str, other: str) -> float | None:
    first, second = counts[part], counts[other]
    return None if first is None or second is None or not first + second else first / (first + second)


def _reshown(found: Report, value: float | None) -> Report:
    """Return a figure with another value; its interval, in two decimals, is widened where it must be to hold it."""
    if value is None or found["value"] is None:
        return withheld(found.get("why", FEW_IN_CELL))
    value = round(value, 3)
    ends = {end: value if found[end] is None else round(found[end], 2) for end in ("low", "high")}
    return {"value": value, "low": min(value, ends["low"]), "high": max(value, ends["high"])}


def _difference(row: Report, rows: list[Report]) -> Report:
    """Return the largest difference between a factor's groups, worked out from their rounded counts."""
    safe = dict(row)
    own = [one for one in rows if one["factor"] == row["factor"] and one["listed"]]
    for name, (top, low) in {"true_positive_rate": _FOUND, "false_positive_rate": _IN_VAIN}.items():
        rates = {one["group"]: _share(one["listed"]["counts"], top, low) for one in own}
        known = {group: rate for group, rate in rates.items() if rate is not None}
        found = row[f"{name}_difference"]
        if len(known) < 2 or found["value"] is None:
            safe[f"{name}_difference"] = withheld(found.get("why", FOR_ANOTHER))
            continue
        highest, lowest = max(known, key=lambda g: known[g]), min(known, key=lambda g: known[g])
        again = _reshown(found, known[highest] - known[lowest])
        safe[f"{name}_difference"] = again | {"highest": highest, "lowest": lowest}
    return safe


def _guard_practices(practices: Report) -> None:
    """Print what a practice was expected to have to the nearest 5, and no limits; hide one more where one is hidden."""
    rows: list[Report] = practices["rows"]
    if any(row["observed"] is None or row.get("ratio") is None for row in rows):
        for row in _smallest((row for row in rows if row.get("ratio") is not None), "observed"):
            kept = {"practice": row["practice"], "people": row["people"], "observed": None}
            row.clear()
            row.update(kept | {"expected": None, "why": FOR_ANOTHER})
    for row in rows:
        if row.get("ratio") is not None:
            row["expected"] = max(5, 5 * round(row["expected"] / 5))
            for limit in [name for name in row if name.startswith(("low_", "high_"))]:
                del row[limit]  # read against the curve, it tells the number expected to a tenth


def _leaves_few(whole: Report, part: Report) -> bool:
    """Return whether the people who are not in the part have, or may have, few outcomes or few without."""
    if None in (part["events"], part["people"], whole["events"], whole["people"]):
        return True
    events = whole["events"] - part["events"]
    return bool(min(events, whole["people"] - part["people"] - events) < LEAST_LEFT)


def is_small(report: Mapping[str, Any]) -> bool:
    """Return whether so few had the outcome, or so few had not, that no figure may be shown."""
    people, events = report["people"], report["events"]
    return not people or not events or people - events < LEAST_LEFT


def _nothing(report: Report) -> Report:
    """Return the report of a test with too few outcomes: counts, and no figure that tells how many."""
    few = withheld(TOO_FEW)
    return report | {
        "rate": None,
        "figures": dict.fromkeys(report["figures"], few),
        "net_benefit_of_treating_all": dict.fromkeys(report["net_benefit_of_treating_all"]),
        "expected_calibration_error_of_a_perfect_model": None,
        "expected_calibration_error_by_chance_at_most": None,
        "curve": [],
        "baselines": [],
        "without_recent_admission": {"figures": None, "why": TOO_FEW},
        "lists": [row | {"people_found": None} for row in report["lists"]],
        "leaving_and_dying": report["leaving_and_dying"]
        and {k: v for k, v in report["leaving_and_dying"].items() if k in _LEAVING_COUNTS},
        "same_day": None,
        **({"auroc_minus_champion": few} if "auroc_minus_champion" in report else {}),
    }
