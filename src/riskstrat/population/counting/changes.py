"""What changed under a series: models, rules, code lists and feeds, from one month to the next.

Measures of events count all their months anew in every release, so that nothing of this makes a step in them. Lists
that were sent stay as they were: their months are of the models, rules, code lists and feeds of their time, which the
manifests of the releases name. A cohort's dates are counted by the rules of today, each from its own snapshot and
scores: what can make a step there is another model, other code lists, or a feed that came, went or fell.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat import features
from riskstrat.errors import IntegrityFault
from riskstrat.pages import long_date
from riskstrat.population.counting.cohorts import RISK_MODEL
from riskstrat.project import Workspace

MANIFEST = "manifest.json"
_CODE_LISTS, _FEED = "code lists", "feed "
_ABSENT, _LESS, _PRESENT = "absent", "less than usual", "present"
_State = Mapping[str, str]


def read_changes(previous: Sequence[Path]) -> dict[date, str]:
    """Return in words what changed with the release of an index date, by that date; dates without change are left out.

    ``previous`` are population folders of releases, in any order; of several releases of one month the last counts.
    A release without a manifest is passed over. A feed that falls below its usual volume is said once: that it is at
    its usual volume again is no further change, as either the old volume is back or the lower one has become usual.
    Raises ``IntegrityFault`` where a manifest is not ours.
    """
    used = _told(previous, _of_release)
    days = sorted(used)
    found = {day: _difference(_as_usual(used[before], used[day]), used[day]) for before, day in pairwise(days)}
    return {day: words for day, words in found.items() if words}


def trend_changes(workspace: Workspace, index_dates: Sequence[date], previous: Sequence[Path]) -> tuple[str, ...]:
    """Return a sentence for each pair of successive dates of the cohorts' trend between which something changed.

    Feeds and the model of the risk bands are those that the store holds of each date, code lists those of the release
    of that date where ``previous`` has one, and for the last date those in use. Raises ``IntegrityFault`` where the
    manifest of one is not ours.
    """
    released = _told(previous, _code_lists)
    released[index_dates[-1]] = {_CODE_LISTS: features.seeds_sha256(workspace)}
    states = [_of_date(workspace, day) | released.get(day, {}) for day in index_dates]
    found = [_difference(before, after) for before, after in pairwise(states)]
    return tuple(
        f"Changed between {long_date(first)} and {long_date(last)}: {words}. A step there may come of it."
        for (first, last), words in zip(pairwise(index_dates), found, strict=True)
        if words
    )


def _told(previous: Sequence[Path], read: Callable[[Mapping[str, Any]], dict[str, str]]) -> dict[date, dict[str, str]]:
    """Return what ``read`` finds in the manifest of the last release of each index date."""
    found: dict[date, dict[str, str]] = {}
    for path in sorted(folder.parent / MANIFEST for folder in previous):
        try:
            if path.is_file():
                manifest = json.loads(path.read_text(encoding="utf-8"))
                found[date.fromisoformat(manifest["index_date"])] = read(manifest)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise IntegrityFault(
                f"{MANIFEST} of release {path.parent.name} cannot be read ({type(fault).__name__})",
                f"run  riskstrat verify {path.parent.name}  and put back what was published",
            ) from None
    return found


def _of_release(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of every model and rule of a release, its code lists, and how each feed was."""
    champions = {f"model {name}": str(one["version"]) for name, one in manifest["inputs"]["champions"].items()}
    rules = {f"rule {entry['rule']}": str(entry["version"]) for entry in manifest["rules"]}
    return champions | rules | _code_lists(manifest) | _feeds(manifest.get("sources", ()))


def _of_date(workspace: Workspace, day: date) -> dict[str, str]:
    """Return how each feed was at an index date, and the model that its risk bands are of."""
    sources, scored = workspace.part("sources", day), workspace.part("score_status", day)
    state = _feeds(pl.read_parquet(sources).to_dicts()) if sources.is_file() else {}
    if scored.is_file():
        models = pl.read_parquet(scored).filter(pl.col("model") == RISK_MODEL, pl.col("scored"))
        state |= {f"model {RISK_MODEL}": str(version) for version in models["model_version"]}
    return state


def _code_lists(manifest: Mapping[str, Any]) -> dict[str, str]:
    held = manifest["inputs"].get("code_lists")
    return {_CODE_LISTS: str(held)} if held else {}


def _feeds(sources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return how each feed was: absent, below its usual volume (which its note then says), or there."""
    return {
        f"{_FEED}{one['table_name']}": (_LESS if one["note"] else _PRESENT) if one["is_present"] else _ABSENT
        for one in sources
    }


def _as_usual(before: _State, after: _State) -> dict[str, str]:
    """Return the state before, with feeds below their usual volume as they are after where that is the usual again."""
    return {name: _PRESENT if how == _LESS and after.get(name) == _PRESENT else how for name, how in before.items()}


def _difference(before: _State, after: _State) -> str:
    """Return in words what differs; of code lists and feeds, only where both say which they had."""
    said = []
    both_tell_feeds = all(any(name.startswith(_FEED) for name in state) for state in (before, after))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name == _CODE_LISTS:
            said += ["other code lists"] if name in before and name in after else []
        elif name.startswith(_FEED):
            said += [f"{name} {after.get(name, _ABSENT)}"] if both_tell_feeds else []
        else:
            said.append(f"{name} version {after[name]}" if name in after else f"{name} no longer used")
    return "; ".join(said)
