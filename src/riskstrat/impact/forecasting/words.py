"""The forecast in words: the answer first, then whom, without it, with it, the evidence, and what it cannot tell."""

import math
import textwrap
from collections.abc import Iterator, Sequence

from riskstrat.impact.counts import in_words
from riskstrat.impact.forecasting.forecast import Interval
from riskstrat.impact.forecasting.worth import MONTHS, Reviews, Target, Who, Worth, YearToYear
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.pages import long_date

_CANNOT_TELL = (
    "what people will want, whether the staff can be had, and what else they would have done.",
    "anything of admissions that are unlike the average: those averted are taken to last as long and cost as much as "
    "these people's admissions do. An admission averted frees a bed; it is not money in hand.",
    "a year unlike those that are over: a pandemic, a hospital that opens or closes, another way of counting.",
    "who will be at highest risk in six months: a year's reviews are taken from today's order, and everybody's 12 "
    "months are counted from their own review with today's estimate.",
    "the effect of what is done for such people already: it is in the figures without the intervention.",
    "anything beyond emergency admissions: people may be better off for it, or worse, in ways not counted here.",
)


def worth_as_text(found: Worth) -> str:
    """Return it for people, its first sentences the answer."""
    return "\n".join(_wrapped(line) for line in _lines(found))


def _wrapped(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" -"))]
    return textwrap.fill(line, 100, subsequent_indent=" " * (len(indent) + 2), break_on_hyphens=False)


def _lines(found: Worth) -> Iterator[str]:
    yield _answer(found)
    yield ""
    yield from _who(found.who, found.intervention.for_whom)
    yield from _without(found)
    yield from _with(found)
    if found.target is not None:
        yield from _target(found.target, found)
    yield from _evidence(found)
    yield "What this cannot tell"
    yield from (f"  - {line}" for line in _CANNOT_TELL)


def _answer(found: Worth) -> str:
    averted, expected = found.averted.admissions, f"about {_round(found.without.admissions.middle):,}"
    what = f"{found.intervention.title}, for {found.who.reviewed:,} people of “{found.who.title}”"
    between = f"95 of 100 simulations lie between {_change(averted.low)} and {_change(averted.high)}"
    none = 1 - found.averts_any - found.adds_any
    chances = f"It averts some in {_of_100(found.averts_any)} and adds some in {_of_100(found.adds_any)}" + (
        f"; it changes nothing in {_of_100(none)}." if round(100 * none) else "."
    )
    if averted.low > 0:
        head = f"plausibly averts about {averted.middle:,.0f} of {expected} emergency admissions in a year"
    elif averted.high < 0:
        head = f"plausibly ADDS about {-averted.middle:,.0f} to {expected} emergency admissions in a year"
    else:
        head = (
            f"nobody can say that it would avert any of {expected} emergency admissions in a year; the middle of the "
            f"forecast is {_change(averted.middle)}"
        )
    target = ""
    if found.target is not None:
        target = f" At least {found.target.admissions:,} are averted in {_of_100(found.target.chance)}."
    return f"{what}: {head}; {between}. {chances}{target} This is a forecast, not a saving."


def _who(who: Who, for_whom: str) -> Iterator[str]:
    yield "For whom"
    yield (
        f"  {who.capacity:,} reviews a month for {MONTHS} months: of about {who.members:,} people in the cohort at "
        f"{long_date(who.day)}, the {who.reviewed:,} of highest estimated risk whom no programme holds"
        + (f", which is all of them: {_left_over(who)}" if who.is_everyone else ", each once.")
    )
    if who.programmes_known:
        yield (
            f"  {in_words(who.held)} of the cohort are held by a programme already: they are counted there, and are no "
            "part of what this could avert."
        )
    else:
        yield "  Who is on a programme is not known: whoever is, is counted twice."
    if who.unscored != 0:
        yield f"  {in_words(who.unscored)} have no estimate (children, mostly) and are left out."
    yield f"  The effect was measured in: {for_whom}. Whether these people are like them nobody has checked."


def _change_told(change: int) -> str:
    """Return what a change between the years before and after is, with nothing new done."""
    if change < 0:
        return (
            f"That fall of {-change:,} is regression to the mean, with deaths, new illness and chance: a "
            "before-and-after chart would credit it to whatever was begun that day."
        )
    if change > 0:
        return (
            f"That rise of {change:,} is new illness, age and chance, beyond what regression to the mean takes away: "
            "a before-and-after chart would blame it on whatever was begun that day."
        )
    return "Regression to the mean, deaths and new illness leave no change that shows: it is none of anybody's doing."


def _left_over(who: Who) -> str:
    """Return what becomes of reviews for which there is nobody; of a rounded number there may seem to be none."""
    left = MONTHS * who.capacity - who.reviewed
    if left <= 0:
        return f"about as many as the {MONTHS * who.capacity:,} reviews."
    return f"about {left:,} of the {MONTHS * who.capacity:,} reviews have nobody."


