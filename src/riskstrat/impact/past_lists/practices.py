"""Past lists by practice: counts as they may be published, and shares made from them alone.

A figure is a part of a whole (``PARTS``). Where a part, or what is left of its whole, is a small number of people, the
part is left out; where that is one practice alone, so is the part of the practice with the smallest whole of the
others, or a total would give it away. A part of what is left out is left out. Other counts are rounded, and shares are
made from the rounded counts (DESIGN section 7).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import SHORTHAND, Rule
from riskstrat.files import replace_text
from riskstrat.impact.counts import shown_count
from riskstrat.modelling.evaluation.reliability import wilson
from riskstrat.modelling.evaluation.shown import LEAST_GROUP_EVENTS

PARTS: Mapping[str, tuple[str, str]] = {
    "ppv": ("admitted", "listed"),
    "ppv_most_admissions": ("admitted_most", "listed_most"),
    "sensitivity": ("admissions_listed", "admissions"),
    "share_no_programme": ("no_programme", "listed"),
    "share_no_admission_730d": ("no_admission_730d", "listed"),
    "share_reviewed": ("reviewed", "listed"),
    "share_acted_on": ("acted_on", "reviewed"),
    "share_on_the_list_before": ("stayed", "places"),
}
"""Shares by name: the count that is the part, and the one that is its whole; a whole stands before its own parts."""
BEHIND: Mapping[str, tuple[str, str]] = {
    "admissions_listed": ("people_admissions_listed", "people_admissions_others"),
    "stayed": ("people_stayed", "people_places_others"),
}
"""Parts that count people once a list: how many different people are behind the part, and behind the rest."""
BEHIND_WHOLE: Mapping[str, tuple[str, str]] = {whole: BEHIND[part] for part, whole in PARTS.values() if part in BEHIND}
"""Wholes that count people once a list: over the number of lists they say how many people there are."""
_SAME_PEOPLE = ("admitted", "admissions_listed")
"""Where there is one list these two count the same: left out of one, left out of both."""
COUNTS = tuple(dict.fromkeys(name for part, whole in PARTS.values() for name in (whole, part)))
DAYS = "median_days_to_admission"
COLUMNS = ("period", "practice_code", "measure", "value", "lower", "upper", "note")
CSV_HEAD = (",".join(COLUMNS) + "\r\n").encode()
"""The first line of the table by practice, by which an earlier one is known."""
NOTHING = "nobody to make a share of"
NOT_RETURNED = "no list came back"
RETURNED = ("reviewed", "acted_on", "share_reviewed", "share_acted_on")
"""Figures of what a practice recorded: of one that recorded nothing they are not known, and are not zero."""


@dataclass(frozen=True)
class Practice:
    """One practice as published. ``counts`` and ``shares`` by name, ``None`` where left out or of nobody.

    ``ppv_interval`` is Wilson's, from the published counts. ``median_days``: from the first list that named a person to
    the admission, where at least ``LEAST_GROUP_EVENTS`` people (as published) were admitted. ``has_returned`` is false
    where the practice is known to have recorded nothing on any list: what it reviewed is then not known.
    """

    practice_code: str
    counts: Mapping[str, int | None]
    shares: Mapping[str, float | None]
    ppv_interval: tuple[float, float] | None
    median_days: int | None
    has_returned: bool

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines, one value a name."""
        low, high = self.ppv_interval or (None, None)
        return {
            "practice_code": self.practice_code,
            **self.counts,
            **self.shares,
            "ppv_low": low,
            "ppv_high": high,
            DAYS: self.median_days,
        }


def published(counts: pl.DataFrame, rule: Rule) -> tuple[Practice, ...]:
    """Return counts by practice as they may be shown.

    ``counts``: ``practice_code``, ``COUNTS``, the columns that ``BEHIND`` names, and ``median_days`` (null where nobody
    was admitted).
    """
    rows = counts.sort("practice_code").rows(named=True)
    hidden: dict[str, set[str]] = {}
    for part, whole in PARTS.values():
        if whole not in hidden:
            small = {r["practice_code"] for r in rows if _is_of_few(r, whole, rule)}
            hidden[whole] = _with_another(small, rows, whole, whole)
        unsafe = {r["practice_code"] for r in rows if not _is_safe(r, part, whole, rule)} | hidden[whole]
        hidden[part] = hidden.get(part, set()) | _with_another(unsafe, rows, part, whole)
    for name in _SAME_PEOPLE:
        hidden[name] = set().union(*(hidden[one] for one in _SAME_PEOPLE))
    return tuple(_practice(row, hidden, rule) for row in rows)


