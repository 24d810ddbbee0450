"""Pages that people read: one look, self-contained, no outbound request, fit for A4 and for grey.

Templates lie in ``reports/`` and extend ``reports/base.html``, which needs ``title``, ``subtitle`` (may be empty),
``board_name``, ``demonstration`` and ``release_name``. A name that a template uses and nobody gave is an error, and
everything that is not ``Markup`` is escaped.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from riskstrat import __version__
from riskstrat.project import resource

INTENDED_USE: Final = (
    "Decision support for reviewing who might benefit from proactive care. A clinician decides about each person. "
    "It diagnoses nothing, replaces no judgement, and is not for use in clinical care until the deploying organisation "
    "has done its own clinical-safety (DCB0160), data-protection and device-classification work."
)
"""Printed on everything (DESIGN section 1)."""

PALETTE: Final = ("#003087", "#ae2573", "#007f3b", "#768692", "#005eb8", "#212b32")
"""Series colours from the NHS palette. In grey some come close: give each series a dash or a label too."""

DASHES: Final = ((1, 0), (6, 3), (2, 2), (10, 3, 2, 3), (1, 3), (12, 4))
"""Line dashes to pair with ``PALETTE`` so that series are told apart in grey."""

SOURCE_WORDS: Final = {
    "gp_event": "GP records",
    "gp_prescription": "Prescriptions",
    "gp_appointment": "GP appointments",
    "apc_episode": "Hospital admissions",
    "admission_notice": "Admission notices",
    "ecds_attendance": "A&E attendances",
    "outpatient_appointment": "Outpatients",
    "community_contact": "Community",
    "mental_health_contact": "Mental health",
    "social_care_service": "Social care",
    "urgent_call": "111 and 999 calls",
    "programme": "Programmes",
}
"""Sources of columns, as every page calls them, in the order printed; registrations are the frame of all."""

_MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)  # not strftime: it follows the machine's language

_CHART_CONFIG: Final[Mapping[str, Any]] = {
    "background": "#ffffff",
    "font": "Arial",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": 600,
        "labelColor": "#212b32",
        "titleColor": "#212b32",
        "gridColor": "#d8dde0",
        "domainColor": "#4c6272",
        "tickColor": "#4c6272",
    },
    "legend": {"labelFontSize": 13, "titleFontSize": 13, "labelColor": "#212b32", "titleColor": "#212b32"},
    "header": {"labelFontSize": 13, "titleFontSize": 13, "labelColor": "#212b32", "titleColor": "#212b32"},
    "title": {"fontSize": 15, "color": "#212b32", "anchor": "start"},
    "text": {"color": "#212b32", "fontSize": 13},
    "bar": {"color": "#005eb8"},
    "line": {"color": "#003087", "strokeWidth": 2.5},
    "point": {"color": "#003087", "filled": True, "size": 50},
    "rule": {"color": "#4c6272"},
    "range": {"category": list(PALETTE)},
}


def render(template: str, **context: Any) -> str:
    """Return the page made from ``reports/<template>``: UTF-8 text that ends in one line feed.

    Raises ``jinja2.UndefinedError`` where the template uses a name that was not given.
    """
    return _environment().get_template(template).render(**context).rstrip() + "\n"


def chart(chart: Any, *, title: str, description: str) -> Markup:
    """Return an Altair chart, or a Vega-Lite specification as a dict, as inline SVG with a text alternative.

    Nothing is fetched: data must be in the chart. ``title`` names the picture; ``description`` says in words what
    it shows, for those who cannot see it. The same chart gives the same text; identifiers inside are its own, so
    that several charts may stand on one page.
    """
    import vl_convert  # about a fifth of a second: only where a chart is drawn

    spec = dict(chart) if isinstance(chart, Mapping) else chart.to_dict(validate=False)
    own = spec.get("config") or {}
    spec["config"] = {**_CHART_CONFIG, **{key: _over(_CHART_CONFIG.get(key), own[key]) for key in own}}
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return _with_text_alternative(svg, title, description)


def long_date(day: date | str | None) -> str:
    """Return a date as it is read out, "12 September 2026", or "not known"."""
    if day is None:
        return "not known"
    if isinstance(day, str):
        day = date.fromisoformat(day)
    if isinstance(day, datetime):
        day = day.date()
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date | None) -> str:
    """Return a date for a narrow place, "12 Sep 2026", or "not known"."""
    return "not known" if day is None else f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def month(day: date) -> str:
    """Return the month of a date, "November 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_month(day: date) -> str:
    """Return the month of a date without its year, for a row of months, "Nov"."""
    return _MONTHS[day.month - 1][:3]


def thousands(number: float | None, digits: int = 0) -> str:
    """Return a number with a comma at each thousand, or "not known"."""
    return "not known" if number is None else f"{round(number, digits) + 0.0:,.{digits}f}"  # never "-0"


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share (0 to 1) as a percentage, "38%", or "not known"."""
    return "not known" if share is None else f"{100 * share:,.{digits}f}%"


def spaced_nhs_number(number: str | None) -> Markup | str:
    """Return an NHS number in groups of three, three and four that do not part at a line end; other text unchanged."""
    if number is None:
        return "not known"
    if re.fullmatch(r"[0-9]{10}", number):
        return Markup("{}&nbsp;{}&nbsp;{}").format(number[:3], number[3:6], number[6:])
    return number


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, "1 person" or "3 people"; the plural adds an s where ``many`` is not given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _over(default: Any, own: Any) -> Any:
    return {**default, **own} if isinstance(default, Mapping) and isinstance(own, Mapping) else own


def _with_text_alternative(svg: str, title: str, description: str) -> Markup:
    """Make the picture one image to assistive technology, and its identifiers unlike those of other pictures.

    The converter numbers identifiers through the life of the process, so they are numbered again from one.
    """
    opening, rest = svg.split(">", 1)
    rest = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", rest)
    numbers = {name: str(number) for number, name in enumerate(re.findall(r'\bid="([^"]+)"', rest), start=1)}
    rest = re.sub(r'\bid="([^"]+)"', lambda found: f'id="@-{numbers[found[1]]}"', rest)
    rest = re.sub(r'(url\(|href=")#([^)"]+)', lambda found: f"{found[1]}#@-{numbers[found[2]]}", rest)
    identity = "c" + hashlib.sha256(f"{title}\n{description}\n{rest}".encode()).hexdigest()[:10]
    rest = re.sub(r'((?:id="|url\(#|href="#))@-', rf"\g<1>{identity}-", rest)
    size = " ".join(re.findall(r'\b(?:width|height|viewBox)="[^"]*"', opening))
    head = Markup('<title id="{0}-title">{1}</title><desc id="{0}-desc">{2}</desc>').format(
        identity, title, description
    )
    labels = f'aria-labelledby="{identity}-title {identity}-desc"'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {labels}>{head}{rest}'
    return Markup(drawn)  # noqa: S704 (our own drawing; its texts were escaped by the converter and above)


@cache
def _styles(*names: str) -> Markup:
    """Return style sheets of ``reports/styles/`` for a ``<style>`` element: the shared two, then those named."""
    folder = resource("reports") / "styles"
    sheets = ("nhsuk-frontend.css", "riskstrat.css", *names)
    return Markup("\n".join((folder / name).read_text(encoding="utf-8").strip() for name in sheets))  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource("reports"), encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "long_date": long_date,
        "short_date": short_date,
        "month": month,
        "thousands": thousands,
        "percent": percent,
        "nhs_number": spaced_nhs_number,
        "counted": counted,
    }
    environment.globals |= {"styles": _styles, "intended_use": INTENDED_USE, "version": __version__}
    return environment
