"""The command line: one module a verb, found by name; `main` puts them together."""
