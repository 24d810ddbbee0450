"""A made store: snapshots, labels and sources with the agreed columns and a learnable signal, without a drop.

For tests of the rooms that read snapshots. ``docs/explanation/architecture.md`` says what each column means.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from riskstrat.contract import TABLES
from riskstrat.project import Workspace, add_months

CONDITIONS = (
    "af asthma cancer chd ckd copd dementia depression diabetes epilepsy heart_failure hypertension "
    "learning_disability obesity osteoporosis pad rheumatoid_arthritis smi stroke_tia palliative_care"
).split()
MEASUREMENTS = {
    "systolic_bp": (135, 18),
    "diastolic_bp": (78, 10),
    "bmi": (28, 5),
    "hba1c": (42, 10),
    "egfr": (78, 18),
    "haemoglobin": (136, 14),
    "total_cholesterol": (4.9, 1.0),
}
MEDICINE_GROUPS = (
    "opioids nsaids_oral anticoagulants antiplatelets antipsychotics antidepressants benzodiazepines_zdrugs "
    "gabapentinoids insulin diuretics_loop oral_corticosteroids inhaled_bronchodilators anti_dementia antiepileptics "
    "parkinsonism_medicines inhaled_corticosteroids oral_nutrition"
).split()
CAUSES = (
    "ambulatory_care_sensitive falls fragility_fracture delirium respiratory heart_failure alcohol self_harm infection"
).split()


def write_store(
    root: Path,
    *,
    people: int = 2000,
    index_dates: Sequence[date] = (date(2026, 11, 1),),
    seed: int = 1,
    practices: int = 6,
) -> Workspace:
    """Write ``store/features``, ``store/sources``, ``store/attrition`` and ``store/labels`` for each index date."""
    workspace = Workspace(root)
    latent = np.random.default_rng(seed).normal(size=people)
    for index_date in index_dates:
        snapshot, risk = made_snapshot(people, index_date, seed, latent, practices)
        _write(snapshot, workspace, "features", index_date)
        _write(made_sources(index_date), workspace, "sources", index_date)
        _write(_attrition(people), workspace, "attrition", index_date)
        for label, scale in {"12m": 1.0, "30d": 0.15}.items():
            _write(
                _label(snapshot, risk * scale, index_date, seed),
                workspace,
                f"labels/emergency_admission_{label}",
                index_date,
            )
        older = snapshot.filter((pl.col("age") >= 65) & (pl.col("in_care_home") == 0))
        _write(
            _label(older, risk[older["person_id"].to_numpy() - 1] * 0.5, index_date, seed),
            workspace,
            "labels/frailty_12m",
            index_date,
        )
        _write(_label(snapshot, risk**1.5 * 0.4, index_date, seed), workspace, "labels/death_12m", index_date)
    return workspace


def made_snapshot(
    people: int, index_date: date, seed: int, latent: np.ndarray, practices: int
) -> tuple[pl.DataFrame, np.ndarray]:
    """Return a snapshot of ``people`` rows and each person's true 12-month risk."""
    random = np.random.default_rng([seed, index_date.toordinal()])
    fixed = np.random.default_rng(seed + 1)
    age = np.clip(fixed.normal(52, 21, people), 0, 103).astype(int)
    frailty = latent + (age - 50) / 25
    mean = np.exp(0.8 * frailty - 2.0)

    def counts(scale: float) -> np.ndarray:
        return random.poisson(np.clip(mean * scale, 0, 40)).astype(np.int32)

    def flags(share: float) -> np.ndarray:
        return (random.random(people) < np.clip(share * np.exp(0.7 * frailty), 0, 0.9)).astype(np.int32)

    columns: dict[str, object] = {
        "person_id": np.arange(1, people + 1, dtype=np.int32),
        "index_date": [index_date] * people,
        "practice_code": [f"Z{1 + n % practices:05}" for n in range(people)],
        "age": age.astype(np.int32),
        "sex": np.where(fixed.random(people) < 0.5, "1", "2"),
        "imd_decile": fixed.integers(1, 11, people).astype(np.int32),
        "ethnic_category": fixed.choice(["A", "A", "A", "H", "M", "Z"], people),
        "days_registered": fixed.integers(30, 6000, people).astype(np.int32),
        "practice_moves_730d": flags(0.02),
    }
    windows = {
        "emergency_admissions": ((30, 90, 365, 730), 0.25),
        "ae_attendances": ((30, 90, 365, 730), 0.6),
        "ae_unplanned_attendances": ((90, 365, 730), 0.5),
        "outpatient_attended": ((90, 365, 730), 2.0),
        "community_contacts_attended": ((90, 365, 730), 1.0),
        "mental_health_contacts_attended": ((90, 365), 0.1),
        "gp_appointments_attended": ((30, 90, 365, 730), 8.0),
        "urgent_calls_111": ((30, 90, 365), 0.4),
        "urgent_calls_999": ((30, 90, 365), 0.3),
        "emergency_bed_days": ((365, 730), 1.5),
        "elective_admissions": ((365, 730), 0.3),
        "medicines": ((90, 365), 6.0),
    }
    unseen = {"emergency_admissions_30d", "ae_attendances_30d"}
    for name, (days, yearly) in windows.items():
        previous = np.zeros(people, dtype=np.int32)
        for k, window in enumerate(days):
            previous = previous + counts(yearly * (window - (days[k - 1] if k else 0)) / 365)
            column = f"{name}_{window}d"
            columns[column] = [None] * people if column in unseen else previous
    for name in (
        "same_day_emergency_admissions_365d emergency_readmissions_30_days_365d elective_bed_days_365d day_cases_365d "
        "regular_attendances_365d maternity_admissions_365d same_day_emergency_care_365d "
        "ae_attendances_by_ambulance_365d outpatient_not_attended_365d outpatient_first_attendances_365d "
        "gp_appointments_not_attended_365d "
        "ambulance_conveyances_365d falls_admissions_730d falls_coded_365d social_care_services_open "
        "social_care_assessments_365d reablement_365d programmes_held bnf_paragraphs_365d error_prone_medicines_365d "
        "dependence_forming_medicines_365d"
    ).split():
        columns[name] = counts(0.1)
    for name in (
        "gp_appointments_with_gp_365d gp_appointments_with_nurse_365d gp_appointments_with_other_staff_365d "
        "gp_appointments_remote_365d gp_home_visits_365d gp_appointments_cancelled_365d "
        "community_nursing_contacts_365d community_therapy_contacts_365d urgent_community_response_contacts_365d "
        "community_contacts_not_attended_365d mental_health_contacts_attended_730d mental_health_crisis_contacts_365d "
        "mental_health_contacts_not_attended_365d antibacterials_365d medicines_started anticholinergic_burden_90d "
        "falls_risk_medicines_90d equipment_365d social_care_services_ended_365d programmes_ended_90d "
        "programmes_ended_365d"
    ).split():
        columns[name] = counts(0.1)
    for name in ("gp_appointments_attended_trend", "community_contacts_attended_trend", "urgent_calls_trend"):
        columns[name] = counts(0.5) - counts(2.0) * 90 / 365
    for cause in CAUSES:
        columns[f"{cause}_admissions_365d"] = counts(0.03)
    for name in (
        "emergency_admission emergency_discharge elective_admission ae_attendance community_contact gp_appointment "
        "care_plan structured_medication_review flu_vaccination mental_health_contact urgent_call prescription "
        "social_care_change"
    ).split():
        days = random.integers(43, 1500, people).astype(float)
        columns[f"days_since_{name}"] = [
            int(d) if keep else None for d, keep in zip(days, random.random(people) < 0.6, strict=True)
        ]
    for condition in CONDITIONS:
        has = flags(0.04)
        columns[f"has_{condition}"] = has
        columns[f"years_since_{condition}"] = [
            float(y) if h else None for y, h in zip(random.uniform(0, 20, people).round(2), has, strict=True)
        ]
    columns["long_term_conditions"] = sum(
        np.asarray(columns[f"has_{c}"]) for c in CONDITIONS if c not in {"obesity", "palliative_care"}
    )
    deficits = np.clip(counts(6), 0, 36)
    columns |= {
        "efi_deficits": deficits,
        "efi": deficits / 36,
        "efi_band": [_efi_band(d / 36) if a >= 65 else None for d, a in zip(deficits, age, strict=True)],
        "efi_change_365d": np.clip(counts(0.5), 0, 4) / 36,
        "hfrs": np.round(mean * 2, 1),
        "hfrs_band": [
            None if a < 65 else "low" if m < 2.5 else "intermediate" if m < 7.5 else "high"
            for a, m in zip(age, mean, strict=True)
        ],
        "charlson": counts(3),
        "frailty_coded": [
            ("mild", "moderate", "severe")[min(2, int(f))] if f > 0 and a >= 65 and r < 0.3 else None
            for f, a, r in zip(frailty, age, random.random(people), strict=True)
        ],
    }
    for group in MEDICINE_GROUPS:
        columns[f"{group}_365d"] = flags(0.06)
    for name in (
        "polypharmacy_5_90d polypharmacy_10_90d nsaid_with_anticoagulant_90d nsaid_without_gastroprotection_90d "
        "nsaid_renin_diuretic_90d opioid_with_benzodiazepine_90d in_nursing_home care_home_entered_365d "
        "home_care_started_365d direct_payment_open"
    ).split():
        columns[name] = flags(0.02)
    columns["days_on_case_management"] = [
        int(d) if keep else None
        for d, keep in zip(random.integers(1, 900, people), random.random(people) < 0.02, strict=True)
    ]
    for name, (middle, spread) in MEASUREMENTS.items():
        known = random.random(people) < 0.6
        values = random.normal(middle, spread, people).round(1)
        columns[name] = [float(v) if k else None for v, k in zip(values, known, strict=True)]
        columns[f"{name}_age_days"] = [
            int(v) if k else None for v, k in zip(random.integers(4, 1200, people), known, strict=True)
        ]
    for name in (
        "smoking_current housebound lives_alone carer end_of_life_register structured_medication_review_coded_365d "
        "home_care_open day_care_open in_care_home on_case_management on_end_of_life_register on_virtual_ward"
    ).split():
        columns[name] = flags(0.02)
    columns |= _hospital_columns(mean, [seed, index_date.toordinal(), 1])
    columns |= _gp_record_columns(mean, [seed, index_date.toordinal(), 2])
    snapshot = pl.DataFrame(columns)
    risk = 1 / (
        1 + np.exp(-(-2.9 + 0.75 * frailty + 0.5 * np.minimum(np.asarray(columns["emergency_admissions_365d"]), 4)))
    )
    return snapshot, risk


