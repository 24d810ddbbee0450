"""The effect in words: the answer first, then by which comparison, the placebo, and what it cannot tell."""

import textwrap
from collections.abc import Sequence
from datetime import date

from riskstrat.disclosure import Rule
from riskstrat.impact.counts import in_words, shown_count
from riskstrat.impact.listing.comparable import HIGHEST_CHANCE, Comparison, worst_balance
from riskstrat.impact.listing.effect import BeforeAndAfter, Effect
from riskstrat.impact.listing.randomised import HoldOut
from riskstrat.impact.reading import LATEST_DAYS
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.pages import counted, long_date

IMBALANCE = 0.1
"""A standardised difference above this is said (Austin, Stat Med 2009;28:3083)."""

_CANNOT_TELL_COMPARABLE = (
    "whether listed and unlisted people differ in what no column holds: what a clinician knew, or a practice did for "
    "some and not for others. Only a hold-out rules that out.",
    "anything of listed people who had nobody like them unlisted: those whom every practice would have listed.",
    "what reviewing did, apart from being on the list: the comparison is of being listed, reviewed or not.",
)
_CANNOT_TELL_HOLD_OUT = (
    "anything of people who are never held out (urgent, safeguarding and future-care rules).",
    "what reviewing did, apart from being on the list: the comparison is of being listed, reviewed or not.",
    "anything beyond the horizon, or of admissions after a person's first.",
)


def effect_as_text(found: Sequence[Effect]) -> str:
    """Return every horizon's part, the longer first; each begins with its answer in one sentence."""
    parts = [*map(_part, found), made_late(found[0].made_late)]
    return "\n\n".join("\n".join(map(_wrapped, part)) for part in parts if part)


def _wrapped(line: str) -> str:
    """Return a line no longer than a terminal shows, its further lines set in."""
    indent = line[: len(line) - len(line.lstrip(" -"))]
    return textwrap.fill(line, 100, subsequent_indent=" " * (len(indent) + 2), break_on_hyphens=False)


def _part(one: Effect) -> list[str]:
    months = one.outcomes.complete
    lines = [one.answer]
    if months:
        span = long_date(months[0]) + (f" to {long_date(months[-1])}" if months[1:] else "")
        lines.append(f"  Lists of {span}; shares are of people, each at the first list that named them.")
    if one.outcomes.waiting:
        day, end = one.outcomes.waiting[0]
        lines.append(
            f"  Not complete, and left out: {counted(len(one.outcomes.waiting), 'list')}; the first, of "
            f"{long_date(day)}, once admissions complete to {long_date(end)} are held."
        )
    if one.difference is None:
        return lines
    lines.append(f"  {_VERDICTS[one.verdict]}")
    difference = "Difference, not to be relied on" if one.verdict == "not to be relied on" else "Difference"
    if one.hold_out is not None:
        lines += _hold_out(one.hold_out, one.rule, difference)
    if one.comparison is not None:
        lines += _comparison(one.comparison, one.rule, difference)
    lines += _placebo(one)
    if one.averted is not None:
        lines.append(
            f"  As a share of emergency admissions: {_share(one.averted)} averted, below 0 if added; a forecast of "
            "worth is held against this."
        )
    if one.before_and_after is not None:
        lines += _before_and_after(one.before_and_after)
    lines.append("  What this cannot tell:")
    cannot = _CANNOT_TELL_HOLD_OUT if one.hold_out is not None else _CANNOT_TELL_COMPARABLE
    return [*lines, *(f"  - {line}" for line in cannot)]


_VERDICTS = {
    "fewer": "An effect is claimed: the whole interval lies on one side and the placebo finds nothing.",
    "more": "HARM is claimed: the whole interval lies on one side and the placebo finds nothing.",
    "cannot tell": "No effect can be told from chance. That is not evidence of no effect: see the interval.",
    "not to be relied on": "Nothing below is an effect of the lists: the placebo says that this comparison misleads.",
}


