"""Clean rooms: how many people two Headwaters have in common, without either showing the other whom it has."""