def _gp_record_columns(mean: np.ndarray, seed: Sequence[int]) -> dict[str, object]:
    """Return more of what general practice records, drawn apart; of family efi_deficits one column alone."""
    random = np.random.default_rng(list(seed))
    people = len(mean)

    def some(values: np.ndarray, share: float) -> list[float | None]:
        return [float(v) if keep else None for v, keep in zip(values, random.random(people) < share, strict=True)]

    def days(share: float) -> list[int | None]:
        drawn = random.integers(4, 1500, people)
        return [int(d) if keep else None for d, keep in zip(drawn, random.random(people) < share, strict=True)]

    columns: dict[str, object] = {}
    for name in (
        "alcohol_problems anxiety connective_tissue_disorder hearing_loss irritable_bowel_syndrome "
        "non_diabetic_hyperglycaemia"
    ).split():
        years = some(random.uniform(0, 20, people).round(2), 0.05)
        columns |= {f"has_{name}": [int(y is not None) for y in years], f"years_since_{name}": years}
    for name in (
        "mental_and_physical_conditions painful_condition treated_constipation heart_failure_with_ckd "
        "copd_with_heart_failure diabetes_with_ckd smi_with_diabetes dementia_living_alone frailty_with_10_medicines "
        "housebound_with_frailty flu_vaccination_this_season flu_vaccination_due"
    ).split():
        columns[name] = (random.random(people) < np.clip(0.2 * mean, 0.01, 0.9)).astype(np.int32)
    for name in "long_term_conditions_added_365d cambridge_conditions high_risk_groups annual_reviews_due".split():
        columns[name] = random.poisson(np.clip(mean, 0, 5)).astype(np.int32)
    columns["cambridge_score"] = np.round(mean, 2)
    for name in "medication frailty_assessment asthma copd diabetes heart_failure dementia".split():
        columns[f"days_since_{name if 'assessment' in name else name + '_review'}"] = days(0.2)
    columns["days_since_frailty_coded"] = days(0.1)
    for name, middle in {"acr": 2.0, "oxygen_saturation": 96.0, "weight": 76.0}.items():
        columns |= {name: some(random.normal(middle, 1, people).round(1), 0.3), f"{name}_age_days": days(0.3)}
    for name in (*MEASUREMENTS, "acr", "oxygen_saturation"):
        columns[f"{name}_change"] = some(random.normal(0, 3, people).round(2), 0.3)
        columns[f"{name}_out_of_range"] = [None if v is None else int(v) for v in some(random.random(people) * 2, 0.5)]
    columns["weight_change_percent"] = some(random.normal(0, 3, people).round(2), 0.2)
    for name in (
        "cardiac_glycosides_365d sacubitril_valsartan_365d nsaids_oral_90d antiplatelet_without_gastroprotection_90d "
        "anticoagulant_with_antiplatelet_90d"
    ).split():
        columns[name] = (random.random(people) < 0.02).astype(np.int32)
    columns["efi_years_since_peptic_ulcer"] = some(random.uniform(0, 20, people).round(2), 0.03)
    return columns


