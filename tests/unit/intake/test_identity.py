"""NHS numbers and pseudonyms against independent makers of both."""

import hmac
import random
from pathlib import Path

import nhs_number as oracle
import polars as pl
import pytest

from riskstrat.errors import IntegrityFault, UsageFault
from riskstrat.intake import identities, lookup, pseudonyms, take_drop
from riskstrat.intake.identity import is_nhs_number
from support.drops import KEY, NUMBERS, tables, workspace, write_drop


def made_numbers() -> list[str]:
    """Return ten-digit texts: most with a right check digit, some with a wrong one, repeated, of other scripts."""
    draw = random.Random(20261101)
    found = []
    for _ in range(300):
        digits = "".join(str(draw.randrange(10)) for _ in range(9))
        check = (11 - sum((10 - n) * int(d) for n, d in enumerate(digits)) % 11) % 11
        found.append(digits + str(check if check < 10 and draw.random() < 0.7 else draw.randrange(10)))
    found += [str(n) * 10 for n in range(10)]
    found += ["".join(chr(0x0660 + int(d)) for d in found[0]), "\uff19" * 10, "999000001", "99900000182", "999000001X"]
    return list(dict.fromkeys(found))


def test_modulus_11_agrees_with_the_nhs_number_package_but_for_our_refusals() -> None:
    compared = 0
    for text in made_numbers():
        # The package also holds Scottish numbers to the date they begin with, which the NHS Data Dictionary does not.
        if text.isascii() and text.isdigit() and oracle.REGION_SCOTLAND.contains_number(text):
            continue
        expected = oracle.is_valid(text) and text.isascii() and len(set(text)) > 1 and len(text) == 10
        assert is_nhs_number(text) == expected, text
        compared += 1
    assert compared > 150
    assert oracle.is_valid("9999999999")
    assert not is_nhs_number("9999999999")


def test_intake_takes_exactly_the_numbers_that_are_nhs_numbers(tmp_path: Path) -> None:
    texts = made_numbers()
    person = pl.DataFrame({"nhs_number": texts, "birth_date": ["1950-01-01"] * len(texts), "sex": ["1"] * len(texts)})
    spaced = person.with_columns(nhs_number=pl.lit(" 999 000-0093 "))[:1]
    board = workspace(tmp_path / "board")
    empty = {name: tables()[name].clear() for name in ("registration",)}
    frames = {"practice": tables()["practice"], **empty, "person": pl.concat([person, spaced])}
    take_drop(board, write_drop(tmp_path / "drop", frames, form="csv", manifest=False))
    taken = set(identities(board, range(1, 1000))["nhs_number"])
    assert taken == {text for text in texts if is_nhs_number(text)} | {"9990000093"}


def test_pseudonyms_are_hmac_sha256_under_the_key(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop"))
    vault = pl.read_parquet(next(board.vault.iterdir()))
    for identifier, pseudonym in vault.select("identifier", "pseudonym").iter_rows():
        assert pseudonym == hmac.new(bytes.fromhex(KEY), identifier.encode(), "sha256").hexdigest()


def test_another_key_gives_other_pseudonyms_and_another_order(tmp_path: Path) -> None:
    drop = write_drop(tmp_path / "drop")
    boards = [workspace(tmp_path / name, key=key) for name, key in (("one", KEY), ("two", "ab" * 32))]
    for board in boards:
        take_drop(board, drop)
    first, second = (identities(board, range(1, 11))["nhs_number"].to_list() for board in boards)
    assert first != second
    assert sorted(first) == sorted(second)


def test_numbers_are_found_however_they_are_written_and_never_repeated_in_a_message(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    assert lookup(board, NUMBERS[0]) is None
    assert identities(board, [1]).is_empty()
    take_drop(board, write_drop(tmp_path / "drop"))
    number = NUMBERS[0]
    person = lookup(board, number)
    assert person is not None
    assert lookup(board, f" {number[:3]} {number[3:6]}-{number[6:]} ") == person
    assert lookup(board, NUMBERS[11]) is None
    wrong = number[:9] + str((int(number[9]) + 1) % 10)
    with pytest.raises(UsageFault) as refused:
        lookup(board, wrong)
    assert wrong not in str(refused.value)
    with pytest.raises(UsageFault, match="line 2 is not an NHS number") as refused:
        pseudonyms(board, [number, wrong])
    assert wrong not in str(refused.value)


def test_the_vault_is_not_read_with_another_key(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop"))
    board.key_file.write_text("ab" * 32)
    for ask in (lambda: lookup(board, NUMBERS[0]), lambda: identities(board, [1]), lambda: pseudonyms(board, NUMBERS)):
        with pytest.raises(IntegrityFault):
            ask()
