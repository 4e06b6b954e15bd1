"""Faces and words drawn on pictures."""