def _hospital_columns(mean: np.ndarray, seed: Sequence[int]) -> dict[str, object]:
    """Return more of what hospitals say, drawn apart so that the other columns stay as they are."""
    random = np.random.default_rng(list(seed))

    def counts(scale: float) -> np.ndarray:
        return random.poisson(np.clip(mean * scale, 0, 40)).astype(np.int32)

    columns: dict[str, object] = {
        name: counts(0.1)
        for name in (
            "emergency_admissions_182d emergency_admissions_1095d longest_emergency_stay_365d "
            "emergency_admissions_from_care_home_365d emergency_discharges_to_care_home_365d stays_with_transfer_365d "
            "cardiac_admissions_365d stroke_tia_admissions_365d hip_fracture_admissions_1095d ae_attendances_182d "
            "ae_attendances_1095d ae_major_attendances_365d ae_minor_attendances_365d ae_high_acuity_attendances_365d "
            "ae_left_before_treatment_365d ae_fall_attendances_365d outpatient_cancelled_365d "
            "outpatient_follow_ups_365d outpatient_specialties_365d outpatient_surgical_365d outpatient_medical_365d "
            "outpatient_older_people_365d outpatient_cancer_365d outpatient_mental_health_365d outpatient_therapy_365d"
        ).split()
    }
    for name in ("emergency_admissions_trend", "ae_attendances_trend", "outpatient_attended_trend"):
        columns[name] = counts(0.5) - counts(2.0) * 90 / 365
    for setting in ("admission", "emergency_admission", "ae", "outpatient"):
        columns[f"{setting}_cost_pounds_365d"] = counts(0.3) * 180.5
    stayed = random.random(len(mean)) < 0.3
    months = random.integers(1, 13, len(mean))
    columns["month_of_last_emergency_admission"] = [int(m) if s else None for m, s in zip(months, stayed, strict=True)]
    columns["nights_of_last_emergency_stay"] = [int(n) if s else None for n, s in zip(counts(3), stayed, strict=True)]
    since = random.integers(43, 1500, len(mean))
    columns["days_since_outpatient_attendance"] = [
        int(d) if s else None for d, s in zip(since, random.random(len(mean)) < 0.6, strict=True)
    ]
    return columns


