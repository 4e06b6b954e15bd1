"""Labeled faces from the layouts that people have them in. NumPy only, no PyTorch."""
