"""The encounters of people with diabetes in 130 US hospitals, 1999 to 2008, as a tidy table.

Strack et al., BioMed Research International 2014;2014:781670, UCI Machine Learning Repository data set 296 (CC BY 4.0).
What a code means is taken from the file that comes with the data, ``IDs_mapping.csv``. No list of diagnoses is used:
an ICD-9 code, padded so that text sorts as the classification does, is a place in that order.
"""

from pathlib import Path

import polars as pl

from riskstrat.modelling.spec import ModelSpec, parse_spec

BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared" / "data" / "diabetes130"
OUTCOME = "readmitted_within_30_days"


def read_spec(changes: dict[str, str] | None = None) -> ModelSpec:
    """Return the benchmark's spec, with any text of it changed."""
    text = Path(__file__).with_name("spec.toml").read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        if old not in text:
            raise ValueError(f"the spec has no {old}")
        text = text.replace(old, new)
    return parse_spec("readmission", text)


def read_codes(folder: Path) -> dict[str, dict[int, str]]:
    """Return what each number means, by column: three tables in one file, with a line without values between them."""
    found: dict[str, dict[int, str]] = {}
    for line in (folder / "IDs_mapping.csv").read_text(encoding="utf-8").splitlines():
        number, _, words = line.partition(",")
        if number.endswith("_id"):
            column = found.setdefault(number, {})
        elif number:
            column[int(number)] = words.strip().strip('"').strip()
    return found


def read_encounters(folder: Path) -> pl.DataFrame:
    """Return one row per encounter: its columns, codes in words, and whether the patient was back within 30 days."""
    raw = pl.read_csv(folder / "diabetic_data.csv.gz", null_values="?", infer_schema_length=None)
    in_words = {name: pl.col(name).replace_strict(codes) for name, codes in read_codes(folder).items()}
    diagnoses = [_padded(name) for name in ("diag_1", "diag_2", "diag_3")]
    return raw.with_columns(
        *[words.alias(name.removesuffix("_id")) for name, words in in_words.items()],
        *diagnoses,
        pl.col("gender").replace("Unknown/Invalid", None),
        (pl.col("readmitted") == "<30").cast(pl.Int8).alias(OUTCOME),
    ).drop("admission_type_id", "admission_source_id")


def with_later_encounters(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with a leak planted: how many more encounters of the patient the data hold after this one."""
    later = pl.col("encounter_id").rank("ordinal", descending=True).over("patient_nbr") - 1
    return table.with_columns(later_encounters=later.cast(pl.Int64))


def _padded(name: str) -> pl.Expr:
    """Return ICD-9 codes with three places before the point: ``8`` as ``008``, ``250.83`` and ``V45`` as they are."""
    code = pl.col(name)
    before, after = code.str.extract(r"^([^.]*)"), code.str.extract(r"(\..*)$").fill_null("")
    return pl.concat_str(before.str.zfill(3), after).alias(name)
