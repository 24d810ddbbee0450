"""Every past list against what happened afterwards, as figures that may be published."""
