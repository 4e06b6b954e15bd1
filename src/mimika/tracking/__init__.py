"""Faces that keep their number, and probabilities smoothed in time."""
