"""The emotions: their names, words and colors."""
