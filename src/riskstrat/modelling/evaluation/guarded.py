"""The report as a whole, made safe: counts published as the one disclosure control says, and no figure tells more.

An evaluation comes with its counts as they are. They are cells of one system (``cells``), protected together, printed
from it, read back from the report and attacked; a factor of which a count could still be worked out is left out. What
is no count keeps rules of this room, since rounding and suppression of counts do not close it:

1. The shares of a group are worked out from its published counts, and figures that are, or may be, a function of its
   rate alone (the parts of the Brier score; the net benefit at a threshold below everybody's risk) are left out.
2. Where a count of a factor is suppressed, the figures of its smallest other group are left out too, and the ratio of
   one more practice: whatever figures tell of two groups leaves one of them open.
3. What a practice was expected to have is to the nearest 5, without limits, which would tell it nearer.
4. Nothing is shown of a test with 1 to 7 outcomes, nor figures of a part of the people that leaves so few.

``tests/unit/modelling/test_card_disclosure.py`` plays the reader.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from riskstrat.disclosure import Figure
from riskstrat.disclosure.attack import Key
from riskstrat.disclosure.cells import Cells, as_read, attacked
from riskstrat.modelling.evaluation.cells import (
    DIED,
    DIED_WITHOUT,
    EVENTS,
    EVERYONE,
    FOUND,
    KIND_OF_ADMISSION,
    LEAVING,
    LEFT,
    LISTED_WITHOUT,
    MISSED,
    NO_RECENT_ADMISSION,
    NOT_LISTED_WITHOUT,
    OVERNIGHT,
    PARTS,
    PEOPLE,
    SAME_DAY,
    cells_of_test,
    has_few,
    key_of,
    leaves_few,
)
from riskstrat.modelling.evaluation.shown import FEW_IN_CELL, FEW_IN_GROUP, RULE, withheld

Report = dict[str, Any]
Figures = Mapping[Key, Figure]

FOR_ANOTHER = "not shown, so that a smaller group's number cannot be worked out"
LEFT_OUT = "not shown: the numbers of its groups could be worked out from one another"
TOO_FEW = "fewer than 8 people tested had the outcome, or had not: nothing is shown of them"
_FOUND, _IN_VAIN = (FOUND, MISSED), (LISTED_WITHOUT, NOT_LISTED_WITHOUT)
_RATES = {"false_negative_rate": _FOUND[::-1], "false_positive_rate": _IN_VAIN, "ppv": (FOUND, LISTED_WITHOUT)}
_OF_THE_RATE = ("brier_", "net_benefit_")
_LEAVING_COUNTS = (LEFT, DIED, DIED_WITHOUT, "rule")
_PRACTICE = "practice"


def guarded(report: Mapping[str, Any]) -> Report:
    """Return the report as it may be printed and kept, of one with its counts as they are, which is not changed."""
    raw = deepcopy(dict(report))
    part = raw["without_recent_admission"]
    if part["figures"] is not None and (has_few(raw) or leaves_few(raw, part)):
        raw["without_recent_admission"] = {
            PEOPLE: part[PEOPLE],
            EVENTS: part[EVENTS],
            "figures": None,
            "why": FOR_ANOTHER,
        }
    cells, known = cells_of_test(raw)
    safe = _published(raw, cells.protected(RULE, known).figures)
    for factor in sorted({key[1] for key in attacked_as_written(safe, cells, known)}):
        _leave_out(safe, factor)
    return without_figures(safe) if has_few(raw) else safe


def attacked_as_written(safe: Report, cells: Cells, known: Figures) -> set[Key]:
    """Return the counts that a reader of a report can work out: its counts read back, and held against the true ones.

    Raises ``ValueError`` naming a count that is not printed as the rule prints it.
    """
    return attacked(as_read(_read_back(safe), cells, RULE), cells, known)


def _published(safe: Report, figures: Figures) -> Report:
    """Return the report with every count as it is published, and without what would tell more."""
    rows: list[Report] = safe["groups"]
    for row in rows:
        _publish_group(row, figures)
    for factor in {row["factor"]: None for row in rows}:
        _hide_figures_of_one_more([row for row in rows if row["factor"] == factor])
    for row in rows:
        _rates_from_published(row)
    safe["group_differences"] = [_difference(row, rows) for row in safe["group_differences"]]
    _publish_practices(safe["practices"], figures)
    _publish_kinds(safe.get("same_day"), figures)
    _publish_leaving(safe.get("leaving_and_dying"), figures)
    part = safe["without_recent_admission"]
    if PEOPLE in part:
        part |= {
            name: figures[key_of(NO_RECENT_ADMISSION, NO_RECENT_ADMISSION, name)].shown for name in (PEOPLE, EVENTS)
        }
    for name in (FOUND, LISTED_WITHOUT):
        del safe[name]
    return safe | {name: figures[key_of(EVERYONE, EVERYONE, name)].shown for name in (PEOPLE, EVENTS)}


def _publish_group(row: Report, figures: Figures) -> None:
    """Set a group's counts as they are published; without them it has no figures."""
    own = {name: figures[key_of(row["factor"], row["group"], name)] for name in (PEOPLE, EVENTS, *PARTS)}
    for name in (FOUND, LISTED_WITHOUT):
        del row[name]
    row |= {name: own[name].shown for name in (PEOPLE, EVENTS)}
    if not own[PEOPLE].is_printed:
        row |= {"figures": None, "listed": None, "why": LEFT_OUT}
    elif None in (row[PEOPLE], row[EVENTS]):
        is_small = own[PEOPLE].is_guarded or own[EVENTS].is_guarded
        row |= {"figures": None, "listed": None, "why": FEW_IN_GROUP if is_small else FOR_ANOTHER}
    row["figures"] = row["figures"] and {
        name: found for name, found in row["figures"].items() if not name.startswith(_OF_THE_RATE)
    }
    if row["listed"] and not all(own[part].is_printed for part in PARTS):
        row["listed"] = None
    if row["listed"]:
        row["listed"]["counts"] = {part: own[part].shown for part in PARTS}


