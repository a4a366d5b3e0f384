"""The command line: each command parses, calls one function, shows what it gave."""
