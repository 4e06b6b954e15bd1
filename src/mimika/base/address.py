"""Where a Mimika server is found unless somebody says otherwise."""

DEFAULT_PORT = 8765
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"
