"""Codes the law restricts (gender recognition, termination, assisted fertilisation, sexually transmitted disease).

They are dropped at intake in every code system and can be neither feature nor reason. riskstrat ships the mechanism; a
board supplies the members with ``riskstrat codelists import`` under the list name ``legally_restricted``. Every version
imported counts, beside the seed: a code once restricted stays out.
"""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from riskstrat.contract import Table
from riskstrat.errors import UsageFault
from riskstrat.project import Workspace, resource

SEED = "sql/seeds/legally_restricted.csv"
OWN_LISTS = "codelists/legally_restricted"
SYSTEMS = ("snomed_ct", "icd10", "opcs4", "bnf", "dmd")

_WHOLE_CODE = frozenset({"snomed_ct", "dmd"})
_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "gp_event": (("snomed_ct", "snomed_code"),),
    "gp_prescription": (("bnf", "bnf_code"), ("dmd", "dmd_code")),
    "apc_episode": (
        *(("icd10", f"diagnosis_{n:02}") for n in range(1, 21)),
        *(("opcs4", f"procedure_{n:02}") for n in range(1, 5)),
    ),
    "ecds_attendance": (("snomed_ct", "chief_complaint"), *(("snomed_ct", f"diagnosis_{n:02}") for n in range(1, 4))),
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


def read_restricted_codes(workspace: Workspace) -> RestrictedCodes:
    """Read the seed and the board's own list; raises ``UsageFault`` for a row that cannot be used, naming its line."""
    by_system: dict[str, set[str]] = {}
    content = b""
    for path in (resource(SEED), *sorted((workspace.root / OWN_LISTS).glob("*.csv"))):
        content += path.read_bytes()
        _read_list(path, by_system)
    return RestrictedCodes(
        {system: tuple(sorted(codes)) for system, codes in sorted(by_system.items())},
        hashlib.sha256(content).hexdigest(),
    )


def _read_list(path: Path, by_system: dict[str, set[str]]) -> None:
    reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    for line, row in enumerate(reader, start=2):
        system, code = (row.get("system") or "").strip().lower(), (row.get("code") or "").strip().upper()
        code = code.replace(".", "")
        if system not in SYSTEMS or not re.fullmatch(r"[0-9A-Z]+", code):
            raise UsageFault(
                f"line {line} of {path.name} is not a restricted code",
                f"columns system (one of {', '.join(SYSTEMS)}) and code (letters and digits) are needed",
            )
        by_system.setdefault(system, set()).add(code)
