"""What a model file is worth beyond one figure: when pictures get worse, and for whom."""
