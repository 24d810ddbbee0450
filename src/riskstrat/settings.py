"""Every setting of ``riskstrat.toml``, its default and its meaning; unknown settings are refused.

``render_settings`` writes the file that ``riskstrat init`` leaves in a workspace from these same declarations, so the
file, the defaults and their explanation cannot drift apart.
"""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from riskstrat.contract import TABLES
from riskstrat.errors import UsageFault, each_fault

Purpose = Literal["case_finding", "training", "planning"]
PURPOSES: tuple[Purpose, ...] = ("case_finding", "training", "planning")
LEAST_SIGNATURE = 8
"""Characters below which a text names nobody and no decision."""
OPT_OUT_KINDS = ("type_1", "national", "objection")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_yes_or_no(cls, value: object, about: ValidationInfo) -> object:
        """Refuse ``true`` for a number: it would be taken for 1, and ``suppress_to = true`` would show small counts."""
        if isinstance(value, bool) and "bool" not in str(cls.model_fields[str(about.field_name)].annotation):
            raise ValueError("true and false are no value here")
        return value


class Allowed(_Section):
    """A purpose opened by the board: who decided it and on what basis. Written to the audit log when it is used."""

    allow: str = Field(min_length=LEAST_SIGNATURE, description="who decided, on what basis")


class OptOutPolicy(_Section):
    """What one kind of opt-out does to each purpose."""

    case_finding: Literal["exclude"] | Allowed = Field("exclude", description="worklists for practices")
    training: Literal["exclude"] | Allowed = Field("exclude", description="fitting and testing models")
    planning: Literal["exclude"] | Allowed = Field("exclude", description="cohort sizes and rates")


class OptOutSettings(_Section):
    """One policy per kind of opt-out; the default of every one is to exclude."""

    type_1: OptOutPolicy = Field(
        default_factory=OptOutPolicy, description="objection recorded at the practice (type 1)"
    )
    national: OptOutPolicy = Field(default_factory=OptOutPolicy, description="national data opt-out")
    objection: OptOutPolicy = Field(
        default_factory=OptOutPolicy, description="objection to profiling, made to the board"
    )

    def opened(self, *purposes: Purpose) -> dict[str, str]:
        """Return, by ``<kind>.<purpose>``, who opened it and on what basis; empty where all of them exclude."""
        policies = {f"{kind}.{p}": getattr(getattr(self, kind), p) for kind in OPT_OUT_KINDS for p in purposes}
        return {name: policy.allow for name, policy in policies.items() if isinstance(policy, Allowed)}


class SourceSettings(_Section):
    """How late one source is."""

    lag_days: int = Field(ge=0, le=366, description="days from the event until its row is usually here")


class BoardSettings(_Section):
    """Whose workspace this is."""

    name: str = Field("Example board", description="printed on every report")
    demonstration: bool = Field(False, description="true prints 'demonstration, synthetic people' on every page")


class IdentitySettings(_Section):
    """Where the key and the identity vault lie; neither may be inside store/ or releases/."""

    key_file: Path = Field(
        Path("identity/pseudonym.key"), description="256-bit key as 64 hexadecimal digits, mode 0600"
    )
    vault: Path = Field(Path("identity/vault"), description="folder of NHS numbers and names, mode 0700")


class IntakeSettings(_Section):
    """What a drop must bring."""

    require_manifest: bool = Field(False, description="true refuses a drop that has no manifest.json")


_HOURS_WORDS = "hours a month for these reviews, counted in place of reviews_per_month"


class PracticeWorklistSettings(_Section):
    """One practice's own capacity: in reviews or in hours."""

    reviews_per_month: int | None = Field(
        None, ge=0, le=10_000, description="people this practice can review in a month"
    )
    hours_per_month: float | None = Field(None, ge=0, le=2_000, description=_HOURS_WORDS)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.reviews_per_month is None) == (self.hours_per_month is None):
            raise ValueError("give either reviews_per_month or hours_per_month")
        return self


class PrioritySettings(_Section):
    """Weights of the parts of the priority score, each part between 0 and 1. They claim no causal benefit."""

    risk: float = Field(0.5, ge=0, le=1, description="weight of the risk of emergency admission within 12 months")
    rise: float = Field(0.2, ge=0, le=1, description="weight of the rise in that risk over three months")
    gaps: float = Field(0.3, ge=0, le=1, description="weight of the gaps in care that could be closed")
    signed_by: str = Field("", description="who agreed these weights, and when; other weights than these need it")

    @model_validator(mode="after")
    def _signed_for(self) -> Self:
        weights = ("risk", "rise", "gaps")
        own = [name for name in weights if getattr(self, name) != type(self).model_fields[name].default]
        if own and len(self.signed_by.strip()) < LEAST_SIGNATURE:
            raise ValueError(
                f"the weights of {', '.join(own)} were changed: signed_by must say who agreed them, and when"
            )
        return self


