"""What changed between the releases of one month and the next: models and rules, as their manifests name them.

Measures of events count all their months anew in every release, so that nothing of this makes a step in them. Lists
that were sent stay as they were: their months are of the models and rules of their time.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def read_changes(previous: Sequence[Path]) -> dict[date, str]:
    """Return in words what changed with the release of an index date, by that date; dates without change are left out.

    ``previous`` are population folders of releases, in any order; of several releases of one month the last counts.
    A release without a manifest is passed over.
    """
    used: dict[date, Mapping[str, str]] = {}
    for path in sorted(folder.parent / MANIFEST for folder in previous):
        if path.is_file():
            manifest = json.loads(path.read_text(encoding="utf-8"))
            used[date.fromisoformat(manifest["index_date"])] = _versions(manifest)
    days = sorted(used)
    found = {day: _difference(used[before], used[day]) for before, day in pairwise(days)}
    return {day: words for day, words in found.items() if words}


def _versions(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of every model and rule of a release."""
    champions = {f"model {name}": str(one["version"]) for name, one in manifest["inputs"]["champions"].items()}
    return champions | {f"rule {entry['rule']}": str(entry["version"]) for entry in manifest["rules"]}


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    said = []
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            said.append(f"{name} no longer used")
        elif before.get(name) != after[name]:
            said.append(f"{name} version {after[name]}")
    return "; ".join(said)
