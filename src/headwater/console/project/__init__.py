"""The project as a whole: its health, its runs, and its settings."""
