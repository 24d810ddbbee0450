"""Past lists against what happened, in words."""

import textwrap
from collections.abc import Sequence

from riskstrat.disclosure import SHORTHAND
from riskstrat.impact.counts import in_words
from riskstrat.impact.listing.words import made_late
from riskstrat.impact.past_lists.backtest import Backtest, Horizon
from riskstrat.impact.past_lists.lists import Yield
from riskstrat.impact.past_lists.practices import PARTS, RETURNED, Practice
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.modelling.evaluation.shown import LEAST_GROUP_EVENTS
from riskstrat.pages import counted, long_date

_NOT_SHOWN = "not shown (not known, or too few people on one side)"
_SHARES = {
    "no_programme": "on no programme known then",
    "no_admission_730d": "with no emergency admission known in the two years before",
    "reviewed": "on whom the practice recorded anything (of practices that ever did)",
    "acted_on": "of those, with a plan made or taken on a caseload",
    "managed": "of those, recorded as already managed",
}
_BY_PRACTICE = (
    "By practice: people, each at the first list that named them. * stands for small counts and what would give them "
    "away; other counts are rounded, and shares are made from the rounded counts. Found: of adults admitted within 12 "
    "months of a list, those on it. Stayed: of places on a list, those of people on the list before. Days: from the "
    f"first list to the admission, the middle, where {LEAST_GROUP_EVENTS} or more were admitted. - stands where no "
    "list came back, or there is nobody. As a table: riskstrat backtest --csv FILE"
)
_CLUSTERS = {"practices": "whole practices", "people": "people (there are too few practices to draw them)"}


def backtest_as_text(found: Backtest) -> str:
    """Return the whole answer: each horizon, what was known and done, churn, practices."""
    dates = found.lists["sent"]
    span = long_date(dates[0]) + (f" to {long_date(dates[-1])}" if len(dates) > 1 else "")
    head = f"Past lists against what happened: {counted(len(dates), 'list')}, {span}."
    parts = [[head, *(textwrap.fill(line, 112) for line in made_late(found.made_late))]]
    parts += [_horizon(one) for one in found.horizons]
    unknown = f" (-: {_NOT_SHOWN})" if any(found.shares[name] is None for name in _SHARES) else ""
    parts.append(
        [f"Of those listed{unknown}:", *(f"  {_percent(found.shares[name]):>8}  {_SHARES[name]}" for name in _SHARES)]
    )
    parts.append(_churn(found))
    parts.append(_practices(found.practices))
    parts.append(
        [
            "What happened to people on a list is not what the list did: those with a bad year get better anyway.",
            "For that:  riskstrat effect",
        ]
    )
    return "\n\n".join("\n".join(part) for part in parts)


def _horizon(one: Horizon) -> list[str]:
    days = list(one.by_list)
    head = f"Emergency admission within {one.outcomes.horizon}"
    if days:
        head += f", lists of {long_date(days[0])}" + (f" to {long_date(days[-1])}" if days[1:] else "")
    lines = [head]
    if one.outcomes.waiting:
        day, end = one.outcomes.waiting[0]
        lines.append(
            f"  Not complete, and not guessed: {counted(len(one.outcomes.waiting), 'list')}; the first, of "
            f"{long_date(day)}, once admissions complete to {long_date(end)} are held."
        )
    if not days:
        return lines if one.outcomes.waiting else [*lines, f"  {one.outcomes.why_none}."]
    if one.pooled is None:
        return [*lines, f"  {_NOT_SHOWN}"]
    lines += _pooled(one.pooled)
    if one.lead is not None:
        lines.append(
            f"  Days from the first list that named a person to the admission: {one.lead.median:.0f} in the middle, "
            f"{one.lead.quarter:.0f} to {one.lead.three_quarters:.0f} for the middle half."
        )
    if len(days) > 1:
        lines += [f"  {'list of':<20}{'listed, admitted':>26}{'most admissions':>26}"]
        lines += [f"  {long_date(day):<20}{_pair(figures)}" for day, figures in one.by_list.items()]
    return lines


def _pooled(found: Yield) -> list[str]:
    gain = 100 * found.gain.value
    word = "more" if gain >= 0 else "fewer"
    return [
        f"  {'':<34}{'lists sent':>26}{'most admissions last year':>28}",
        f"  {'of those listed, admitted (PPV)':<34}{_share(found.ppv):>26}{_share(found.ppv_most):>28}",
        f"  {'of all admitted, listed':<34}{_share(found.sensitivity):>26}{_share(found.sensitivity_most):>28}",
        f"  Of 100 listed, {abs(gain):.1f} {word} were admitted than of as many with most admissions "
        f"({100 * found.gain.low:+.1f} to {100 * found.gain.high:+.1f}).",
        f"  Intervals draw {_CLUSTERS[found.clusters]}.",
    ]


def _pair(found: Yield | None) -> str:
    return f"  {_NOT_SHOWN}" if found is None else f"{_share(found.ppv):>26}{_share(found.ppv_most):>26}"


def _churn(found: Backtest) -> list[str]:
    lines = [f"{'list of':<20}{'people':>8}{'on the list before too':>26}"]
    for day, people, stayed in found.stayed():
        share = "" if day == found.lists["sent"][0] else SHORTHAND if stayed is None else f"{stayed:.0%}"
        lines.append(f"{long_date(day):<20}{in_words(people):>8}{share:>26}")
    return lines


def _practices(practices: Sequence[Practice]) -> list[str]:
    if not practices:
        return ["By practice: nothing yet, as no list's 12 months are complete."]
    lines = [
        *textwrap.wrap(_BY_PRACTICE, 112),
        f"  {'practice':<10}{'listed':>7}{'admitted within 12 months':>31}{'most admissions':>17}{'found':>7}"
        f"{'reviewed':>10}{'acted on':>10}{'stayed':>8}{'days':>6}",
    ]
    for one in practices:
        counts, limits = one.counts, one.ppv_interval
        interval = f" ({limits[0]:.0%} to {limits[1]:.0%})" if limits else ""
        lines.append(
            f"  {one.practice_code:<10}{in_words(counts['listed']):>7}{in_words(counts['admitted']):>9}"
            f"{_part(one, 'ppv') + interval:>22}{_part(one, 'ppv_most_admissions'):>17}{_part(one, 'sensitivity'):>7}"
            f"{_part(one, 'share_reviewed'):>10}{_part(one, 'share_acted_on'):>10}"
            f"{_part(one, 'share_on_the_list_before'):>8}{'' if one.median_days is None else one.median_days:>6}"
        )
    return lines


def _part(one: Practice, name: str) -> str:
    share = one.shares[name]
    if share is not None:
        return f"{share:.0%}"
    is_of_nobody = one.counts[PARTS[name][1]] == 0 or (name in RETURNED and not one.has_returned)
    return "-" if is_of_nobody else SHORTHAND


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _share(found: Figure) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"