def _without(found: Worth) -> Iterator[str]:
    seen, use = found.regression, found.without
    cost = "no cost, as no admission says one" if use.pounds is None else _pounds(use.pounds)
    then = f"{_those(seen.past_people)} chosen the same way on {long_date(seen.past_day)}"
    yield "A year without it"
    yield (
        f"  {_whole(use.admissions)} emergency admissions, {_whole(use.bed_days)} bed days, {cost}: as many of these "
        "people as the model expects to be admitted, times the admissions there were to each one so expected among "
        f"{then}, whose year is over. The interval holds that ratio's uncertainty, a year's chance, "
        "and how far years differ."
    )
    yield "  Chosen the same way: by today's rule and today's model, whatever was published on that date."
    yield from (f"  {line}" for line in _unlike(found))
    yield from (f"  {line}" for line in _years(found.year_to_year))
    yield from (f"  {line}" for line in _regression(found))


def _unlike(found: Worth) -> Iterator[str]:
    """Yield what is not the same about those chosen then."""
    seen, who = found.regression, found.who
    if who.rises_across_versions:
        yield (
            "Not the same: the cohort as published today sets estimates of two versions of the model against each "
            "other, so that some of its rises are the model's; those of past dates are of one version."
        )
    if who.programmes_known and not seen.programmes_known:
        yield (
            f"Not the same: who was on a programme on {long_date(seen.past_day)} is not known, so that people on one "
            "are among those."
        )
    if seen.learnt_from:
        yield (
            f"The model was fitted to the year from {long_date(seen.past_day)}, and would look better than it is among "
            "people it has seen: only people it never saw are read, the same share of them."
        )


def _regression(found: Worth) -> Iterator[str]:
    """Yield what happened to those chosen on the past date, and what today's had, in words."""
    seen = found.regression
    those = f"{_those(seen.past_people).capitalize()} chosen on {long_date(seen.past_day)}"
    if seen.past_before is None:
        yield (
            f"{those} had about {seen.past_after:,} emergency admissions in the year after; how many in the year "
            "before is not known, or too few to print. Whoever is chosen after a bad year has a better one, whatever "
            "is done (regression to the mean)."
        )
    else:
        yield (
            f"{those} had about {seen.past_before:,} emergency admissions in the year before and "
            f"{seen.past_after:,} in the year after, without it. {_change_told(seen.past_after - seen.past_before)}"
        )
    if seen.now_before is not None:
        yield (
            f"The {found.who.reviewed:,} chosen today had about {seen.now_before:,} in the year before, which is no "
            f"part of this forecast: {_change(seen.now_before - found.without.admissions.middle)} are expected with "
            "nothing done."
        )


def _years(years: YearToYear) -> Iterator[str]:
    """Yield how far years differed, what the interval takes of it, and which years were read otherwise or not."""
    taken = f"95 of 100 yearly changes lie between {years.next_year.low:+.0%} and {years.next_year.high:+.0%}"
    if not years.changes:
        yield (
            "Only one year is over in which such people can be followed, so that how far years differ is not known "
            f"here: the interval stands on what is thought beforehand, that {taken}. Snapshots of earlier years would "
            "tell more."
        )
    else:
        told = ", ".join(f"{share:+.0%} from {before:%B %Y} to {after:%B %Y}" for before, after, share in years.changes)
        yield (
            f"Admissions to each person expected to be admitted, of people chosen the same way, changed by {told}, "
            f"chance included. The interval takes it that {taken}."
        )
    if years.learnt_from:
        told = _and([f"{day:%B %Y}" for day in sorted(years.learnt_from)])
        kind = "year" if len(years.learnt_from) == 1 else "years"
        yield (
            f"The model was fitted to the {kind} from {told}: only people it never saw are read there, as it would "
            "look better than it is among the others."
        )
    yield from (f"The year from {day:%B %Y} is left out: {why}." for day, why in years.left_out)


def _those(people: int | None) -> str:
    return "the people" if people is None else f"the {people:,} people"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _with(found: Worth) -> Iterator[str]:
    yield "With it"
    ratio, reach = found.ratio, found.intervention.reach
    yield (
        f"  For each admission without it, {ratio.middle:.2f} with it ({ratio.low:.2f} to {ratio.high:.2f}), of "
        + ("everybody reviewed." if reach == 1 else f"the {reach:.0%} of people reviewed whom it reaches.")
    )
    averted = found.averted
    money = "" if averted.pounds is None else f"; {_fewer_or_more(averted.pounds, '£')}"
    yield (
        f"  A year with it: {_fewer_or_more(averted.admissions)} admissions; {_fewer_or_more(averted.bed_days)} bed "
        f"days{money}."
    )
    yield f"  Reviews for each admission averted: {_reviews(found.reviews_per_admission)}"
    yield _money(found)


def _reviews(needed: Reviews) -> str:
    if needed.best is None:
        return "there is no such number, as the whole interval averts none."
    if needed.middle is None or needed.worst is None:
        return (
            f"{needed.best:,.0f} at the very best; no middle and no upper bound can be given, as the interval includes "
            "no effect."
        )
    return f"about {needed.middle:,.0f} at the middle of the forecast, {needed.best:,.0f} to {needed.worst:,.0f}."


