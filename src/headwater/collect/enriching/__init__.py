"""What the steps know: click ids, referrers, channels, places, and how personal data is found in texts."""
