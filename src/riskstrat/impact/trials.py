"""Listing as a sequence of trials: each month, everyone who could have been listed for the first time, and who was.

A person enters the trial of each index date at which they met a rule, were neither held nor decided, and had not been
listed before; time zero is that index date for both sides, and only what happened on or after it is an outcome. Nobody
is chosen by what came later: whoever is never listed is whoever the year went well for. This is the sequential-trials
design (Hernán et al., J Clin Epidemiol 2016;79:70-75; Keogh et al., Stat Med 2023;42:2191-2225), analysed as begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trials:
    """A row per person and index date at which they could have been listed for the first time; any order.

    ``day``: the index date, in days since any origin. ``covariates``: what was known before it, finite, one column per
    name. ``outcome``: 1 or 0 within the horizon, not a number where the horizon is not complete; such rows only tell
    who was listed later. ``ended``: the day on which the outcome was settled (it happened, death, leaving, or the first
    day after the horizon). ``unlisted_share``: the share of people whose rows of not being listed are here at all,
    taken whatever became of them. ``ValueError`` where a person is listed for the first time twice, or has two rows of
    one index date.
    """

    person: Ints
    practice: npt.NDArray[Any]
    day: Ints
    listed: Flags
    covariates: Floats
    names: Sequence[str]
    outcome: Floats
    ended: Ints
    unlisted_share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse rows that are no sequence of first listings."""
        if len(np.unique(self.person[self.listed])) < int(self.listed.sum()):
            raise ValueError("somebody is listed for the first time twice")
        if len(np.unique(np.stack([self.person, self.day]), axis=1).T) < len(self.person):
            raise ValueError("somebody has two rows of one index date")

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.person)

    @property
    def is_followed(self) -> Flags:
        """Whether the horizon of each row is complete."""
        return np.isfinite(self.outcome)


def listed_later(trials: Trials) -> Flags:
    """Return, for each row, whether the person was listed after its index date and before its outcome was settled.

    An outcome on the day of a list came before the list: it decided nothing of it.
    """
    never = np.iinfo(np.int64).max
    people, member = np.unique(trials.person, return_inverse=True)
    on = np.full(len(people), never)
    on[member[trials.listed]] = trials.day[trials.listed]
    return (on[member] > trials.day) & (on[member] < trials.ended)