def made_late(days: Sequence[date]) -> list[str]:
    """Return the line that says which lists are left out because they were not made in time."""
    if not days:
        return []
    return [
        f"Left out: {counted(len(days), 'list')}, the first of {long_date(days[0])}, made from data that reach more "
        f"than {LATEST_DAYS} days past the index date, or it is not known how far. They leave off whoever was known by "
        "then to have died or moved, so that figures of them would be of survivors."
    ]


def _hold_out(found: HoldOut, rule: Rule, difference: str) -> list[str]:
    strata = counted(found.strata, "stratum", "strata")
    if found.practices is None:
        how = f"people were drawn, in {strata}"
        test = f"; exact test of no effect: p = {found.p_exact:.3f}"
    else:
        how = (
            f"{counted(found.practices, 'practice')} were drawn whole, in {counted(found.strata, 'stratum', 'strata')}"
        )
        test = "; the interval takes the people of a practice together"
    return [
        f"  By hold-out ({how}): {_people(found.people_listed, rule)} listed as usual, "
        f"{_people(found.people_kept_off, rule)} kept unlisted by chance, all counted as they were drawn.",
        f"  Admitted: {_share(found.listed)} of the listed, {_share(found.kept_off)} of those kept unlisted.",
        f"  {difference}: {_points(found.difference)} (Mantel-Haenszel by stratum{test}).",
    ]


def _comparison(found: Comparison, rule: Rule, difference: str) -> list[str]:
    worst = worst_balance(found.balance)
    balance = "all within 0.1 standard deviations" if abs(worst.after) <= IMBALANCE else "NOT all within 0.1"
    return [
        f"  By comparable people: of {_people(found.listed, rule)} people first listed, "
        f"{_people(found.compared, rule)} had others like them who were not listed then (chance of being listed at "
        f"most {HIGHEST_CHANCE:.0%}); "
        f"{_people(found.controls, rule)} such others, worth {found.effective_controls:.0f} after weighting.",
        f"  Alike before the list: {balance} (furthest: {worst.name}, {worst.after:+.2f}).",
        f"  Admitted: {_share(found.observed)} of the listed; expected of the same people unlisted: "
        f"{_share(found.expected)}.",
        f"  {difference}: {_points(found.difference)}; ratio {found.ratio.value:.2f} ({found.ratio.low:.2f} to "
        f"{found.ratio.high:.2f}). Intervals draw together the rows of {_CLUSTERS[found.clusters]}.",
        f"  {found.listed_later:.0%} of the unlisted were listed later, before they were admitted: listed now rather "
        f"than later made {_points(found.as_begun)}; the figure above is that over the share of their admissions that "
        "came unlisted, as if a list did the same whenever it came.",
    ]


_CLUSTERS = {"practices": "a practice", "people": "a person: there are too few practices to speak of others"}


def _placebo(one: Effect) -> list[str]:
    what = (
        "admitted in the year before the list, where chance alone can make a difference"
        if one.hold_out is not None
        else "the same method on lists nobody was sent, a year earlier"
    )
    if one.placebo is None:
        return [f"  Placebo ({what}): not tried, as {one.why_no_placebo}. Without it no effect is claimed."]
    return [f"  Placebo ({what}): {_points(one.placebo)}."]


def _before_and_after(found: BeforeAndAfter) -> list[str]:
    fall, expected = found.after - found.before, found.expected - found.before
    return [
        f"  Before and after, which shows no effect: a change of {100 * expected:+.1f} points would have come with no "
        f"list (regression to the mean), and {100 * fall:+.1f} points came, from {found.before:.1%} admitted in the "
        f"year before to {found.after:.1%} in the year after. How far the two differ is the difference above, with its "
        "interval, and nothing more.",
    ]


def _people(count: int, rule: Rule) -> str:
    return in_words(shown_count(count, rule))


def _share(found: Figure) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def _points(found: Figure) -> str:
    return f"{100 * found.value:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
