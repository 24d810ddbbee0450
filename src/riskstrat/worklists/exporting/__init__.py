"""Published lists in the forms that other systems take, encrypted for the one they are for."""