def _hide_figures_of_one_more(rows: list[Report]) -> None:
    """Leave out the figures of the smallest other group where a count of a factor is suppressed."""
    if any(None in (row[PEOPLE], row[EVENTS]) for row in rows):
        for row in _smallest((row for row in rows if row["figures"]), EVENTS):
            row |= {"figures": None, "listed": None, "why": FOR_ANOTHER}


def _smallest(rows: Iterable[Report], name: str) -> list[Report]:
    """Return the row with the least ``name``, or none; equal ones in the order given."""
    return sorted(rows, key=lambda row: row[name] or 0)[:1]


def _rates_from_published(row: Report) -> None:
    """Work the shares of a group's list out from its published counts; intervals keep two decimals."""
    listed = row["listed"]
    if not listed:
        return
    counts = listed["counts"]
    values = {name: _share(counts, top, low) for name, (top, low) in _RATES.items()}
    parts = [counts[part] for part in PARTS]
    shown = None if None in parts else (parts[0] + parts[2]) / max(1, sum(parts))
    listed |= {name: _reshown(listed[name], value) for name, value in (values | {"share_listed": shown}).items()}


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
    """Return the largest difference between a factor's groups, worked out from their published counts."""
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


def _publish_practices(practices: Report, figures: Figures) -> None:
    """Set practices' counts as they are published, what they were expected to have to the nearest 5, and no limits."""
    rows: list[Report] = practices["rows"]
    for row in rows:
        people, observed = (figures[key_of(_PRACTICE, row["practice"], name)] for name in (PEOPLE, EVENTS))
        row |= {"people": people.shown, "observed": observed.shown}
        if None in (people.shown, observed.shown):
            _without_ratio(row, FEW_IN_CELL if people.is_guarded or observed.is_guarded else FOR_ANOTHER)
    if any(row.get("ratio") is None for row in rows):
        for row in _smallest((row for row in rows if row.get("ratio") is not None), "observed"):
            _without_ratio(row, FOR_ANOTHER)
    for row in rows:
        if row.get("ratio") is not None:
            row["expected"] = max(5, 5 * round(row["expected"] / 5))
            for limit in [name for name in row if name.startswith(("low_", "high_"))]:
                del row[limit]  # read against the curve, it tells the number expected to a tenth


