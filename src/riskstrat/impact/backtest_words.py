"""Past lists against what happened, in words."""

from collections.abc import Sequence

from riskstrat.disclosure import SHORTHAND, publishable
from riskstrat.impact.backtest import Backtest, Horizon, Practice
from riskstrat.impact.lists import Yield
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.modelling.evaluation.shown import LEAST_CELL
from riskstrat.pages import counted, long_date

_NOT_SHOWN = f"not shown (not known, or fewer than {LEAST_CELL} people on one side)"
_SHARES = {
    "no_programme": "on no programme known then",
    "no_admission_730d": "with no emergency admission known in the two years before",
    "reviewed": "on whom the practice recorded anything",
    "acted_on": "of those, with a plan made or taken on a caseload",
    "managed": "of those, recorded as already managed",
}
_CLUSTERS = {"practices": "whole practices", "people": "people (there are too few practices to draw them)"}


def backtest_as_text(found: Backtest) -> str:
    """Return the whole answer: each horizon, what was known and done, churn, practices."""
    dates = found.lists["sent"]
    span = long_date(dates[0]) + (f" to {long_date(dates[-1])}" if len(dates) > 1 else "")
    parts = [[f"Past lists against what happened: {counted(len(dates), 'list')}, {span}."]]
    parts += [_horizon(one) for one in found.horizons]
    parts.append(["Of those listed:", *(f"  {_percent(found.shares[name]):>8}  {_SHARES[name]}" for name in _SHARES)])
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
    for day, people, stayed in found.lists.rows():
        part, whole = None if stayed is None else publishable(stayed), publishable(people)
        share = "" if stayed is None else SHORTHAND if part is None or not whole else f"{min(1.0, part / whole):.0%}"
        lines.append(f"{long_date(day):<20}{_count(whole):>8}{share:>26}")
    return lines


def _practices(practices: Sequence[Practice]) -> list[str]:
    if not practices:
        return ["By practice: nothing yet, as no list's 12 months are complete."]
    lines = [
        "By practice: people, each at the first list that named them. * stands for small counts and what would give",
        "them away; other counts are rounded, and shares are made from the rounded counts.",
        f"  {'practice':<12}{'listed':>8}{'admitted within 12 months':>28}{'share':>26}{'most admissions':>17}"
        f"{'reviewed':>10}",
    ]
    for one in practices:
        share = SHORTHAND if one.ppv is None else f"{one.ppv[0]:.0%} ({one.ppv[1]:.0%} to {one.ppv[2]:.0%})"
        lines.append(
            f"  {one.practice_code:<12}{_count(one.listed):>8}{_count(one.admitted):>28}{share:>26}"
            f"{SHORTHAND if one.ppv_most is None else f'{one.ppv_most:.0%}':>17}{_count(one.reviewed):>10}"
        )
    return lines


def _count(shown: int | None) -> str:
    return SHORTHAND if shown is None else f"{shown:,}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _share(found: Figure) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"
