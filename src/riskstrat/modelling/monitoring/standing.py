"""Whether today's world is the one that a version was tested in: asked before it is promoted.

Its inputs and sources are judged on the latest snapshot in the store, against what the version itself was tested on: a
version trained since the inputs moved is at home in them, and nothing is open against it.
"""

from collections.abc import Sequence

from riskstrat import features
from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.rows import read_part, where
from riskstrat.modelling.monitoring.checks import Check, check_inputs, check_sources, moved_columns
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.project import Workspace

_MEND = {
    "inputs": "train again on later index dates, or find out what changed in the sources and put it right",
    "sources": "have the source sent again and take the drop in; the next snapshot closes it",
}


def breaches_open(workspace: Workspace, bundle: Bundle, barred: Sequence[int]) -> list[str]:
    """Return why a version may not be promoted today, each with how to mend it; nothing where all is well.

    ``barred`` may not be used for training, and were not when it was tested. Nothing is asked where the store holds no
    snapshot later than the version's test date.
    """
    dates = workspace.index_dates("features")
    if "reference" not in bundle.evaluation or not dates or str(dates[-1]) <= bundle.evaluation["test_date"]:
        return []
    latest = dates[-1]
    snapshot = read_part(workspace, "features", latest)
    try:
        bundle.contract.check(snapshot)
        people = snapshot.filter(where(snapshot, bundle.spec.population) & ~snapshot["person_id"].is_in(list(barred)))
        moved = moved_columns(bundle, people)
    except InputRefused as fault:
        return [f"it cannot read the snapshot of {latest}: {fault.args[0]}; train again on today's columns"]
    checks: tuple[Check, ...] = (
        check_inputs(bundle, moved, len(people)),
        check_sources(bundle, features.read_sources(workspace, latest), latest),
    )
    broken = [check for check in checks if check.result == "breach"]
    return [f"{check.check} at {latest}: {check.words}; {_MEND[check.check]}" for check in broken]