def _without_ratio(row: Report, why: str) -> None:
    kept = {name: row[name] for name in (_PRACTICE, "people", "observed")}
    row.clear()
    row.update(kept | {"expected": None, "why": why})


def _publish_kinds(same_day: Report | None, figures: Figures) -> None:
    """Set same-day and overnight admissions as they are published; without a count of them there is no figure."""
    if same_day:
        same_day |= {kind: figures[key_of(KIND_OF_ADMISSION, kind, EVENTS)].shown for kind in (SAME_DAY, OVERNIGHT)}
        if same_day[OVERNIGHT] is None:
            same_day |= {"auroc_overnight": None, "why": FEW_IN_GROUP}


def _publish_leaving(leaving: Report | None, figures: Figures) -> None:
    """Set who left and died as published; with the share seen, estimates that rest on a few would give them away."""
    if not leaving:
        return
    counted = [name for name in (LEFT, DIED, DIED_WITHOUT) if leaving[name] is not None]
    leaving |= {name: figures[key_of(LEAVING, EVERYONE, name)].shown for name in counted}
    if any(leaving[name] is None for name in counted if name != DIED):
        leaving["figures"] |= {name: withheld(FEW_IN_CELL) for name in leaving["figures"] if name != "share_seen"}
        leaving["by_risk"] = []


def _read_back(safe: Report) -> dict[Key, int | None]:
    """Return every count of a report as a reader finds it, ``None`` for one that is suppressed."""
    shown = {key_of(EVERYONE, EVERYONE, name): safe[name] for name in (PEOPLE, EVENTS)}
    for row in safe["groups"]:
        if row.get("why") != LEFT_OUT:
            counts = {PEOPLE: row[PEOPLE], EVENTS: row[EVENTS], **(row["listed"]["counts"] if row["listed"] else {})}
            shown |= {key_of(row["factor"], row["group"], name): count for name, count in counts.items()}
    for row in safe["practices"]["rows"]:
        shown[key_of(_PRACTICE, row["practice"], PEOPLE)] = row["people"]
        shown[key_of(_PRACTICE, row["practice"], EVENTS)] = row["observed"]
    part, same_day, leaving = (safe.get(name) for name in ("without_recent_admission", "same_day", "leaving_and_dying"))
    if part and PEOPLE in part:
        shown |= {key_of(NO_RECENT_ADMISSION, NO_RECENT_ADMISSION, name): part[name] for name in (PEOPLE, EVENTS)}
    if same_day:
        shown |= {key_of(KIND_OF_ADMISSION, kind, EVENTS): same_day[kind] for kind in (SAME_DAY, OVERNIGHT)}
    if leaving:
        shown |= {key_of(LEAVING, EVERYONE, name): leaving[name] for name in (LEFT, DIED, DIED_WITHOUT)}
    return shown


def _leave_out(safe: Report, factor: str) -> None:
    """Leave the counts and figures of a factor out of a report, or of what else they are of."""
    if factor == NO_RECENT_ADMISSION:
        safe["without_recent_admission"] = {"figures": None, "why": LEFT_OUT}
    elif factor == KIND_OF_ADMISSION:
        safe["same_day"] = None
    elif factor == LEAVING:
        safe["leaving_and_dying"] = None
    for row in safe["groups"]:
        if row["factor"] == factor:
            row |= {PEOPLE: None, EVENTS: None, "figures": None, "listed": None, "why": LEFT_OUT}
    safe["group_differences"] = [row for row in safe["group_differences"] if row["factor"] != factor]
    if factor == _PRACTICE:
        safe["practices"] = {"rows": [], "why": LEFT_OUT}


def without_figures(report: Report) -> Report:
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
