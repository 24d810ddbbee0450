"""What an adapter hands back."""

from dataclasses import dataclass, field

from riskstrat.intake.landing import LandingFile


@dataclass
class Adapted:
    """Landing files in the contract's shape, and what was assumed to make them.

    ``is_pseudonymised`` says that ``nhs_number`` holds the sender's tokens.
    """

    files: list[LandingFile]
    is_pseudonymised: bool
    assumptions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
