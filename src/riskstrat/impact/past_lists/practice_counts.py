"""Counts by practice of what past lists came to, before disclosure control (``impact.practices`` publishes them)."""

import polars as pl

KNOWN = ("no_programme", "no_admission_730d")


def counts_by_practice(listed: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return the counts that ``impact.practices.published`` takes, a row per practice with a list that was judged.

    ``listed``: everyone on every list, ``person_id, practice_code, sent, reviewed`` and, where known, ``acted_on`` and
    ``KNOWN``. ``judged``: adults of the lists whose 12 months are complete, with ``is_listed, outcome, event_date,
    place_most``. People listed count once, at the first list that named them, as far as it was judged; ``admissions``
    count an adult once a list, ``places`` a person once a list after the first there was.
    """
    told = judged.select("person_id", "sent", "outcome", "event_date")
    first = _each_once(listed).select("person_id", "practice_code", "sent", *(c for c in KNOWN if c in listed.columns))
    people = first.join(told, on=["person_id", "sent"]).join(_recorded(listed), on="person_id")
    missing = [name for name in KNOWN if name not in people.columns]
    people = people.with_columns(pl.lit(value=False).alias(name) for name in missing)
    days = (pl.col("event_date") - pl.col("sent")).dt.total_days().filter(pl.col("outcome") == 1)
    counts = people.group_by("practice_code").agg(
        pl.len().alias("listed"),
        pl.col("outcome").sum().alias("admitted"),
        *(pl.col(name).fill_null(value=False).sum() for name in (*KNOWN, "reviewed", "acted_on")),
        days.median().alias("median_days"),
    )
    for more in (_most(judged), _admissions(judged), _places(listed)):
        counts = counts.join(more, on="practice_code", how="left")
    return counts.with_columns(pl.exclude("practice_code", "median_days").fill_null(0)).sort("practice_code")


def _each_once(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("sent", "person_id").unique("person_id", keep="first", maintain_order=True)


def _recorded(listed: pl.DataFrame) -> pl.DataFrame:
    """Return whether anything was recorded of each person on any list, and whether anything was done."""
    if "acted_on" not in listed.columns:
        listed = listed.with_columns(pl.lit(value=False).alias("acted_on"))
    return listed.group_by("person_id").agg(
        pl.col(name).fill_null(value=False).any() for name in ("reviewed", "acted_on")
    )


def _most(judged: pl.DataFrame) -> pl.DataFrame:
    """Return how many people lists of most admissions named, each once, and how many were admitted.

    Places that tied people share are added up and then rounded: ``practice_code, listed_most, admitted_most``.
    """
    place = pl.col("place_most")
    return (
        _each_once(judged.filter(place > 0))
        .group_by("practice_code")
        .agg(
            place.sum().round().cast(pl.Int64).alias("listed_most"),
            (place * pl.col("outcome")).sum().round().cast(pl.Int64).alias("admitted_most"),
        )
    )


def _admissions(judged: pl.DataFrame) -> pl.DataFrame:
    """Return adults admitted within 12 months of a list, once a list, those on it, and how many people are behind."""
    person, on_it = pl.col("person_id"), pl.col("is_listed")
    return (
        judged.filter(pl.col("outcome") == 1)
        .group_by("practice_code")
        .agg(
            pl.len().alias("admissions"),
            on_it.sum().alias("admissions_listed"),
            person.filter(on_it).n_unique().alias("people_admissions_listed"),
            person.filter(~on_it).n_unique().alias("people_admissions_others"),
        )
    )


def _places(listed: pl.DataFrame) -> pl.DataFrame:
    """Return places on all lists but the first there was, those of people on the list before, and people behind."""
    dates = listed["sent"].unique().sort()
    before = pl.DataFrame({"sent": dates, "last": dates.shift(1)})
    named = listed.select("person_id", pl.col("sent").alias("last"), pl.lit(value=True).alias("stayed"))
    places = (
        listed.select("person_id", "practice_code", "sent")
        .join(before.drop_nulls(), on="sent")
        .join(named, on=["person_id", "last"], how="left")
        .with_columns(pl.col("stayed").fill_null(value=False))
    )
    person, stayed = pl.col("person_id"), pl.col("stayed")
    return places.group_by("practice_code").agg(
        pl.len().alias("places"),
        stayed.sum(),
        person.filter(stayed).n_unique().alias("people_stayed"),
        person.filter(~stayed).n_unique().alias("people_places_others"),
    )
