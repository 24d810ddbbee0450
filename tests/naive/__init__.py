"""A naive second implementation of every feature: plain Python, written from the definitions, one person at a time.

It shares the facts of ``sql/seeds`` and the contract's list of tables with the product, and no logic. Speed is no aim.
"""
