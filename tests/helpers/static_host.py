"""Any host of static files."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from functools import partial


@contextmanager
def static_host(folder, headers=()):
    """Serve a folder; `asked` has the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def end_headers(self):
            for name, value in dict(headers).items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *args):
            pass

    host = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=host.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{host.server_address[1]}", asked
    finally:
        host.shutdown()
        host.server_close()
        thread.join()
