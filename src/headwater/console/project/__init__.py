"""The project as a whole: its health, its settings, and the names in it."""
