"""Wrapping other people's classifiers into model files that are whole. Needs `onnx`."""
