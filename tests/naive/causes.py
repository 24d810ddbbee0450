"""Which code lists of causes a stay in hospital meets, by the lists' own positions and rules (``sql/seeds``)."""

import re

from naive.person import Row
from naive.seeds import code_list
from naive.stays import PROCEDURES, Stay, diagnoses_of

MAIN_ONLY = {"chd", "af", "heart_failure", "stroke_tia"}
"""Lists of conditions: beside another cause they say what somebody has, not why somebody came."""


def meets(stay: Stay, list_id: str) -> bool:
    """Whether any episode of a stay meets a list.

    A line that asks for the main diagnosis is met by the first episode of the stay only. What a rule says of age and of
    the manner of admission is left to the reader, and so is that of ``fragility_fracture_implicit`` on outside causes.
    """
    return any(
        _meets_line(episode, line, is_first=position == 0, is_main_only=list_id in MAIN_ONLY)
        for position, episode in enumerate(stay.episodes)
        for line in code_list(list_id)
    )


def _meets_line(episode: Row, line: dict[str, str], *, is_first: bool, is_main_only: bool) -> bool:
    main, *others = diagnoses_of(episode)
    if line["position"] == "primary" or is_main_only:
        looked_at = [main] if is_first else []
    elif line["position"] == "secondary":
        looked_at = others
    else:
        looked_at = [main, *others]
    return any(code.startswith(line["code"]) for code in looked_at) and _rule_holds(episode, others, line)


def _rule_holds(episode: Row, secondary: list[str], line: dict[str, str]) -> bool:
    rule = line["rule"]
    procedures = [episode[name].strip().upper() for name in PROCEDURES if episode[name]]
    if found := re.fullmatch(r"exclude if any procedure (?:in )?OPCS (?:chapters )?(.*)", rule):
        banned, _, more = found[1].partition(" (hypertension line also ")
        prefixes = _spread(banned)
        if more and line["term"] == "Hypertension":
            prefixes += _spread(more.rstrip(")"))
        return not any(code.startswith(tuple(prefixes)) for code in procedures)
    if found := re.fullmatch(r"exclude if secondary (\w+)", rule):
        return not any(code.startswith(found[1]) for code in secondary)
    if found := re.fullmatch(r"only with secondary (.*)", rule):
        return any(code.startswith(tuple(re.findall(r"\w\d+", found[1]))) for code in secondary)
    left_to_reader = {"", "emergency", "age >=16", "age >=18", "age >=65", "no diagnosis in chapters V-Y"}
    unread = {part.strip() for part in rule.split(";")} - left_to_reader
    if unread and rule != "secondary-care equivalent of the QOF register":
        raise ValueError(f"nobody reads the rule {unread}")
    return True


def _spread(said: str) -> list[str]:
    """``A-C, S1-S3, K50/K52`` as the prefixes it stands for: ``A B C S1 S2 S3 K50 K52``."""
    prefixes = []
    for part in re.split(r"[,/]\s*", said):
        first, _, last = part.strip().partition("-")
        if not last:
            prefixes.append(first)
        elif len(first) == 1:
            prefixes += [chr(letter) for letter in range(ord(first), ord(last) + 1)]
        else:
            digits = len(first) - 1
            prefixes += [f"{first[0]}{number:0{digits}}" for number in range(int(first[1:]), int(last[1:]) + 1)]
    return prefixes
