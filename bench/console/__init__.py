"""The console at the sizes it is made for."""
