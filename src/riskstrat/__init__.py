"""riskstrat: risk stratification and case finding for integrated care.

A landing drop of primary, community, acute and social-care activity goes in; a worklist per general practice and
disclosure-controlled cohort sizes come out. Stages meet in tables: see ``docs/explanation/architecture.md``.
"""

__version__ = "0.1.0"
