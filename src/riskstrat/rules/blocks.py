"""What may be written for a rule or a gap in TOML: every key, its kind and its bounds. Anything else is refused."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ID = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LABEL = r"^([A-Za-z0-9][A-Za-z0-9 -]*)?$"


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedCondition(_Block):
    """A condition with a name and words of its own: an exclusion."""

    name: str = Field(pattern=ID, max_length=60)
    words: str = Field(min_length=3, max_length=120)
    who: str = Field(min_length=3)


class GroupBlock(NamedCondition):
    """One of the groups whom a rule is about. ``on_paper`` is what a list says of several groups alike."""

    on_paper: str | None = Field(None, min_length=3, max_length=120)


class ExpectedBlock(_Block):
    """How many of some people a survey would lead one to expect, beside how many the record says."""

    among: str = Field(min_length=3, description="the people whom the survey was of")
    recorded: str = Field(min_length=3, description="those of them who have it recorded")
    per_cent: float = Field(gt=0, lt=100)
    words: str = Field(min_length=20, max_length=400, description="what was found, where, when, and what it leaves out")


class CommonBlock(_Block):
    """What worklist rules and cohorts have in common."""

    id: str = Field(pattern=ID, max_length=60)
    title: str = Field(min_length=3, max_length=80)
    definition: str = Field(min_length=10, max_length=600, description="who it is about, in plain words")
    needs: tuple[str, ...] = ()
    bears_lag_days: int = Field(120, ge=0, le=730)
    evidence: str = Field(min_length=10)
    version: int = Field(ge=1)
    examples: str = ""


class WorklistBlock(CommonBlock):
    """A worklist rule. ``who``, or ``[[group]]`` blocks of which a person meets one or more."""

    kind: Literal["worklist"] = "worklist"
    who: str | None = Field(None, min_length=3)
    group: tuple[GroupBlock, ...] = ()
    unless: tuple[str | NamedCondition, ...] = ()
    actions: tuple[str, ...] = Field(min_length=1)
    due: str = Field(pattern=r"^[0-9]{1,3} days$")
    owner: str = Field(min_length=2)
    urgency: int = Field(ge=1, le=5)
    rising: bool = False
    expected: ExpectedBlock | None = None


class CohortBlock(CommonBlock):
    """A cohort: counted, never listed.

    Nobody is in two cohorts of one ``dimension``. ``overlap`` names the group of need in which its people count where
    combinations are counted; cohorts of one name are one group there.
    """

    who: str = Field(min_length=3)
    theme: str = Field(min_length=3)
    dimension: str = Field("", pattern=LABEL, max_length=40)
    overlap: str = Field("", pattern=LABEL, max_length=20)


class SegmentBlock(CommonBlock):
    """A segment: of all of them everybody is in one, the first met. The last has no ``who`` and is everybody else."""

    who: str | None = Field(None, min_length=3)


class GapBlock(_Block):
    """Something that could be looked at."""

    id: str = Field(pattern=ID, max_length=60)
    who: str = Field(min_length=3)
    needs: tuple[str, ...] = Field(min_length=1)
    bears_lag_days: int = Field(120, ge=0, le=730)
    words: str = Field(min_length=5)
    since: str | None = None
    words_since: str | None = None
    weight: float = Field(1, gt=0, le=10)
    evidence: str = Field(min_length=10)
    version: int = Field(ge=1)
