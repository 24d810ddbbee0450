"""A map from a board's own boundaries: what is read, what is drawn of printed figures, what is said when not."""

import json
import math
from itertools import pairwise

import polars as pl
import pytest

from riskstrat import release
from riskstrat.errors import UsageFault
from riskstrat.population import check_settings
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cohorts import read_cohorts
from riskstrat.population.figures.cohorts import LEFT_OPEN
from riskstrat.population.report.maps import SHADES, _inside, _steps, _thinned, map_section
from riskstrat.population.report.shapes import read_shapes, shapes_named
from riskstrat.project import Workspace
from support.boundaries import collection, feature, square
from support.commands import run_riskstrat

PRACTICES = {"A": "U1", "B": "U1", "C": "U2", "D": "U2", "E": "U3"}
COHORT = read_cohorts()[0]


def areas():
    rows = [{"practice_code": code, "pcn_code": network, "place_code": "P1"} for code, network in PRACTICES.items()]
    return geography(pl.DataFrame(rows), PRACTICES, "Board")


def shapes(tmp_path, held):
    path = tmp_path / "ours.geojson"
    path.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return read_shapes(path)


def grid(codes):
    return collection({code: square(place, 0) for place, code in enumerate(codes)})


def figures(rates, kind="practice"):
    """Published rates by code: ``{code: (rate, note)}``."""
    rows = [
        {
            "cohort": COHORT.id,
            "area_type": kind,
            "area_code": code,
            "area_name": f"Surgery {code}",
            "standardised_rate_per_1000_value": rate,
            "standardised_rate_per_1000_lower": None if rate is None else rate - 1,
            "standardised_rate_per_1000_upper": None if rate is None else rate + 1,
            "standardised_rate_per_1000_note": note,
        }
        for code, (rate, note) in rates.items()
    ]
    return pl.DataFrame(rows)


RATES = {
    "A": (10.0, "lower than the board"),
    "B": (14.0, "similar to the board"),
    "C": (20.0, LEFT_OPEN),
    "D": (90.0, "fewer than 750 people registered: not compared"),
    "E": (None, "*"),
}


def test_shades_are_of_printed_rates_in_equal_steps_and_others_are_hatched(tmp_path):
    drawn = map_section(shapes(tmp_path, grid("ABCDE")), areas(), figures(RATES), COHORT)
    assert [(one["code"], one["label"], one["hatch"]) for one in drawn["areas"]] == [
        ("A", "1▼", ""),
        ("B", "3", ""),
        ("C", "5", ""),
        ("D", "", "not compared"),
        ("E", "", "no figure"),
    ]
    assert [(one["from"], one["to"]) for one in drawn["legend"]] == [
        (10.0, 11.9),
        (12.0, 13.9),
        (14.0, 15.9),
        (16.0, 17.9),
        (18.0, 20.0),
    ]
    assert drawn["hatched"] == ["not compared", "no figure"]
    assert drawn["words"] == "Surgery C 20.0; Surgery B 14.0; Surgery A 10.0. Hatched: Surgery D, Surgery E."


def test_an_area_without_a_boundary_is_listed_and_decides_no_shade(tmp_path):
    drawn = map_section(shapes(tmp_path, grid("ABE")), areas(), figures(RATES), COHORT)
    assert drawn["without"] == ["Surgery C", "Surgery D"]
    assert [one["code"] for one in drawn["rows"]] == [*"ABCDE"]
    assert [one["fill"] for one in drawn["areas"]] == [SHADES[0], SHADES[4], ""]
    assert map_section(shapes(tmp_path, grid("DE")), areas(), figures(RATES), COHORT) is None


def test_rates_that_are_close_have_fewer_shades_and_one_rate_has_one():
    assert _steps([10.0, 10.2]) == [10.0, 10.1, 10.2]
    assert _steps([10.0]) == [10.0]
    assert _steps([]) == []


