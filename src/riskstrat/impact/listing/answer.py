"""The one sentence that answers: did being listed change emergency admissions, and how sure is that?

It is what gets quoted, so that it can be quoted alone: what was compared with what, the interval and whether the
comparison passed its test are in it, and where it cannot be told no estimate is.
"""

from typing import Literal

from riskstrat.modelling.evaluation.bootstrap import Figure

Verdict = Literal["fewer", "more", "cannot tell", "not to be relied on", "no comparison"]
Design = Literal["hold-out", "comparable people", "none"]

_OTHERS = {
    "hold-out": "people kept unlisted by chance",
    "comparable people": "people like them who could have been listed then and were not",
}
_TEST_HOLDS = {
    "hold-out": "in the year before, the two sides did not differ (the placebo)",
    "comparable people": "where nobody was sent a list the same comparison finds nothing (the placebo)",
}
_TEST_FAILS = {
    "hold-out": "the two sides differed already in the year before",
    "comparable people": "the same comparison finds a difference where nobody was sent a list",
}


def sentence(
    horizon: str, verdict: Verdict, design: Design, difference: Figure | None, *, is_tested: bool, why_none: str | None
) -> str:
    """Return the answer. ``difference`` is in shares of the listed people; ``is_tested``: there is a placebo."""
    asked = f"Whether being listed changed emergency admissions within {horizon} cannot be told"
    if difference is None or verdict == "no comparison":
        return f"{asked}: {why_none}."
    others, interval = _OTHERS[design], _interval(difference)
    if verdict == "not to be relied on":
        return f"{asked}: {_TEST_FAILS[design]} (the placebo), so the comparison with {others} is not to be relied on."
    if verdict == "cannot tell":
        if not is_tested:
            return (
                f"{asked}: the comparison with {others} could not be tried where nobody was sent a list (the placebo), "
                "and nothing is claimed without that."
            )
        if difference.low > 0 or difference.high < 0:
            return f"{asked}: against {others} the interval and the exact test do not agree; {_TEST_HOLDS[design]}."
        return (
            f"{asked}: against {others}, it could be anything {interval} admitted of every 100 listed (95% interval); "
            f"{_TEST_HOLDS[design]}."
        )
    word = "Fewer" if verdict == "fewer" else "MORE"
    held = f"{word} of the people listed were admitted as an emergency within {horizon} than of {others}: "
    limits = "" if design == "hold-out" else "; differences that no column holds are not ruled out"
    return (
        f"{held}{_side(difference.value)} of every 100 listed (95% interval {interval}); {_TEST_HOLDS[design]}{limits}."
    )


def _interval(found: Figure) -> str:
    nearer, further = (
        sorted((found.low, found.high), key=abs) if found.low * found.high > 0 else (found.low, found.high)
    )
    return f"from {_side(nearer)} to {_side(further)}"


def _side(share: float) -> str:
    return f"{abs(100 * share):.1f} {'fewer' if share < 0 else 'more'}"
