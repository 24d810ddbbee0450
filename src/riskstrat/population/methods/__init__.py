"""How a figure and what chance does to it are worked out: pure functions, each held against a published example."""