def test_the_kind_of_area_is_that_of_most_codes_and_codes_of_others_are_passed_over(tmp_path):
    assert shapes(tmp_path, grid(["U1", "U2", "X1", "X2", "X3"])).kind_in(areas()) == "pcn"
    assert shapes(tmp_path, grid(["P1", "A", "B"])).kind_in(areas()) == "practice"
    assert shapes(tmp_path, grid(["P1"])).kind_in(areas()) == "place"
    with pytest.raises(UsageFault, match=r"its codes are X1, X2; the board's A, B, C") as fault:
        shapes(tmp_path, grid(["X1", "X2"])).kind_in(areas())
    assert "EPSG:4326" in str(fault.value)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("not json", r"ours\.geojson, cannot be read as GeoJSON \(JSONDecodeError\)"),
        ('{"type": "Point"}', r"cannot be read as GeoJSON \(KeyError\)"),
        ("[1, 2]", r"cannot be read as GeoJSON \(TypeError\)"),
        ({"features": []}, 'has no polygon with a property "code"'),
        ({"features": [None, {"geometry": None}, {"geometry": {"type": "Point"}}]}, "has no polygon"),
        ({"features": [feature(None, square(0, 0), PCN22CD="U1", NAME="One")]}, "its properties are PCN22CD, NAME"),
        ({"features": [feature("A", [[431000.0, 289000.0]] * 4)]}, "feature 1: coordinates that are no longitude"),
        ({"features": [feature("A", [["x", 52]] * 4)]}, "feature 1: coordinates that are no longitude"),
        ({"features": [feature("A", [[math.nan, 52]] * 4)]}, "feature 1: coordinates that are no longitude"),
        ({"features": [feature("A", [[10**400, 52]] * 4)]}, "feature 1: coordinates that are no longitude"),
        ({"features": [feature(None, square(0, 0)) | {"properties": 5}]}, "has no polygon with a property"),
        ({"features": [feature(None, square(0, 0)) | {"properties": [{}]}]}, "has no polygon with a property"),
        ({"features": [feature("A", [[1]] * 4)]}, "feature 1: no coordinates"),
        ({"features": [feature("A", 7)]}, "feature 1: no coordinates"),
    ],
)
def test_a_file_that_cannot_be_drawn_says_what_is_wrong_and_what_is_wanted(tmp_path, held, said):
    with pytest.raises(UsageFault, match=said) as fault:
        shapes(tmp_path, held)
    assert "[population] boundaries" in str(fault.value)


def test_the_settings_name_the_file_and_without_it_there_is_no_map(tmp_path):
    assert shapes_named(Workspace(tmp_path)) is None
    (tmp_path / "riskstrat.toml").write_text('[population]\nboundaries = "none.geojson"\n', encoding="utf-8")
    with pytest.raises(UsageFault, match=r"none\.geojson, cannot be read as GeoJSON \(FileNotFoundError\)"):
        check_settings(Workspace(tmp_path))


def test_a_month_is_not_begun_with_boundaries_that_cannot_be_read(tmp_path):
    (tmp_path / "riskstrat.toml").write_text('[population]\nboundaries = "none.geojson"\n', encoding="utf-8")
    done = run_riskstrat(tmp_path, "run", "--index-date", "2026-11-01")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: the boundaries, none.geojson, cannot be read as GeoJSON (FileNotFoundError)")


def test_several_polygons_and_holes_are_one_area_and_scale_is_the_same_both_ways(tmp_path):
    parts = feature("A", square(0, 0), square(3, 3), kind="MultiPolygon")
    hole = feature("B", square(1, 1), square(1, 1, 0.05))
    held = shapes(tmp_path, {"features": [parts, hole]})
    assert [len(held.rings[code]) for code in "AB"] == [2, 2]
    drawn = map_section(held, areas(), figures(RATES), COHORT)
    paths = {one["code"]: one["path"] for one in drawn["areas"]}
    assert {code: path.count("M") for code, path in paths.items()} == {"A": 2, "B": 2}
    middle = math.cos(math.radians(52.2))  # four tenths of a degree high, and as wide, of fewer miles
    assert drawn["height"] == 522
    assert drawn["width"] == pytest.approx(520 * middle + 2, abs=1)


def test_a_boundary_is_thinned_to_what_can_be_seen_and_a_label_stands_inside_it():
    circle = tuple((100 + 50 * math.cos(n / 500), 100 + 50 * math.sin(n / 500)) for n in range(3142))
    thinned = _thinned(circle)
    assert 300 < len(thinned) < 900
    assert max(math.dist(one, next_) for one, next_ in pairwise(thinned)) < 1
    horseshoe = (
        (0.0, 0.0),
        (100.0, 0.0),
        (100.0, 100.0),
        (60.0, 100.0),
        (60.0, 20.0),
        (20.0, 20.0),
        (20.0, 100.0),
        (0.0, 100.0),
    )
    x, y = _inside(horseshoe)
    assert (x, y) == (80.0, pytest.approx(50, abs=0.01))


def test_another_file_of_boundaries_makes_another_release(tmp_path):
    workspace = Workspace(tmp_path)
    assert release._files_of_the_board(workspace) == {}
    (tmp_path / "riskstrat.toml").write_text('[population]\nboundaries = "ours.geojson"\n', encoding="utf-8")
    found = []
    for codes in ("A", "AB", "A"):
        shapes(tmp_path, grid(codes))
        found.append(release._files_of_the_board(Workspace(tmp_path)))
    assert [*found[0]] == ["boundaries"]
    assert found[0] == found[2] != found[1]
