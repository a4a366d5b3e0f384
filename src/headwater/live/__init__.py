"""Live profiles: what each person's events make of them within a second, kept beside the lake and read by the edge."""
