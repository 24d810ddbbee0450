"""Identity: NHS numbers become pseudonyms and then dense person ids; the way back lies in the vault alone.

A pseudonym is HMAC-SHA256 under the workspace's key. A person keeps the ``person_id`` given at the first delivery that
knew them; new people of a delivery are numbered in the order of their pseudonyms, so the order says nothing. The vault
file holds identifiers and names, one row per person, mode 0600.
"""

import hmac
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from riskstrat.errors import IntegrityFault, UsageFault
from riskstrat.files import replace_text
from riskstrat.intake.catalogue import intake_folder, read_catalogue
from riskstrat.intake.checks import TOKEN_MARK
from riskstrat.project import Workspace, resource
from riskstrat.warehouse import Warehouse, read_statement

_CHECKED_WORDS = b"riskstrat: the key of this store"
_BLOCK = 64
_NUMBERED = {"person_id": pl.Int32, "pseudonym": pl.String, "identifier": pl.String}
IDENTITY_SCHEMA = {
    "person_id": pl.Int32,
    "nhs_number": pl.String,
    "family_name": pl.String,
    "given_name": pl.String,
    "usual_gp": pl.String,
    "needs": pl.String,
}


def pseudonym(key: bytes, identifier: str) -> str:
    """Return the pseudonym of one normalised identifier: HMAC-SHA256 as 64 hexadecimal digits."""
    return hmac.new(key, identifier.encode(), "sha256").hexdigest()


def verify_key(workspace: Workspace) -> bytes:
    """Return the key, after proving that it is the one this store was made with.

    Raises ``IntegrityFault`` for another key (its pseudonyms would name other people),
    and what ``Workspace.key`` raises.
    """
    key = workspace.key()
    path = intake_folder(workspace) / "key_check"
    if path.is_file() and not hmac.compare_digest(path.read_text(encoding="ascii").strip(), _key_check(key)):
        raise IntegrityFault(
            f"{workspace.key_file.name} is not the key this store was made with",
            "put the right key back; with another key nobody would be the same person. Nothing was read or changed",
        )
    return key


def record_key(workspace: Workspace, key: bytes) -> None:
    """Leave a check of the key in the store, from which the key cannot be worked out."""
    path = intake_folder(workspace) / "key_check"
    if not path.is_file():
        replace_text(path, _key_check(key) + "\n")


def _key_check(key: bytes) -> str:
    return hmac.new(key, _CHECKED_WORDS, "sha256").hexdigest()


def vault_file(workspace: Workspace) -> Path | None:
    """Return the identity file in force, or ``None`` before the first delivery.

    Raises ``IntegrityFault`` where the vault does not hold it.
    """
    last = read_catalogue(workspace).last
    if last is None or not last.identity_file:
        return None
    path = workspace.vault / last.identity_file
    if not path.is_file():
        raise IntegrityFault(
            f"the identity vault does not hold {path.name}", "bring back the vault that belongs to this store"
        )
    return path


def number_people(warehouse: Warehouse, key: bytes, held: Path | None) -> None:
    """Make ``identity.numbered`` (person_id, pseudonym, identifier): everyone held, then who is new.

    ``identity.candidate``, the people of this drop, has one row per identifier. The key
    enters as a parameter, never in a statement's text.
    """
    if held is None:
        warehouse.register("identity.held", pl.DataFrame(schema=_NUMBERED))
    else:
        warehouse.attach_parquet("identity.held", [held])
    inner = bytes(byte ^ 0x36 for byte in key.ljust(_BLOCK, b"\0"))
    outer = bytes(byte ^ 0x5C for byte in key.ljust(_BLOCK, b"\0"))
    warehouse.execute("CREATE OR REPLACE TABLE identity.key_pads (inner_pad BLOB, outer_pad BLOB)")
    warehouse.execute("INSERT INTO identity.key_pads VALUES (?, ?)", [inner, outer])
    warehouse.build([read_statement(resource("sql/identity/numbered.sql"))])
    warehouse.execute("DROP TABLE identity.key_pads")


def normalised(nhs_number: str) -> str:
    """Return an NHS number without spaces and dashes; raises ``UsageFault`` if it is not one (it is not repeated)."""
    digits = nhs_number.strip().replace(" ", "").replace("-", "")
    if not is_nhs_number(digits):
        raise UsageFault(
            "that is not an NHS number", "ten digits, the last a check digit; spaces and dashes are allowed"
        )
    return digits


def is_nhs_number(digits: str) -> bool:
    """Whether ten ASCII digits pass modulus 11 and are not one digit repeated."""
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return False
    remainder = sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9])) % 11
    return (11 - remainder) % 11 == int(digits[9])


def lookup(workspace: Workspace, nhs_number: str) -> int | None:
    """Return the person id of an NHS number (or of a sender's token), ``None`` if nobody here has it.

    Raises ``UsageFault`` for what is neither, without repeating it.
    """
    text = nhs_number.strip()
    known = _held(workspace, [TOKEN_MARK + text])
    if not known:
        known = _held(workspace, [normalised(text)])
    return known[0][1] if known else None


def pseudonyms(workspace: Workspace, nhs_numbers: Sequence[str]) -> list[tuple[str, int]]:
    """Return ``(nhs_number, person_id)`` of those known here, in the order asked; for the key holder alone.

    Raises ``UsageFault`` where one is not an NHS number, naming its place and not the number.
    """
    wanted = []
    for line, text in enumerate(nhs_numbers, start=1):
        try:
            wanted.append(normalised(text))
        except UsageFault:
            raise UsageFault(f"line {line} is not an NHS number", "one NHS number a line") from None
    known = dict(_held(workspace, wanted))
    return [(number, known[number]) for number in wanted if number in known]


def _held(workspace: Workspace, identifiers: Sequence[str]) -> list[tuple[str, int]]:
    verify_key(workspace)
    path = vault_file(workspace)
    if path is None:
        return []
    found = pl.scan_parquet(path).filter(pl.col("identifier").is_in(list(identifiers)))
    return [(str(i), int(p)) for i, p in found.select("identifier", "person_id").collect().iter_rows()]


def identities(workspace: Workspace, person_ids: Sequence[int]) -> pl.DataFrame:
    """Return names and numbers of these people, one row each, ordered by ``person_id``.

    Columns: ``person_id, nhs_number, family_name, given_name, usual_gp, needs``. Nobody can be re-identified from a
    pseudonymised source: there ``nhs_number`` is null and ``family_name`` is the sender's token. An id nobody has gives
    no row.
    """
    verify_key(workspace)
    path = vault_file(workspace)
    if path is None:
        return pl.DataFrame(schema=IDENTITY_SCHEMA)
    is_token = pl.col("identifier").str.starts_with(TOKEN_MARK)
    return (
        pl.scan_parquet(path)
        .filter(pl.col("person_id").is_in(list(person_ids)))
        .with_columns(
            nhs_number=pl.when(~is_token).then(pl.col("identifier")),
            family_name=pl.when(is_token)
            .then(pl.col("identifier").str.strip_prefix(TOKEN_MARK))
            .otherwise(pl.col("family_name")),
        )
        .select(*IDENTITY_SCHEMA)
        .sort("person_id")
        .collect()
    )