def _small(count: int, rule: Rule) -> bool:
    return shown_count(count, rule) is None


def _is_of_few(row: Mapping[str, Any], whole: str, rule: Rule) -> bool:
    """Whether a whole is small or of few people: of those on either side, who may be the same, the more count."""
    behind = max((row[name] for name in BEHIND_WHOLE.get(whole, ())), default=0)
    return _small(row[whole], rule) or _small(behind, rule)


def _is_safe(row: Mapping[str, Any], part: str, whole: str, rule: Rule) -> bool:
    behind = [row[name] for name in BEHIND.get(part, ())]
    return not any(_small(count, rule) for count in (row[part], max(row[whole] - row[part], 0), *behind))


def _with_another(hidden: set[str], rows: Sequence[Mapping[str, Any]], part: str, whole: str) -> set[str]:
    """Return the practices left out, with one more where it is one alone: not one of nobody, where there is another."""
    if len(hidden) != 1:
        return hidden
    others = [r for r in rows if r["practice_code"] not in hidden and r[whole]]
    others.sort(key=lambda r: (r[part] == 0, r[whole], r["practice_code"]))
    return hidden | {r["practice_code"] for r in others[:1]}


def _practice(row: Mapping[str, Any], hidden: Mapping[str, set[str]], rule: Rule) -> Practice:
    code = row["practice_code"]
    has_returned = row["reviewed"] > 0 or code in hidden["reviewed"]
    unknown = () if has_returned else RETURNED
    counts = {
        name: None if code in hidden[name] or name in unknown else shown_count(row[name], rule) for name in COUNTS
    }
    shares = {name: _share(counts[part], counts[whole]) for name, (part, whole) in PARTS.items()}
    admitted, listed = counts["admitted"], counts["listed"]
    interval = None
    if admitted is not None and listed:
        low, high = wilson(min(admitted, listed), listed)
        interval = (round(low, 4), round(high, 4))
    days = round(row["median_days"]) if admitted is not None and admitted >= LEAST_GROUP_EVENTS else None
    return Practice(code, counts, shares, interval, days, has_returned)


def _share(part: int | None, whole: int | None) -> float | None:
    """Return a share of published counts; ``None`` where one is left out, or there is nobody."""
    return None if part is None or not whole else round(min(1.0, part / whole), 4)


def as_csv(practices: Iterable[Practice], lists: Sequence[date]) -> str:
    """Return practices as a tidy table, ``COLUMNS``: a row per practice and measure; shares are from 0 to 1.

    ``period`` runs from the first to the last of ``lists``. ``note`` says why there is no value: ``*`` for a count left
    out and for what would have been made from it, or that no list came back.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    period = f"{lists[0]}/{lists[-1]}" if lists else ""
    for one in practices:
        for measure, value in one.as_dict().items():
            if measure in ("practice_code", "ppv_low", "ppv_high"):
                continue
            limits = one.ppv_interval if measure == "ppv" and one.ppv_interval else ("", "")
            cells = "" if value is None else value
            writer.writerow((period, one.practice_code, measure, cells, *limits, _why_not(one, measure, value)))
    return text.getvalue()


def _why_not(one: Practice, measure: str, value: float | None) -> str:
    if value is not None:
        return ""
    if measure in RETURNED and not one.has_returned:
        return NOT_RETURNED
    if measure in PARTS and 0 in [one.counts[name] for name in PARTS[measure]]:
        return NOTHING
    if measure == DAYS and one.counts["admitted"] is not None:
        return f"fewer than {LEAST_GROUP_EVENTS} people admitted"
    return SHORTHAND


def write_csv(practices: Iterable[Practice], lists: Sequence[date], out: Path) -> None:
    """Write ``as_csv`` to a file, whatever is there; ``CSV_HEAD`` is how an earlier one begins."""
    replace_text(out, as_csv(practices, lists))
