"""What others may be told: counts above a floor, noisy statistics, pseudonymised data, overlaps with their lists."""
