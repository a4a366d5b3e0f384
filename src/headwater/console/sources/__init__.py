"""Sources and events: where data comes from, what comes in, what is refused and mended, and what there is."""
