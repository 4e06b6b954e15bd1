"""The faces to people: command line, window, server."""