def _money(found: Worth) -> str:
    reviews, averted = found.pounds_of_reviews, found.averted.pounds
    if averted is None:
        return "  Money: no admission says a cost, so none is told."
    if reviews is None:
        ends = (averted.high, averted.middle, averted.low)
        best, middle, worst = (_round(max(0.0, amount) / found.who.reviewed) for amount in ends)
        at_middle, at_worst = (f"at less than £{end:,}" if end > 0 else "at no price" for end in (middle, worst))
        return (
            f"  Money: nobody stated what a review costs. One would pay for itself {at_middle} at the middle of the "
            f"forecast, at less than £{best:,} at the very best and {at_worst} at worst, if each admission averted "
            "were money in hand."
        )
    net = Interval(averted.middle - reviews, averted.low - reviews, averted.high - reviews)
    return (
        f"  Money: the reviews cost £{reviews:,.0f} ({found.intervention.pounds_why}). Cost averted less that: "
        f"{_pounds(net)}."
    )


def _target(target: Target, found: Worth) -> Iterator[str]:
    yield f"What would have to be true for {target.admissions:,} admissions to be averted"
    if target.ratio is None:
        yield "  It cannot be had with these people: it is more than all their expected admissions."
    else:
        share = Interval(1 - target.ratio.middle, 1 - target.ratio.high, 1 - target.ratio.low)
        yield (
            f"  It would have to avert {100 * share.middle:.0f} of every 100 admissions of those it reaches "
            f"({100 * share.low:.0f} to {100 * min(share.high, 1.0):.0f}, as the year without it is uncertain): a "
            f"ratio of {target.ratio.middle:.2f} or lower. {_BESIDE[target.beyond]}"
        )
    yield f"  It is reached in {_of_100(target.chance)}: places differ in the effect, and a year has its chance."
    if target.reviews is None:
        yield f"  At the middle of the effect ({found.ratio.middle:.2f}) no number of reviews in this cohort would do."
    else:
        yield (
            f"  At the middle of the effect ({found.ratio.middle:.2f}) it takes about {_round(target.reviews):,} "
            "reviews, taken in order of risk."
        )


_BESIDE = {
    "all intervals": "That is more than any estimate named, and beyond the interval of each.",
    "all estimates": "That is more than any estimate named, though within an interval.",
    "some estimates": "That is no more than an estimate named here found where it was made.",
}


def _evidence(found: Worth) -> Iterator[str]:
    about = found.intervention
    yield "What is known of the effect"
    yield f"  A review: {about.review}. Reach: {about.reach_why}."
    for one, (_, ratio, low, high) in zip(about.estimate, found.published, strict=True):
        yield f"  - {one.name}: ratio {ratio:.2f} ({low:.2f} to {high:.2f}) there. {one.source}; {one.address}."
        yield f"    {one.said}."
        yield (
            f"    Elsewhere the effect is another: in 95 of 100 places between {math.exp(-Z * one.between_places):.2f} "
            f"and {math.exp(Z * one.between_places):.2f} times that (standard deviation of the logarithm "
            f"{one.between_places:g}; {one.between_places_why})."
        )
    if len(about.estimate) > 1:
        yield "  Each estimate counts by its weight: " + ", ".join(
            f"{one.name} {one.weight:g}" for one in about.estimate
        )
    yield (
        f"  Signed for by {about.signed_by}."
        if about.signed_by
        else (
            "  Nobody has signed for planning with these figures: they are what was published, read by the authors of "
            "this software."
        )
    )


def _fewer_or_more(found: Interval, unit: str = "") -> str:
    """Return what is averted as fewer or more, the middle first and the interval behind it."""
    words, same = (("less", "more"), "as much") if unit else (("fewer", "more"), "as many")
    middle, low, high = (
        f"{unit}{abs(_round(end)):,} {words[0] if end > 0 else words[1]}" if _round(end) else same
        for end in (found.middle, found.low, found.high)
    )
    return f"{middle} ({low} to {high})"


def _change(number: float) -> str:
    """Return a number of admissions averted as fewer or more."""
    whole = round(number)
    return "none" if whole == 0 else f"{abs(whole):,} {'fewer' if whole > 0 else 'more'}"


def _of_100(share: float) -> str:
    whole = round(100 * share)
    if whole in (0, 100) and share not in (0.0, 1.0):
        return f"{'fewer than 1' if whole == 0 else 'more than 99'} of 100 simulations"
    return f"{whole} of 100 simulations"


def _whole(found: Interval) -> str:
    return f"{_round(found.middle):,} ({_round(found.low):,} to {_round(found.high):,})"


def _pounds(found: Interval) -> str:
    return f"£{_round(found.middle):,} (£{_round(found.low):,} to £{_round(found.high):,})".replace("£-", "-£")


def _round(number: float) -> int:
    """Return a whole number of at most three figures that say something."""
    whole = round(number)
    return round(whole, -max(0, len(str(abs(whole))) - 3))
