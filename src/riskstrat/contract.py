"""The landing contract, version 1, declared once: every table, its columns, keys, event date and default lag.

Intake checks drops against it, the synthetic generator writes it, and the feature layer reads lags and event dates
from it. Meanings are in ``docs/reference/landing-tables.md``; a change here is a change of contract version.
"""

from dataclasses import dataclass
from types import MappingProxyType

CONTRACT_VERSION = 1

SENTINEL_DATES = ("1582-10-15", "1800-01-01", "1801-01-01", "1900-01-01", "9999-12-31")
"""Dates that senders write for "not known"; read as missing everywhere."""


@dataclass(frozen=True)
class Column:
    """One landing column.

    ``type`` is the DuckDB type it is cast to. ``values`` is the closed set of codes, if there is one; ``minimum`` and
    ``maximum`` are inclusive bounds for numbers. ``pattern`` is a regular expression the whole text must match.
    """

    name: str
    type: str = "VARCHAR"
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Table:
    """One landing table.

    ``key`` is empty for facts (exact duplicates are dropped and counted). ``event_date`` is the column that says when a
    row happened, ``None`` for tables that describe rather than happen. ``lag_days`` is how late rows reach us when the
    row itself does not say. ``ordered_dates`` are pairs of columns where the first may not be after the second.
    ``one_of`` names columns of which at least one must be filled. ``vault_only`` tables never enter the store.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    event_date: str | None = None
    lag_days: int = 0
    ordered_dates: tuple[tuple[str, str], ...] = ()
    one_of: tuple[str, ...] = ()
    mandatory: bool = False
    vault_only: bool = False

    def column(self, name: str) -> Column:
        """Return the column of that name; ``KeyError`` if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def is_about_people(self) -> bool:
        """Whether rows carry an NHS number."""
        return any(column.name == "nhs_number" for column in self.columns)


def _text(name: str, *, required: bool = False, values: tuple[str, ...] = (), pattern: str | None = None) -> Column:
    return Column(name, "VARCHAR", required, values, pattern=pattern)


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, "DATE", required)


def _number(name: str, minimum: float | None = None, maximum: float | None = None) -> Column:
    return Column(name, "DOUBLE", minimum=minimum, maximum=maximum)


def _whole(name: str, minimum: int, maximum: int, *, required: bool = False) -> Column:
    return Column(name, "INTEGER", required, minimum=minimum, maximum=maximum)


def _flag(name: str) -> Column:
    return Column(name, "BOOLEAN")


NHS_NUMBER = Column("nhs_number", "VARCHAR", required=True)
AVAILABLE_DATE = Column("available_date", "DATE")

