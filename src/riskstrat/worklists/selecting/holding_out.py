"""Keeping a random share of people unlisted for a stated time, so that the effect of being listed can be measured.

Off unless settings say otherwise, and refused without an approval. Who would be listed for the first time while the
trial runs is *enrolled*, and by chance either listed as usual or kept unlisted until the trial ends; the place goes to
the next person. Enrolled are those above the cut as it stands before the month's draw, so that nobody's draw has a say
in whether they are enrolled. Nobody is kept unlisted who was ever listed, or who meets any rule that the approval does
not name; an urgent, future-care or sensitive rule cannot be named. Who comes to meet such a rule competes at once.

The draw: within each stratum of a month (``share * people``, rounded up or down at random) of those with the lowest
number, the number being HMAC-SHA256 of trial and person (or practice) under the workspace's key. Each is drawn with a
chance of exactly ``share``; the same key and trial give the same draw; other practices' people have no say in it.
"""

import hmac
from dataclasses import dataclass
from datetime import date
from math import floor

import polars as pl

from riskstrat import audit
from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.project import Workspace, add_months
from riskstrat.rules import Rule, shipped_vocabulary
from riskstrat.rules.vocabulary import FUTURE_CARE_RULE
from riskstrat.settings import LEAST_SIGNATURE, HoldOutSettings
from riskstrat.worklists.returning.memory import releases_sent
from riskstrat.worklists.selecting.standing import ADULT

HELD_OUT_LOGGED = "people kept unlisted"
KEPT_UNLISTED, AS_USUAL = "kept unlisted", "listed as usual"
LONGEST_MONTHS = 24
LEAST_URGENT_ALLOWED = 3
"""Rules of urgency 1 and 2 are never part of a trial."""
TRIAL_SCHEMA = {
    "trial": pl.String,
    "approval": pl.String,
    "arm": pl.String,
    "stratum": pl.String,
    "chance": pl.Float64,
    "enrolled_on": pl.Date,
    "unlisted_until": pl.Date,
    "randomised_by": pl.String,
}
"""What ``store/worklists`` says of everyone enrolled in the trial that runs; null for everyone else.

``arm``: what was drawn. ``stratum``: within which it was drawn, the month included. ``chance``: of being kept unlisted.
``enrolled_on``: the index date of the draw; on that month's row a comparison of the arms stands. ``randomised_by``: the
unit that was drawn, ``person`` or ``practice`` (of that row); a later merger makes no other trial of it.
"""
_ENROLMENT = ["person_id", "arm", "stratum", "chance", "enrolled_on", "randomised_by"]
_HIGH_BANDS = ("very high", "high")


