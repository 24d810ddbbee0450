"""Codes the law restricts (gender recognition, termination, assisted fertilisation, sexually transmitted disease).

They are dropped at intake in every code system and can be neither feature nor reason. The members come from
``sql/seeds/legally_restricted.csv``; riskstrat ships the mechanism, a board supplies the members it must keep out.
"""

import csv
import hashlib
import re
from dataclasses import dataclass

from riskstrat.contract import Table
from riskstrat.project import resource

SEED = "sql/seeds/legally_restricted.csv"

_WHOLE_CODE = frozenset({"snomed", "dmd"})
_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "gp_event": (("snomed", "snomed_code"),),
    "gp_prescription": (("bnf", "bnf_code"), ("dmd", "dmd_code")),
    "apc_episode": (
        *(("icd10", f"diagnosis_{n:02}") for n in range(1, 21)),
        *(("opcs4", f"procedure_{n:02}") for n in range(1, 5)),
    ),
    "ecds_attendance": (("snomed", "chief_complaint"), *(("snomed", f"diagnosis_{n:02}") for n in range(1, 4))),
}
_ROW_IS_THE_CODE = frozenset({"gp_event", "gp_prescription"})


@dataclass(frozen=True)
class RestrictedCodes:
    """The codes by system, and a hash of the list so that a longer list makes the same drop new."""

    by_system: dict[str, tuple[str, ...]]
    sha256: str

    def tests(self, table: Table) -> dict[str, str]:
        """Return, for each column that may hold a restricted code, an SQL test of its text being one."""
        found: dict[str, str] = {}
        for system, column in _COLUMNS.get(table.name, ()):
            codes = self.by_system.get(system, ())
            if codes and system in _WHOLE_CODE:
                listed = ", ".join(f"'{code}'" for code in codes)
                found[column] = f"COALESCE({{}} IN ({listed}), FALSE)"
            elif codes:
                plain = "REPLACE(REPLACE(UPPER({}), '.', ''), ' ', '')"
                found[column] = f"COALESCE(REGEXP_MATCHES({plain}, '^({'|'.join(codes)})'), FALSE)"
        return found

    @staticmethod
    def drops_row(table: Table) -> bool:
        """Whether a restricted code is the row itself (it is dropped) or one field of it (it is blanked)."""
        return table.name in _ROW_IS_THE_CODE


def read_restricted_codes() -> RestrictedCodes:
    """Read the seed; raises ``ValueError`` for a code that is not letters and digits."""
    content = resource(SEED).read_bytes()
    by_system: dict[str, set[str]] = {}
    for row in csv.DictReader(content.decode("utf-8").splitlines()):
        system, code = row["system"].strip(), row["code"].strip().upper().replace(".", "")
        if not re.fullmatch(r"[0-9A-Z]+", code):
            raise ValueError(f"{SEED}: '{code}' is not a code")
        by_system.setdefault(system, set()).add(code)
    return RestrictedCodes(
        {system: tuple(sorted(codes)) for system, codes in sorted(by_system.items())},
        hashlib.sha256(content).hexdigest(),
    )