def made_sources(index_date: date) -> pl.DataFrame:
    """Return ``store/sources`` rows in which every table is present and as late as the contract says."""
    return pl.DataFrame(
        [
            {
                "table_name": table.name,
                "is_present": True,
                "lag_days": table.lag_days,
                "complete_to": index_date - timedelta(days=table.lag_days),
                "last_event_date": index_date - timedelta(days=table.lag_days + 1),
                "last_available_date": index_date - timedelta(days=1),
                "share_of_usual_volume": 1.0,
                "note": None,
            }
            for table in TABLES.values()
            if table.event_date is not None
        ],
        schema_overrides={"note": pl.String},
    )


def _efi_band(efi: float) -> str:
    return "fit" if efi <= 0.12 else "mild" if efi <= 0.24 else "moderate" if efi <= 0.36 else "severe"


def _attrition(people: int) -> pl.DataFrame:
    reasons = [
        "everyone in the drop",
        "no person record known at the index date",
        "no registration known at the index date",
        "not registered at the index date",
        "not a regular registration",
        "died",
    ]
    stopped = [0, 0, 3, 64, 5, 21]
    return pl.DataFrame(
        {
            "step": range(len(reasons)),
            "reason": reasons,
            "people": [people + sum(stopped), *stopped[1:]],
            "remaining": [people + sum(stopped[n + 1 :]) for n in range(len(stopped))],
        }
    )


def _label(snapshot: pl.DataFrame, risk: np.ndarray, index_date: date, seed: int) -> pl.DataFrame:
    random = np.random.default_rng([seed, index_date.toordinal(), len(snapshot)])
    happened = random.random(len(snapshot)) < risk
    event = [
        index_date + timedelta(days=int(d)) if h else None
        for d, h in zip(random.integers(0, 300, len(snapshot)), happened, strict=True)
    ]
    return pl.DataFrame(
        {
            "person_id": snapshot["person_id"],
            "index_date": snapshot["index_date"],
            "outcome": happened.astype(np.int32),
            "event_date": pl.Series(event, dtype=pl.Date),
            "death_date": pl.Series([None] * len(snapshot), dtype=pl.Date),
            "left_date": pl.Series([None] * len(snapshot), dtype=pl.Date),
        }
    )


def _write(frame: pl.DataFrame, workspace: Workspace, layer: str, index_date: date) -> None:
    folder = workspace.store / layer / f"index_date={index_date}"
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / "part.parquet")


HISTORY = tuple(add_months(date(2025, 9, 1), -months) for months in (36, 30, 24, 12, 0))
"""Index dates of a usual training run whose last 12-month horizon is complete in a drop to 31 October 2026."""
