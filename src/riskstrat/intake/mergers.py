"""Practices that were taken over: who holds a closed practice's people in the end."""

from collections.abc import Mapping


def last_successors(successors: Mapping[str, str]) -> dict[str, str]:
    """Return each closed practice with the last of those that took it over; a ring stops where it began.

    ``successors`` is each closed practice with the next (CONTRACT section 2).
    """
    ends: dict[str, str] = {}
    for start in sorted(successors):
        seen, code = {start}, successors[start]
        while code in successors and code not in seen:
            seen.add(code)
            code = successors[code]
        ends[start] = code
    return ends
