"""From rows to a calibrated booster, its baselines beside it, and the one command that makes and registers both."""
