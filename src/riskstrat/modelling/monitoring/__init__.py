"""Watching the champions each month: inputs, estimates, outcomes, lists and sources against stated bounds."""
