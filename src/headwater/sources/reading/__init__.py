"""What the kinds of batch source are made of: finding files, telling them apart, and rows out of bytes or databases."""