@dataclass(frozen=True)
class Trial:
    """A hold-out that runs at an index date. ``enrolled``: those of earlier months, ``_ENROLMENT``."""

    settings: HoldOutSettings
    key: bytes
    index_date: date
    ends: date
    enrolled: pl.DataFrame
    practice_strata: dict[str, str]

    def may_be_unlisted(self, candidates: pl.DataFrame, ever_listed: pl.DataFrame) -> pl.Series:
        """Return who of ``candidates`` (``person_id, rules``) the approval covers and no list has ever named."""
        approved = set(self.settings.rules)
        covered = [text for text in candidates["rules"].unique() if approved.issuperset(text.split("; "))]
        return candidates.select(
            pl.col("rules").is_in(covered) & ~pl.col("person_id").is_in(ever_listed["person_id"].implode())
        ).to_series()

    def enrolment(self, above_cut: pl.DataFrame) -> pl.DataFrame:
        """Return everyone enrolled by now, this month's added from ``above_cut``: who may be kept unlisted.

        ``above_cut`` has ``person_id, practice_code, band``. Columns: ``_ENROLMENT``. Where practices are drawn people
        are enrolled in the first month alone: later, who stands above a cut depends on what the practice was drawn for.
        """
        fresh = above_cut.join(self.enrolled, on="person_id", how="anti").sort("person_id")
        if self.settings.by == "practice" and self.enrolled.height:
            return self.enrolled
        fresh = self._by_practice(fresh) if self.settings.by == "practice" else self._by_person(fresh)
        settled = fresh.select(
            "person_id",
            pl.when(pl.col("is_drawn")).then(pl.lit(KEPT_UNLISTED)).otherwise(pl.lit(AS_USUAL)).alias("arm"),
            "stratum",
            pl.lit(self.settings.share, pl.Float64).alias("chance"),
            pl.lit(self.index_date, pl.Date).alias("enrolled_on"),
            pl.lit(self.settings.by).alias("randomised_by"),
        )
        return pl.concat([self.enrolled, settled])

    def kept_unlisted(self, candidates: pl.DataFrame, enrolment: pl.DataFrame) -> pl.Series:
        """Return ``person_id`` of those of ``candidates`` whom no list names while the trial runs.

        ``candidates`` are those who may be kept unlisted. Where practices are drawn it is all of them there.
        """
        mine = enrolment.filter(pl.col("arm") == KEPT_UNLISTED)["person_id"]
        is_unlisted = pl.col("person_id").is_in(mine.implode())
        if self.settings.by == "practice":
            is_unlisted |= pl.col("practice_code").is_in(self._drawn_practices())
        return candidates.filter(is_unlisted)["person_id"]

    def _by_person(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """Draw people, within practice and whether their risk is high."""
        is_high = pl.col("band").is_in(_HIGH_BANDS).fill_null(value=False)
        words = pl.when(is_high).then(pl.lit("high risk")).otherwise(pl.lit("lower risk"))
        fresh = fresh.with_columns(
            pl.format("{}, {}, {}", pl.col("practice_code"), words, pl.lit(str(self.index_date))).alias("stratum")
        )
        drawn = _drawn(
            self.key, self.settings, dict(fresh.select(pl.col("person_id").cast(pl.String), "stratum").rows())
        )
        return fresh.with_columns(pl.col("person_id").cast(pl.String).is_in(sorted(drawn)).alias("is_drawn"))

    def _by_practice(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """Take each person's arm from their practice; one that was not there at the start is not in the trial."""
        strata = pl.DataFrame(
            {"practice_code": list(self.practice_strata), "stratum": list(self.practice_strata.values())},
            schema={"practice_code": pl.String, "stratum": pl.String},
        )
        is_drawn = pl.col("practice_code").is_in(self._drawn_practices()).alias("is_drawn")
        return fresh.join(strata, on="practice_code", how="inner").with_columns(is_drawn).sort("person_id")

    def _drawn_practices(self) -> list[str]:
        return sorted(_drawn(self.key, self.settings, self.practice_strata))


def refuse_unapproved(hold_out: HoldOutSettings, rules: tuple[Rule, ...]) -> None:
    """Refuse a hold-out that may not be: ``NotPermitted`` without approval or on a rule that never waits (exit 4).

    ``UsageFault`` where it is not stated whole. ``rules`` are all worklist rules. Nothing is asked while it is off.
    """
    if hold_out.share == 0:
        return
    if len(hold_out.approval.strip()) < LEAST_SIGNATURE:
        raise NotPermitted(
            "worklist.hold_out would keep people off lists, and names no approval",
            "approval: the reference of the approval, and who gave it; or set share = 0",
        )
    known = {rule.id: rule for rule in rules}
    unknown = sorted(set(hold_out.rules) - set(known))
    if not hold_out.rules or unknown:
        raise UsageFault(
            "worklist.hold_out.rules names the rules that the approval covers",
            f"not a worklist rule: {', '.join(unknown)}" if unknown else "it names none",
        )
    for name in hold_out.rules:
        why = _never_waits(known[name])
        if why is not None:
            raise NotPermitted(f"worklist.hold_out.rules: nobody is kept off a list under {name}", why)
    if not hold_out.trial.strip():
        raise UsageFault("worklist.hold_out.trial is empty", "name the evaluation: the draw is made from its name")
    if hold_out.starts is None or hold_out.ends is None or hold_out.starts.day != 1:
        raise UsageFault("worklist.hold_out needs starts (the first of a month) and ends", "as  starts = 2026-11-01")
    if not hold_out.starts < hold_out.ends <= add_months(hold_out.starts, LONGEST_MONTHS):
        raise UsageFault(f"worklist.hold_out.ends must lie after starts and within {LONGEST_MONTHS} months of it")


def _never_waits(rule: Rule) -> str | None:
    if rule.urgency < LEAST_URGENT_ALLOWED:
        return "it is urgent"
    if rule.id == FUTURE_CARE_RULE:
        return "an offer of a conversation about future care is not withheld"
    if "safeguarding" in f"{rule.id} {rule.title} {rule.definition}".lower():
        return "safeguarding does not wait"
    if any(shipped_vocabulary()[name].printing == "never" for name in rule.columns):
        return "it reads what is too sensitive to be printed"
    return None


def read_trial(workspace: Workspace, index_date: date, rules: tuple[Rule, ...]) -> Trial | None:
    """Return the hold-out that runs at an index date; ``None`` where it is off, not begun or over.

    Raises as ``refuse_unapproved``; ``UsageFault`` where practices are drawn and there is no snapshot at its start.
    """
    settings = workspace.settings.worklist.hold_out
    refuse_unapproved(settings, rules)
    starts, ends = settings.starts, settings.ends
    if settings.share == 0 or starts is None or ends is None or not starts <= index_date < ends:
        return None
    _refuse_after_lists(workspace, settings.trial, index_date)
    strata = _practice_strata(workspace, starts) if settings.by == "practice" else {}
    enrolled = _enrolled_before(workspace, settings.trial, starts, index_date)
    return Trial(settings, workspace.key(), index_date, ends, enrolled, strata)


def _refuse_after_lists(workspace: Workspace, trial: str, index_date: date) -> None:
    """Refuse to draw in a month whose lists went out without this hold-out: they name whom it would keep unlisted."""
    logged = (audit.values(workspace, HELD_OUT_LOGGED, detail) for detail in ("trial", "index_date"))
    if releases_sent(workspace, index_date) and (trial, str(index_date)) not in zip(*logged, strict=True):
        raise NotPermitted(
            f"the lists of {index_date} were written without the hold-out {trial}, and name whom it would draw",
            "let it start the month after:  worklist.hold_out.starts",
        )


def _enrolled_before(workspace: Workspace, trial: str, starts: date, index_date: date) -> pl.DataFrame:
    """Return the enrolment of earlier months: one row per person, the first draw."""
    empty = pl.DataFrame(schema={"person_id": pl.Int32, **{name: TRIAL_SCHEMA[name] for name in _ENROLMENT[1:]}})
    frames = [empty]
    for day in workspace.index_dates("worklists"):
        month = pl.scan_parquet(workspace.part("worklists", day))
        if starts <= day < index_date and "trial" in month.collect_schema().names():
            is_new = (pl.col("trial") == trial) & (pl.col("enrolled_on") == day)
            # Months selected before the unit that was drawn was kept have no such column: it is not known of them.
            drawn = pl.concat([empty.clear().lazy(), month.filter(is_new)], how="diagonal")
            frames.append(drawn.select(_ENROLMENT).collect())
    return pl.concat(frames).unique("person_id", keep="first", maintain_order=True)


def _practice_strata(workspace: Workspace, starts: date) -> dict[str, str]:
    """Return each practice's stratum, by adults registered and their deprivation at the start of the trial.

    Practices are those of that day: a merger since then draws nobody again.
    """
    file = workspace.part("features", starts)
    if not file.is_file():
        raise UsageFault(
            f"worklist.hold_out draws practices by their people at {starts}, and there is no snapshot of that day",
            f"run  riskstrat features --index-date {starts}  first",
        )
    adults = pl.scan_parquet(file).filter(pl.col("age") >= ADULT)
    practices = (
        adults.group_by("practice_code")
        .agg(pl.len().alias("adults"), pl.col("imd_decile").mean().fill_null(0.0).alias("decile"))
        .collect()
        .sort("practice_code")
    )
    half = pl.len() / 2
    larger = pl.when(pl.col("adults").rank("ordinal") > half).then(pl.lit("larger")).otherwise(pl.lit("smaller"))
    deprived = pl.when(pl.col("decile").rank("ordinal") <= half).then(pl.lit("more")).otherwise(pl.lit("less"))
    words = pl.format("{} practices, {} deprived", larger, deprived)
    return dict(practices.select("practice_code", words).rows())


def _drawn(key: bytes, settings: HoldOutSettings, strata: dict[str, str]) -> set[str]:
    """Return the drawn units: of each stratum those with the lowest numbers. ``strata``: unit to stratum."""
    members: dict[str, list[str]] = {}
    for unit in sorted(strata):
        members.setdefault(strata[unit], []).append(unit)
    drawn: set[str] = set()
    for stratum, units in members.items():
        rounding = _number(key, f"hold-out rounding|{settings.trial}|{stratum}")
        many = floor(len(units) * settings.share + rounding)
        units.sort(key=lambda unit: (_number(key, f"hold-out|{settings.trial}|{settings.by}|{unit}"), unit))
        drawn.update(units[:many])
    return drawn


def _number(key: bytes, said: str) -> float:
    """Return a number from 0 up to 1 that nobody without the key can foretell."""
    return int.from_bytes(hmac.new(key, said.encode(), "sha256").digest()[:7], "big") / 2**56
