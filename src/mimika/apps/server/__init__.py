"""Mimika over HTTP: one page and an API on one recognizer; needs the `serve` extra.

`options.py` says what can be chosen, `app.py` puts the application together, `run.py` opens the
port and runs it.
"""
