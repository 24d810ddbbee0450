"""A practice's list as FHIR R4 resources: who is on it, the estimate of each, and what is asked of the practice.

Structure: HL7 FHIR R4 (4.0.1), ``Group``, ``RiskAssessment`` and ``Task``; https://hl7.org/fhir/R4. Identifier systems
are those of the UK Core (Identifier NamingSystems): people by NHS number, practices by ODS code. Names, needs and notes
are left out: the receiving system knows its own people. Nothing is here that is not on the page, and no figure but that
of emergency admission within 12 months.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from riskstrat.pages import INTENDED_USE
from riskstrat.project import add_months

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
_TEST_DATA = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}

Resource = dict[str, Any]


@dataclass(frozen=True)
class ListOrigin:
    """Where a list comes from: release, index date, practice, what made the estimates, and whether people are real."""

    release: str
    index_date: date
    practice_code: str
    estimated_by: str
    demonstration: bool


def resources(origin: ListOrigin, rows: Sequence[Mapping[str, str]]) -> dict[str, list[Resource]]:
    """Return resources by type, from rows of the list with the contract's columns as text, each with an NHS number."""
    return {
        "Group": [_group(origin, rows)],
        "RiskAssessment": [_risk_assessment(origin, row) for row in rows if row["risk_percent"]],
        "Task": [_task(origin, row) for row in rows],
    }


def as_ndjson(made: Sequence[Resource]) -> bytes:
    """Return resources as NDJSON: UTF-8, one resource a line."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in made).encode()


def _group(origin: ListOrigin, rows: Sequence[Mapping[str, str]]) -> Resource:
    group = {
        **_head(origin, "Group", f"{origin.release}-{origin.practice_code}"),
        "active": True,
        "type": "person",
        "actual": True,
        "name": f"Worklist of practice {origin.practice_code}, release {origin.release}",
        "quantity": len(rows),
        "managingEntity": _practice(origin),
        "member": [{"entity": _patient(row)} for row in rows],
    }
    return {name: value for name, value in group.items() if value != []}  # FHIR has no empty lists


def _risk_assessment(origin: ListOrigin, row: Mapping[str, str]) -> Resource:
    last_day = add_months(origin.index_date, 12) - timedelta(days=1)
    return {
        **_head(origin, "RiskAssessment", _identity(origin, row)),
        "status": "final",
        "method": {"text": origin.estimated_by},
        "subject": _patient(row),
        "occurrenceDateTime": str(origin.index_date),
        "prediction": [
            {
                "outcome": {"text": "Emergency admission to hospital within 12 months"},
                "probabilityDecimal": int(row["risk_percent"]),  # in R4 a percentage (invariant ras-2), not a share
                "whenPeriod": {"start": str(origin.index_date), "end": str(last_day)},
                "rationale": ". ".join(filter(None, (row["risk_words"], row["reasons"]))),
            }
        ],
        "note": [{"text": INTENDED_USE}],
    }


def _task(origin: ListOrigin, row: Mapping[str, str]) -> Resource:
    task = {
        **_head(origin, "Task", _identity(origin, row)),
        "identifier": [{"value": row["row_key"]}],
        "groupIdentifier": {"value": f"{origin.release}-{origin.practice_code}"},
        "status": "requested",
        "businessStatus": {"text": row["status"]},
        "intent": "proposal",
        "priority": "routine",
        "code": {"text": "Review who might benefit from proactive care"},
        "description": row["rules"],
        "for": _patient(row),
        "authoredOn": str(origin.index_date),
        "owner": _practice(origin),
        "note": [{"text": INTENDED_USE}],
        "input": [
            {"type": {"text": words}, "valueString": row[column]}
            for column, words in (("suggested_actions", "Suggested"), ("gaps", "Could be looked at"))
            if row[column]
        ],
    }
    if row["risk_percent"]:
        task["reasonReference"] = {"reference": f"RiskAssessment/{_identity(origin, row)}"}
    return {name: value for name, value in task.items() if value != []}


def _head(origin: ListOrigin, kind: str, identity: str) -> Resource:
    head: Resource = {"resourceType": kind, "id": identity}
    return head | {"meta": {"security": [_TEST_DATA]}} if origin.demonstration else head


def _identity(origin: ListOrigin, row: Mapping[str, str]) -> str:
    return f"{origin.release}-{row['row_key']}"


def _patient(row: Mapping[str, str]) -> Resource:
    return {"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": row["nhs_number"]}}


def _practice(origin: ListOrigin) -> Resource:
    return {"type": "Organization", "identifier": {"system": ODS_CODE, "value": origin.practice_code}}
