"""What an intervention could be worth before anybody does it."""
