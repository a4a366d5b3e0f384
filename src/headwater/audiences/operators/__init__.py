"""What a condition may ask of a profile: one file an operator, its name the key that begins it in YAML."""
