"""What pages ask the project, change in its files, and begin that takes its time."""
