"""Where audiences are written: rules as forms to be dragged and as YAML, counted as they are written, and saved."""
