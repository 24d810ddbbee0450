"""The population generator: people who never lived, written as a landing drop. Knows the contract and nothing else."""

from riskstrat.synthetic.generate import generate_drop

__all__ = ["generate_drop"]
