"""Which emotion a face shows: the model file, its card, its crops."""
