"""The mesh of a face: 478 points, 52 blendshapes, and what follows from them."""
