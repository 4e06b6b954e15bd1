"""What a model file is worth: figures with their uncertainty, on any labeled faces."""
