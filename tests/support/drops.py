"""A small made drop that tests of intake break in one place at a time."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.project import Workspace

KEY = "00112233445566778899aabbccddeeff" * 2
PERIOD = "2024-01-01/2026-10-31"


def nhs_number(serial: int) -> str:
    """Return a valid number of the 999 test range; serials whose check digit would be 10 are passed over."""
    found = -1
    for middle in range(1_000_000):
        digits = f"999{middle:06}"
        check = (11 - sum((10 - n) * int(d) for n, d in enumerate(digits)) % 11) % 11
        if check < 10:
            found += 1
            if found == serial:
                return digits + str(check)
    raise ValueError(serial)


NUMBERS = [nhs_number(n) for n in range(12)]


def workspace(root: Path, settings: str = "", key: str = KEY) -> Workspace:
    """Make a workspace with a key."""
    (root / "identity").mkdir(parents=True)
    path = root / "identity" / "pseudonym.key"
    path.write_text(key)
    path.chmod(0o600)
    (root / "riskstrat.toml").write_text(settings)
    return Workspace(root)


def tables() -> dict[str, pl.DataFrame]:
    """Return a clean drop: 10 people at two practices, with events in several tables."""
    people = NUMBERS[:10]
    arrived = date(2026, 11, 2)
    return {
        "practice": pl.DataFrame(
            {"practice_code": ["Z00001", "Z00002"], "practice_name": ["First", "Second"], "pcn_code": ["U1", "U1"]}
        ),
        "person": pl.DataFrame(
            {
                "nhs_number": people,
                "birth_date": [date(1940 + n, 1 + n, 5) for n in range(10)],
                "sex": ["1", "2"] * 5,
                "imd_decile": [1 + n for n in range(10)],
                "restricted": [n == 9 for n in range(10)],
                "death_date": pl.Series([None] * 8 + [date(2026, 9, 1), None], dtype=pl.Date),
                "available_date": [arrived] * 10,
            }
        ),
        "person_name": pl.DataFrame(
            {
                "nhs_number": people,
                "family_name": [f"Family{n}" for n in range(10)],
                "given_name": [f"Given{n}" for n in range(10)],
                "usual_gp": ["Dr A"] * 10,
            }
        ),
        "registration": pl.DataFrame(
            {
                "nhs_number": people,
                "practice_code": ["Z00001", "Z00002"] * 5,
                "start_date": [date(2024, 2, 1)] * 10,
            }
        ),
        "opt_out": pl.DataFrame(
            {
                "nhs_number": people[:3],
                "kind": ["type_1", "national", "objection"],
                "start_date": [date(2024, 5, 1)] * 3,
                "end_date": pl.Series([None, None, date(2025, 5, 1)], dtype=pl.Date),
            }
        ),
        "gp_event": pl.DataFrame(
            {
                "nhs_number": [people[n % 10] for n in range(40)],
                "event_date": [date(2024 + n % 3, 1 + n % 9, 10) for n in range(40)],
                "snomed_code": [str(100000 + n) for n in range(40)],
                "value": [float(n) for n in range(40)],
                "available_date": [date(2024 + n % 3, 1 + n % 9, 10 + n % 5) for n in range(40)],
            }
        ),
        "apc_episode": pl.DataFrame(
            {
                "nhs_number": people[:4],
                "provider_code": ["RXX"] * 4,
                "spell_id": ["s1", "s2", "s3", "s4"],
                "episode_number": [1] * 4,
                "admission_date": [date(2026, 3, 1 + n) for n in range(4)],
                "admission_method": ["21", "2A", "11", "22"],
                "episode_start_date": [date(2026, 3, 1 + n) for n in range(4)],
                "discharge_date": [date(2026, 3, 8)] * 4,
                "discharge_method": ["1"] * 4,
                "diagnosis_01": ["I500", "R54X", "J440", "A09"],
                "available_date": [date(2026, 4, 15)] * 4,
            }
        ),
    }


def write_drop(
    folder: Path,
    frames: dict[str, pl.DataFrame] | None = None,
    *,
    form: str = "parquet",
    manifest: bool = True,
    period: str | None = PERIOD,
    **changes: Any,
) -> Path:
    """Write frames as a drop; ``changes`` go into every file entry of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (tables() if frames is None else frames).items():
        if form == "parquet":
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            frame.write_csv(folder / f"{name}.csv")
    if manifest:
        write_manifest(folder, period=period, **changes)
    return folder


def write_manifest(folder: Path, *, period: str | None = PERIOD, **changes: Any) -> None:
    """List every file that lies in the drop, or in a table's folder in it."""
    files = []
    for path in sorted(folder.rglob("*.*")):
        if path.name != "manifest.json":
            frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
            inside = path.relative_to(folder)
            entry = {
                "file": inside.as_posix(),
                "table": inside.parts[0].split(".")[0],
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "rows": len(frame),
                "period": period,
            }
            files.append(entry | changes)
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "files": files}))


def store_bytes(root: Workspace) -> dict[str, bytes]:
    """Return every file of the store and the vault with its bytes."""
    places = [root.store, root.vault]
    return {
        str(path.relative_to(root.root)): path.read_bytes()
        for place in places
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
