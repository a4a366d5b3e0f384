"""How a value is compared: one file a comparison, its name the key in `is:` and `where:`."""
