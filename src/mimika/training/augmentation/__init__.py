"""Changes to training faces: everyday ones, and what a webcam does to a face."""
