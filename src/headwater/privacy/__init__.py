"""Privacy: what people agreed to, which labels data carries, and the one gate everything that leaves goes through."""