_PERSON = Table(
    "person",
    (
        NHS_NUMBER,
        _date("birth_date", required=True),
        _text("sex", required=True, values=("1", "2", "9", "0", "X")),
        _text("ethnic_category", pattern="[A-Z][A-Z0-9]?|99?"),
        _text("lsoa_code"),
        _whole("imd_decile", 1, 10),
        _date("death_date"),
        _flag("restricted"),
        _flag("care_home"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number",),
    ordered_dates=(("birth_date", "death_date"),),
    mandatory=True,
)

_PERSON_NAME = Table(
    "person_name",
    (NHS_NUMBER, _text("family_name"), _text("given_name"), _text("usual_gp"), _text("needs"), AVAILABLE_DATE),
    key=("nhs_number",),
    vault_only=True,
)

_REGISTRATION = Table(
    "registration",
    (
        NHS_NUMBER,
        _text("practice_code", required=True),
        _date("start_date", required=True),
        _date("end_date"),
        _text("registration_type"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "practice_code", "start_date"),
    event_date="start_date",
    ordered_dates=(("start_date", "end_date"),),
    mandatory=True,
)

_PRACTICE = Table(
    "practice",
    (
        _text("practice_code", required=True),
        _text("practice_name", required=True),
        _text("pcn_code"),
        _text("pcn_name"),
        _text("place_code"),
        _text("place_name"),
        _text("icb_code"),
        _text("icb_name"),
        _date("open_date"),
        _date("close_date"),
        _text("successor_code"),
        AVAILABLE_DATE,
    ),
    key=("practice_code",),
    ordered_dates=(("open_date", "close_date"),),
    mandatory=True,
)

_OPT_OUT = Table(
    "opt_out",
    (
        NHS_NUMBER,
        _text("kind", required=True, values=("type_1", "national", "objection")),
        _date("start_date", required=True),
        _date("end_date"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "kind", "start_date"),
    event_date="start_date",
    ordered_dates=(("start_date", "end_date"),),
)

_GP_EVENT = Table(
    "gp_event",
    (
        NHS_NUMBER,
        _date("event_date", required=True),
        _text("snomed_code", required=True, pattern="[1-9][0-9]{5,17}"),
        _number("value"),
        _text("unit"),
        AVAILABLE_DATE,
    ),
    event_date="event_date",
    lag_days=3,
)

_GP_PRESCRIPTION = Table(
    "gp_prescription",
    (
        NHS_NUMBER,
        _date("issue_date", required=True),
        _text("bnf_code", pattern="[0-9A-Z]{4,15}"),
        _text("dmd_code", pattern="[0-9]{6,18}"),
        _number("quantity", minimum=0),
        AVAILABLE_DATE,
    ),
    event_date="issue_date",
    lag_days=30,
    one_of=("bnf_code", "dmd_code"),
)

_GP_APPOINTMENT = Table(
    "gp_appointment",
    (
        NHS_NUMBER,
        _date("appointment_date", required=True),
        _text("status", required=True, values=("attended", "did_not_attend", "cancelled")),
        _text("mode"),
        _text("staff_role"),
        AVAILABLE_DATE,
    ),
    event_date="appointment_date",
    lag_days=5,
)

_APC_EPISODE = Table(
    "apc_episode",
    (
        NHS_NUMBER,
        _text("provider_code"),
        _text("spell_id", required=True),
        _whole("episode_number", 0, 999, required=True),
        _date("admission_date", required=True),
        _text("admission_method", required=True, pattern="[0-9][0-9A-Z]"),
        _text("admission_source"),
        _text("patient_class"),
        _date("episode_start_date", required=True),
        _date("episode_end_date"),
        _date("discharge_date"),
        _text("discharge_method"),
        _text("discharge_destination"),
        _text("treatment_function_code"),
        *(_text(f"diagnosis_{n:02}") for n in range(1, 21)),
        *(_text(f"procedure_{n:02}") for n in range(1, 5)),
        _number("cost", minimum=0),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "provider_code", "spell_id", "episode_number"),
    event_date="admission_date",
    lag_days=42,
    ordered_dates=(
        ("admission_date", "episode_start_date"),
        ("episode_start_date", "episode_end_date"),
        ("admission_date", "discharge_date"),
    ),
)

_ADMISSION_NOTICE = Table(
    "admission_notice",
    (
        NHS_NUMBER,
        _date("admitted_on", required=True),
        _date("discharged_on"),
        _text("provider_code"),
        _text("method"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "admitted_on"),
    event_date="admitted_on",
    lag_days=1,
    ordered_dates=(("admitted_on", "discharged_on"),),
)

_ECDS_ATTENDANCE = Table(
    "ecds_attendance",
    (
        NHS_NUMBER,
        _text("attendance_id", required=True),
        _date("arrival_date", required=True),
        _text("department_type", required=True),
        _text("attendance_category"),
        _text("arrival_mode"),
        _text("acuity"),
        _text("chief_complaint"),
        *(_text(f"diagnosis_{n:02}") for n in range(1, 4)),
        _text("discharge_status"),
        _number("cost", minimum=0),
        AVAILABLE_DATE,
    ),
    key=("attendance_id",),
    event_date="arrival_date",
    lag_days=42,
)

_OUTPATIENT_APPOINTMENT = Table(
    "outpatient_appointment",
    (
        NHS_NUMBER,
        _date("appointment_date", required=True),
        _text("attendance_status", required=True),
        _text("treatment_function_code"),
        _text("first_attendance"),
        _number("cost", minimum=0),
        AVAILABLE_DATE,
    ),
    event_date="appointment_date",
    lag_days=42,
)

_COMMUNITY_CONTACT = Table(
    "community_contact",
    (
        NHS_NUMBER,
        _date("contact_date", required=True),
        _text("service_type", required=True),
        _text("referral_id"),
        _text("attendance_status"),
        _text("medium"),
        _number("duration_minutes", minimum=0, maximum=1440),
        AVAILABLE_DATE,
    ),
    event_date="contact_date",
    lag_days=45,
)

_MENTAL_HEALTH_CONTACT = Table(
    "mental_health_contact",
    (
        NHS_NUMBER,
        _date("contact_date", required=True),
        _text("service_type", required=True),
        _text("attendance_status"),
        AVAILABLE_DATE,
    ),
    event_date="contact_date",
    lag_days=45,
)

_CARE_HOMES = ("residential_care", "nursing_care")
_CARE_AT_HOME = ("home_care", "reablement", "day_care", "direct_payment", "equipment")

_SOCIAL_CARE_SERVICE = Table(
    "social_care_service",
    (
        NHS_NUMBER,
        _text("service_type", required=True, values=(*_CARE_AT_HOME, *_CARE_HOMES, "assessment")),
        _date("start_date", required=True),
        _date("end_date"),
        _flag("long_term"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "service_type", "start_date"),
    event_date="start_date",
    lag_days=40,
    ordered_dates=(("start_date", "end_date"),),
)

_URGENT_CALL = Table(
    "urgent_call",
    (
        NHS_NUMBER,
        _date("call_date", required=True),
        _text("source", required=True, values=("111", "999")),
        _text("disposition"),
        _flag("conveyed"),
        AVAILABLE_DATE,
    ),
    event_date="call_date",
    lag_days=14,
)

_PROGRAMME = Table(
    "programme",
    (
        NHS_NUMBER,
        _text("programme", required=True),
        _date("start_date", required=True),
        _date("end_date"),
        AVAILABLE_DATE,
    ),
    key=("nhs_number", "programme", "start_date"),
    event_date="start_date",
    lag_days=7,
    ordered_dates=(("start_date", "end_date"),),
)

TABLES = MappingProxyType(
    {
        table.name: table
        for table in (
            _PERSON,
            _PERSON_NAME,
            _REGISTRATION,
            _PRACTICE,
            _OPT_OUT,
            _GP_EVENT,
            _GP_PRESCRIPTION,
            _GP_APPOINTMENT,
            _APC_EPISODE,
            _ADMISSION_NOTICE,
            _ECDS_ATTENDANCE,
            _OUTPATIENT_APPOINTMENT,
            _COMMUNITY_CONTACT,
            _MENTAL_HEALTH_CONTACT,
            _SOCIAL_CARE_SERVICE,
            _URGENT_CALL,
            _PROGRAMME,
        )
    }
)
"""Every landing table by name, in the order a drop is read."""
