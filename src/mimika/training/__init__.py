"""From labeled faces to a model file. Needs the `train` extra."""
