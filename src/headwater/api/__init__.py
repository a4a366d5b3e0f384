"""The management API: HTTP, on this machine. Each endpoint parses, calls one function, shows what it gave."""
