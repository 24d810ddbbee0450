"""The keys that say whose row is whose: one that orders and never leaves, and one of each list that was sent.

Both are HMAC-SHA256 under the workspace's key, so nobody can make one without it. Letters only, and no vowels: one in a
thousand of 16 hexadecimal digits looks like a number to a spreadsheet, which rounds it when it opens the CSV.
"""

import hmac

import polars as pl

_AS_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")


def row_keys(key: bytes, people: pl.DataFrame) -> pl.Series:
    """Return 16 letters per person and practice, the same every month, so that ties break the same way.

    Another practice's key for the same person is another. It is on no list: see ``keys_sent``.
    """
    said = (
        f"worklist row|{practice}|{person}" for person, practice in people.select("person_id", "practice_code").rows()
    )
    return pl.Series("row_key", [_letters(key, text) for text in said], pl.String)


def keys_sent(key: bytes, release: str, rows: pl.Series) -> pl.Series:
    """Return the keys under which rows with these ``row_keys`` stand on the lists of one release.

    They are of that release alone: a row of one month's list, sent back under another month's name, is no row of it,
    and two lists of one practice cannot be joined on them.
    """
    return pl.Series("row_key", [_letters(key, f"list sent|{release}|{row}") for row in rows], pl.String)


def _letters(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:16].translate(_AS_LETTERS)
