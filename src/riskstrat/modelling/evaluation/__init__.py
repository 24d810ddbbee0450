"""What a model is worth on people it has not seen: figures, groups, gates, and the card that says so."""
