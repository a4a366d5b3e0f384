"""What every room stands on: errors, settings, time, plugins, progress and the project folder."""
