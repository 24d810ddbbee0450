"""Practices, networks, places and neighbourhoods: all fictitious, coded in ranges that are not in use."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import Calendar, Floats, Ints, dates, stream
from riskstrat.synthetic.parameters import Parameters

LSOAS_PER_PRACTICE = 4
PRACTICES_PER_NETWORK = 4
_FIRST = ("Alder", "Birch", "Cedar", "Damson", "Elm", "Fern", "Gorse", "Hazel", "Ivy", "Juniper", "Larch", "Maple")
_SECOND = ("Example", "Sample", "Specimen", "Mock", "Trial", "Model")


@dataclass(frozen=True)
class Places:
    """Practices by position; neighbourhoods (LSOAs) belong to a practice and have one deprivation decile each."""

    size: Floats
    lsoa_practice: Ints
    lsoa_decile: Ints
    network: Ints
    place: Ints
    closed: int
    successor: int
    close_day: int

    @property
    def practices(self) -> int:
        """How many practices there are."""
        return len(self.size)

    def codes(self) -> pl.Series:
        """Practice codes by position."""
        return pl.Series([f"Z{n + 1:05}" for n in range(self.practices)])

    def lsoa_codes(self) -> pl.Series:
        """Neighbourhood codes by position."""
        return pl.Series([f"E01Z{n + 1:05}" for n in range(len(self.lsoa_practice))])

    def open_to_joiners(self, on: int) -> Floats:
        """Weights with which a joiner picks a practice on a day: list size, none where closed."""
        weights = self.size.copy()
        if self.closed >= 0 and on >= self.close_day:
            weights[self.closed] = 0.0
        return weights


def settle(parameters: Parameters, calendar: Calendar, people: int, seed: int) -> Places:
    """Lay out practices for so many people; from six practices on, one closes five years in and has a successor."""
    rng = stream(seed, "places")
    practices = max(3, round(people / parameters.values["practice_list_size"]))
    size = rng.lognormal(0.0, parameters.values["practice_size_spread"], practices)
    centre = rng.permutation(np.linspace(1.5, 9.5, practices))
    lsoa_practice = np.repeat(np.arange(practices), LSOAS_PER_PRACTICE)
    decile = _deciles(
        centre[lsoa_practice] + rng.normal(0.0, parameters.values["lsoa_wealth_spread"], len(lsoa_practice)),
        size[lsoa_practice],
    )
    network = np.arange(practices) // PRACTICES_PER_NETWORK
    networks = int(network.max()) + 1
    place = network * min(3 if practices >= 12 else 2, networks) // networks
    closes = practices >= 6
    closed = practices - 1 if closes else -1
    if closes:
        size[closed] *= 0.6
    close_day = int(calendar.starts[min(60, calendar.months - 1)])
    return Places(size, lsoa_practice, decile, network, place, closed, practices - 2 if closes else -1, close_day)


def _deciles(wealth: Floats, size: Floats) -> Ints:
    """Return deprivation deciles by rank of wealth, each with about a tenth of the people."""
    order = np.argsort(wealth, kind="stable")
    share = (np.cumsum(size[order]) - size[order] / 2) / size.sum()
    deciles = np.empty(len(wealth), dtype=np.int8)
    deciles[order] = np.clip(np.floor(share * 10) + 1, 1, 10)
    return deciles


def practice_table(places: Places, calendar: Calendar) -> pl.DataFrame:
    """Return the landing table ``practice``; a closed practice has a later version that names its successor."""
    count = places.practices
    position = np.arange(count)
    base = pl.DataFrame(
        {
            "practice_code": places.codes(),
            "practice_name": [
                f"{_FIRST[n % len(_FIRST)]} {_SECOND[n // len(_FIRST) % len(_SECOND)]} Surgery"
                + (f" {n // 72 + 1}" if n >= 72 else "")
                + " (fictitious)"
                for n in position
            ],
            "pcn_code": [f"ZU{n + 1:04}" for n in places.network],
            "pcn_name": [f"Fictitious Network {n + 1}" for n in places.network],
            "place_code": [f"ZPL{n + 1}" for n in places.place],
            "place_name": [f"Fictitious Place {'ABC'[n]}" for n in places.place],
            "icb_code": ["ZZZ"] * count,
            "icb_name": ["Fictitious Integrated Care Board"] * count,
            "open_date": dates(np.full(count, calendar.first_day - 8000, dtype=np.int32)),
            "close_date": pl.Series([None] * count, dtype=pl.Date),
            "successor_code": pl.Series([None] * count, dtype=pl.String),
            "available_date": dates(np.full(count, calendar.first_day - 7990, dtype=np.int32)),
        }
    )
    if places.closed < 0:
        return base
    codes = places.codes()
    later = base[places.closed].with_columns(
        close_date=dates(np.array([places.close_day])),
        successor_code=pl.lit(codes[places.successor]),
        available_date=dates(np.array([places.close_day - 20])),
    )
    return pl.concat([base, later])
