"""Who is on each list: who may be shown, who competes, in which order, and where the list is cut."""
