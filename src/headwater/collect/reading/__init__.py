"""What wire formats are made of: bodies and keys read, calls judged and made into events, answers given."""
