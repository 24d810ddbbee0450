"""Time and peak memory of taking a drop with many GP events.

python benchmarks/intake_rows.py ROWS FOLDER [MEMORY_LIMIT]

Makes a drop of ROWS events of 100,000 people in FOLDER, takes it in a process of its own and prints seconds and peak
resident memory. FOLDER must not exist; it is left for a look and can be deleted.
"""

import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

PEOPLE = 100_000
PIECE = 1_000_000
TAKE = """
import sys
from pathlib import Path
from riskstrat.intake import take_drop
from riskstrat.project import Workspace
result = take_drop(Workspace(Path(sys.argv[1])), Path(sys.argv[2]))
print(result.tables["gp_event"].rows_in, "events in,", result.tables["gp_event"].taken, "taken")
"""


def numbers(count: int) -> list[str]:
    """Return that many valid NHS numbers of the 999 test range."""
    middles = np.arange(count * 2)
    digits = np.stack([np.full_like(middles, 9)] * 3 + [middles // 10**n % 10 for n in range(5, -1, -1)])
    check = (11 - (digits * np.arange(10, 1, -1)[:, None]).sum(axis=0) % 11) % 11
    valid = check < 10
    return [f"999{m:06}{c}" for m, c in zip(middles[valid][:count], check[valid][:count], strict=True)]


def make_drop(rows: int, drop: Path) -> None:
    """Write person, practice, registration and a folder of GP events, no manifest."""
    drop.mkdir(parents=True)
    random = np.random.default_rng(1)
    people = pl.Series(numbers(PEOPLE))
    born = pl.Series(np.array("1930-01-01", dtype="datetime64[D]") + random.integers(0, 30_000, PEOPLE)).cast(pl.Date)
    pl.DataFrame({"nhs_number": people, "birth_date": born, "sex": "1"}).write_parquet(drop / "person.parquet")
    pl.DataFrame({"practice_code": ["Z00001"], "practice_name": ["One"]}).write_parquet(drop / "practice.parquet")
    pl.DataFrame({"nhs_number": people, "practice_code": "Z00001", "start_date": date(2015, 1, 1)}).write_parquet(
        drop / "registration.parquet"
    )
    (drop / "gp_event").mkdir()
    for piece in range(0, rows, PIECE):
        size = min(PIECE, rows - piece)
        event = pl.Series(np.array("2016-01-01", dtype="datetime64[D]") + random.integers(0, 3_900, size)).cast(pl.Date)
        pl.DataFrame(
            {
                "nhs_number": people.gather(random.integers(0, PEOPLE, size)),
                "event_date": event,
                "snomed_code": pl.Series(random.integers(100_000, 999_999_999, size)).cast(pl.String),
                "value": random.normal(50, 10, size).round(1),
                "unit": "unit",
            }
        ).with_columns(available_date=pl.col("event_date") + pl.duration(days=3)).write_parquet(
            drop / "gp_event" / f"{piece:012}.parquet"
        )


def main() -> None:
    """Make the drop, take it, print what it cost."""
    rows, folder = int(sys.argv[1]), Path(sys.argv[2])
    board = folder / "board"
    make_drop(rows, folder / "drop")
    (board / "identity").mkdir(parents=True)
    key = board / "identity" / "pseudonym.key"
    key.write_text("5a" * 32)
    key.chmod(0o600)
    (board / "riskstrat.toml").write_text(f'[engine]\nmemory_limit = "{(sys.argv[3:] or ["2GB"])[0]}"\nthreads = 2\n')
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", TAKE, str(board), str(folder / "drop")], check=True)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{seconds:.1f} s, peak resident memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
