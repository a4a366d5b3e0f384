"""One query engine a file; only these files import a driver."""
