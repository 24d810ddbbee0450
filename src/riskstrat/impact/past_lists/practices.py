"""Past lists by practice: counts as they may be published, and shares made from them alone.

A figure is a part of a whole (``PARTS``). All counts are cells of one system with what is left of each whole, protected
and attacked by the one disclosure control; the board's totals a reader is taken to know exactly, as its own figures
tell them. A count of places or admissions of a few people is suppressed however large. Shares are made from the
published counts (DESIGN section 7).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import SHORTHAND, Rule, figure, is_small
from riskstrat.disclosure.attack import Key, Relation, same_count, sum_of
from riskstrat.disclosure.cells import Cells, Table, as_read, attacked, together
from riskstrat.files import replace_text
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
    was admitted). A count that could be worked out from what would be written is left out of all practices.
    """
    rows = counts.sort("practice_code").rows(named=True)
    cells = _cells(rows, rule)
    figures = cells.protected(rule, {}).figures
    shown = {key: one.shown for key, one in figures.items() if one.is_printed}
    given_away = {key[1] for key in attacked(as_read(shown, cells, rule), cells, {})}
    left_out = given_away | {whole for part, whole in PARTS.values() if f"not {part}" in given_away}
    shown = {key: value for key, value in shown.items() if key[1] not in left_out}
    return tuple(_practice(row, {name: shown.get(_key(name, row)) for name in COUNTS}) for row in rows)


def _key(name: str, row: Mapping[str, Any]) -> Key:
    return "past lists", name, row["practice_code"]


def _cells(rows: Sequence[Mapping[str, Any]], rule: Rule) -> Cells:
    """Return a table for each count: of every practice, with what is left of its whole and what the board has."""
    tables = [_of_count(name, rows, rule) for name in COUNTS]
    tables += [_rest_of(part, whole, rows) for part, whole in PARTS.values()]
    one, other = _SAME_PEOPLE
    ties = [same_count(_key(one, row), _key(other, row)) for row in rows if row[one] == row[other]]
    return together([*tables, Table(relations=tuple(ties))])


def _of_count(name: str, rows: Sequence[Mapping[str, Any]], rule: Rule) -> Table:
    counts = {_key(name, row): row[name] for row in rows}
    total = sum(counts.values())
    low, high = (1.0, figure(total, rule).high) if is_small(total, rule) else (total, total)
    few = frozenset(_key(name, row) for row in rows if _is_of_few(row, name, rule))
    return Table(counts, (Relation(tuple((key, 1.0) for key in counts), low, high),), of_few=few)


def _rest_of(part: str, whole: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return, worked out by any reader, what is left of a whole beside its part."""
    rest: dict[Key, int] = {}
    ties = []
    for row in rows:
        key = _key(f"not {part}", row)
        if row[part] <= row[whole]:  # what was made of people and what of lists need not be a part of one another
            rest[key] = row[whole] - row[part]
            ties.append(sum_of(_key(whole, row), [_key(part, row), key]))
    return Table(rest, tuple(ties), worked_out=frozenset(rest))


def _is_of_few(row: Mapping[str, Any], name: str, rule: Rule) -> bool:
    """Whether few people are behind a count of places or admissions, or behind the rest of its whole.

    Of a whole those on either side may be the same: the more of them count.
    """
    if name in BEHIND_WHOLE:
        return is_small(max(row[one] for one in BEHIND_WHOLE[name]), rule)
    return any(is_small(row[one], rule) for one in BEHIND.get(name, ()))


def _practice(row: Mapping[str, Any], shown: Mapping[str, int | None]) -> Practice:
    code = row["practice_code"]
    has_returned = shown["reviewed"] != 0
    unknown = () if has_returned else RETURNED
    counts = {name: None if name in unknown else value for name, value in shown.items()}
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