class HoldOutSettings(_Section):
    """A random share of people kept unlisted for a stated time, so that the list's effect can be measured."""

    share: float = Field(
        0.0, ge=0, le=0.5, description="share of those who would be listed for the first time; 0: nobody, the default"
    )
    by: Literal["person", "practice"] = Field("person", description="what is drawn: person or practice")
    approval: str = Field("", description="the approval's reference, and who gave it: refused without one (exit 4)")
    trial: str = Field("", max_length=60, description="the evaluation's name; who is kept unlisted follows from it")
    rules: tuple[str, ...] = Field(
        (), description="ids of the rules the approval covers; who meets any other rule is never kept unlisted"
    )
    starts: date | None = Field(None, description="first index date, as 2026-11-01 without quotes")
    ends: date | None = Field(None, description="first day on which nobody is kept unlisted any more")


class NetworkWorklistSettings(_Section):
    """What may be written for the practices of one network together: lists that cross from practice to practice."""

    continuity: Allowed = Field(description="people of its practices who may gain most from seeing the same clinician")


class Capacity(_Section):
    """What one practice has time for in a month. ``minutes`` is null where it is stated in reviews."""

    reviews: int
    minutes: int | None = None


class WorklistSettings(_Section):
    """How long a practice's list is and how it is ordered."""

    reviews_per_month: int = Field(20, ge=0, le=10_000, description="people a practice can review in a month")
    hours_per_month: float | None = Field(None, ge=0, le=2_000, description=_HOURS_WORDS)
    minutes_per_review: int = Field(
        20, ge=1, le=480, description="minutes a review takes where the capacity is in hours; no source: agree your own"
    )
    rising_share: float = Field(0.2, ge=0, le=1, description="share of the list kept for people whose risk is rising")
    no_recent_admission_share: float = Field(
        0.2, ge=0, le=1, description="share kept for people with no emergency admission known in 12 months"
    )
    minutes: dict[str, int] = Field(
        default_factory=dict, description="minutes a review takes under single rules: <rule id> = minutes"
    )
    priority: PrioritySettings = Field(default_factory=PrioritySettings, description="weights of the priority score")
    hold_out: HoldOutSettings = Field(
        default_factory=HoldOutSettings,
        description="people kept unlisted at random so that effect can be measured (off; docs/how-to/hold-out.md)",
    )
    practices: dict[str, PracticeWorklistSettings] = Field(
        default_factory=dict,
        description="capacity of single practices: [worklist.practices.<code>] reviews_per_month or hours_per_month",
    )
    networks: dict[str, NetworkWorklistSettings] = Field(
        default_factory=dict,
        description="lists of several practices, each decided on: [worklist.networks.<pcn_code>] "
        'continuity = { allow = "who decided, on what basis" }',
    )

    @model_validator(mode="after")
    def _kept_shares_fit(self) -> Self:
        if self.rising_share + self.no_recent_admission_share > 1:
            raise ValueError("rising_share and no_recent_admission_share are together more than the whole list")
        if any(not 1 <= minutes <= 480 for minutes in self.minutes.values()):
            raise ValueError("minutes of a review lie between 1 and 480")
        return self

    def capacity(self, practice_code: str) -> Capacity:
        """Return what that practice has time for; hours are told in reviews at ``minutes_per_review`` as well."""
        own = self.practices.get(practice_code)
        hours = self.hours_per_month if own is None else own.hours_per_month
        if hours is None:
            reviews = self.reviews_per_month if own is None else own.reviews_per_month
            return Capacity(reviews=reviews or 0)
        minutes = round(hours * 60)
        return Capacity(reviews=minutes // self.minutes_per_review, minutes=minutes)

    def minutes_of(self, rule_ids: list[str]) -> int:
        """Return the minutes a review of someone who meets these rules takes: those of the longest of them."""
        return max((self.minutes.get(rule, self.minutes_per_review) for rule in rule_ids), default=0)


class PracticeKeySettings(_Section):
    """What files for one practice are encrypted with: a public key, or where a password lies; never a secret."""

    age_recipient: str | None = Field(None, description="the practice's age public key: any file can be closed for it")
    password_file: Path | None = Field(
        None, description="file of one line, mode 0600: workbooks open with this password"
    )

    @model_validator(mode="after")
    def _names_a_key(self) -> Self:
        if self.age_recipient is None and self.password_file is None:
            raise ValueError("names neither age_recipient nor password_file")
        if self.age_recipient is not None and not self.age_recipient.startswith("age1"):
            raise ValueError("age_recipient takes a public key (age1...), and no secret may stand here")
        return self


class EncryptionSettings(_Section):
    """Keys for what is exported, one of its own for each practice."""

    practices: dict[str, PracticeKeySettings] = Field(
        default_factory=dict, description="[encryption.practices.<code>] age_recipient, password_file or both"
    )
    networks: dict[str, PracticeKeySettings] = Field(
        default_factory=dict, description="[encryption.networks.<pcn_code>] age_recipient, for lists of a network"
    )


class DisclosureSettings(_Section):
    """Disclosure control of published counts."""

    suppress_to: int = Field(7, ge=1, le=100, description="counts of 1 to this many are shown as *")
    round_to: int = Field(5, ge=1, le=100, description="other counts are rounded to the nearest multiple of this")


class PopulationSettings(_Section):
    """What the population report takes from the board."""

    expected_dementia: Path | None = Field(
        None,
        description="CSV of dementia per 100 people by sex and age band (docs/how-to/read-the-population-report.md)",
    )
    boundaries: Path | None = Field(
        None,
        description="GeoJSON of places, networks or practices, for a map (same document); without it there is none",
    )


class EngineSettings(_Section):
    """What the engine may use of the machine."""

    memory_limit: str = Field(
        "2GB", pattern=r"[0-9]+(\.[0-9]+)?\s?(MB|GB|MiB|GiB)", description="DuckDB's memory limit"
    )
    threads: int = Field(2, ge=1, le=256, description="threads of DuckDB and LightGBM")


class Settings(_Section):
    """The whole of ``riskstrat.toml``."""

    board: BoardSettings = Field(default_factory=BoardSettings, description="whose workspace this is")
    identity: IdentitySettings = Field(default_factory=IdentitySettings, description="where identities are kept")
    intake: IntakeSettings = Field(default_factory=IntakeSettings, description="what a drop must bring")
    sources: dict[str, SourceSettings] = Field(
        default_factory=dict, description="lag of single sources: [sources.<table>] lag_days"
    )
    opt_out: OptOutSettings = Field(default_factory=OptOutSettings, description="opt-outs, by kind and purpose")
    worklist: WorklistSettings = Field(default_factory=WorklistSettings, description="worklists")
    encryption: EncryptionSettings = Field(
        default_factory=EncryptionSettings, description="keys of what is exported encrypted"
    )
    disclosure: DisclosureSettings = Field(default_factory=DisclosureSettings, description="published counts")
    population: PopulationSettings = Field(default_factory=PopulationSettings, description="the population report")
    engine: EngineSettings = Field(default_factory=EngineSettings, description="use of the machine")

    def lag_days(self, table: str) -> int:
        """Return the lag of a source in days: the setting, else the contract's default."""
        own = self.sources.get(table)
        return TABLES[table].lag_days if own is None else own.lag_days


def read_settings(path: Path) -> Settings:
    """Read a settings file; an absent one means the defaults. Raises ``UsageFault`` naming the wrong setting.

    A section may be given again further down, where the later value wins: ``init`` writes every section out, and a
    script must be able to append its own.
    """
    if not path.exists():
        return Settings()
    try:
        settings = Settings.model_validate(_sections(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path.name} is not valid TOML: {fault}") from None
    except ValidationError as fault:
        raise UsageFault(f"{path.name} has settings that cannot be used", *each_fault(fault)) from None
    unknown = sorted(set(settings.sources) - set(TABLES))
    if unknown:
        raise UsageFault(f"{path.name} names sources that are not landing tables: {', '.join(unknown)}")
    return settings


def _sections(text: str) -> dict[str, Any]:
    """Read TOML in which a section may come twice; each section by itself is plain TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        blocks = re.split(r"(?m)^(?=\s*\[)", text)
        if len(blocks) == 1:
            raise
    merged: dict[str, Any] = {}
    for block in blocks:
        _lay_over(merged, tomllib.loads(block))
    return merged


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict) and "allow" not in value:
            _lay_over(below[name], value)
        else:
            below[name] = value


def render_settings(settings: Settings) -> str:
    """Return ``settings`` as TOML with every setting written out and its meaning above it."""
    lines = [
        "# riskstrat settings: every setting, with its meaning. Unknown settings are refused.",
        "# A section may be given again further down: the later value wins.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}"] if field.description else []
        value = getattr(settings, name)
        if name == "sources":
            lines += _render_sources(settings)
        else:
            lines += _render_section(name, value)
    return "\n".join(lines).rstrip() + "\n"


def _render_sources(settings: Settings) -> list[str]:
    lines: list[str] = []
    for table in TABLES.values():
        if table.event_date is not None:
            lines += [f"[sources.{table.name}]", f"lag_days = {settings.lag_days(table.name)}"]
    return [*lines, ""]


def _render_section(name: str, section: BaseModel) -> list[str]:
    lines = [f"[{name}]"]
    nested: list[str] = []
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, BaseModel) and not isinstance(value, Allowed):
            nested += ["", f"# {field.description}", *_render_section(f"{name}.{key}", value)]
        elif isinstance(value, dict):
            nested += ["", f"# {field.description}"]
            sections = {item: inner for item, inner in sorted(value.items()) if isinstance(inner, BaseModel)}
            plain = [f"{item} = {_literal(value[item])}" for item in sorted(set(value) - set(sections))]
            nested += [f"[{name}.{key}]", *plain] if plain else []
            for item, inner in sections.items():
                nested += _render_section(f"{name}.{key}.{item}", inner)
        elif value is None:
            lines += [f"# {key} =   # {field.description}"]
        else:
            lines += [f"{key} = {_literal(value)}  # {field.description}"]
    if len(lines) == 1:
        lines = []
    return [*lines, *nested, ""]


def _literal(value: Any) -> str:
    if isinstance(value, Allowed):
        return "{ allow = " + _literal(value.allow) + " }"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | date):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
