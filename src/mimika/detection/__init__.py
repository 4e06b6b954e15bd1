"""Where the faces are: one file a detector."""
