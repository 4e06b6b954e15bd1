"""Opens the port and runs the server until it is told to stop."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mimika.base.errors import DeviceError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import uvicorn

    from mimika.apps.server.options import ServerOptions

    Started = Callable[[str, Sequence[str]], None]

PACKAGES = ("fastapi", "uvicorn", "httptools", "websockets", "prometheus_client", "filelock")
BACKLOG = 512
# Streams are told at once; what is being answered gets this long.
END_S = 5


def require() -> None:
    """Make sure that the server's packages are there.

    Raises:
        MissingExtra: one is missing.
    """
    if any(find_spec(name) is None for name in (*PACKAGES, "multipart")):
        raise MissingExtra("The server", "serve")


def serve(options: ServerOptions, *, started: Started = lambda *_: None) -> None:
    """Serve until Ctrl-C; clients are told, videos cancelled, files removed.

    Args:
        options: how to run it.
        started: called with the page's address once it can be opened, and with sentences about
            what runs the networks.

    Raises:
        MissingExtra: the `serve` extra is not installed.
        DeviceError: the address cannot be listened on.
        ModelError: a model is missing or unusable.
        UsageError: there is no such detector or engine, or the certificate cannot be used.
    """
    require()
    from mimika.apps.server.spool import open_spool

    check_certificate(options)

    with listen(options.host, options.port) as listener, open_spool() as spool:
        options = replace(options, port=listener.getsockname()[1], spool=spool)
        address = address_of(options)
        # Ctrl-C is how a server is ended, not a failure.
        with suppress(KeyboardInterrupt):
            if options.workers == 1:
                _serve_here(options, listener, partial(started, address))
            else:
                _serve_in_workers(options, listener, partial(started, address))


def listen(host: str, port: int) -> socket.socket:
    """Open the port.

    Raises:
        DeviceError: it is taken, not allowed, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
        listener.set_inheritable(True)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def check_certificate(options: ServerOptions) -> None:
    """Refuse a certificate that cannot be used.

    Raises:
        UsageError: a file is missing, is no PEM, or they do not belong together.
    """
    if options.certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            options.certificate, options.key
        )
    except OSError as error:
        raise UsageError(
            f"The certificate {options.certificate} and the key {options.key} cannot be used "
            f"({error.strerror or error}): give PEM files that belong together."
        ) from error


def address_of(options: ServerOptions) -> str:
    """The page's address; the token is in its fragment, which browsers send to nobody."""
    host = "localhost" if options.host in ("0.0.0.0", "::") else options.host
    host = f"[{host.strip('[]')}]" if ":" in host else host
    scheme = "https" if options.certificate else "http"
    token = f"#token={options.token}" if options.token else ""
    return f"{scheme}://{host}:{options.port}/{token}"


def _serve_here(
    options: ServerOptions, listener: socket.socket, started: Callable[[Sequence[str]], None]
) -> None:
    import uvicorn

    from mimika.apps.server.app import build, load
    from mimika.apps.server.process import tune

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started(state.notes)

    tune()
    state = load(options)
    Server(_config(options, build(options, state))).run([listener])


def _serve_in_workers(
    options: ServerOptions, listener: socket.socket, started: Callable[[Sequence[str]], None]
) -> None:
    from uvicorn.supervisors import Multiprocess

    from mimika.apps.server.app import load
    from mimika.apps.server.metrics import MULTIPROCESS

    assert options.spool is not None
    # What is wrong with a model is said once, here, and not by every worker.
    state = load(options)
    assert state.analysis is not None
    state.analysis.close()
    notes = state.notes
    del state
    os.environ[MULTIPROCESS] = str(options.spool / "metrics")
    try:
        started(notes)
        Multiprocess(_config(options, partial(_build, options)), sockets=[listener]).run()
    finally:
        os.environ.pop(MULTIPROCESS, None)


def _build(options: ServerOptions) -> Any:
    from mimika.apps.server.app import build
    from mimika.apps.server.process import tune

    tune()
    return build(options)


def _config(options: ServerOptions, app: Any) -> uvicorn.Config:
    from mimika.apps.server.connections import GuardedConfig, GuardedProtocol, GuardedSocket
    from mimika.apps.server.rates import Flow

    config = GuardedConfig(
        app,
        factory=isinstance(app, partial),
        http=GuardedProtocol,
        ws=GuardedSocket,
        ws_max_size=options.limits.frame_bytes,
        # JPEG does not shrink; packing it only costs time, and unpacking can be abused.
        ws_per_message_deflate=False,
        workers=options.workers,
        timeout_graceful_shutdown=END_S,
        # A log of addresses would hold nothing that the metrics do not.
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=list(options.proxies) or None,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
        root_path=options.root_path,
    )
    config.limits, config.proxies = options.limits, options.proxies
    config.flow = Flow(options.limits.stream_bytes_s)
    return config


def _refused(host: str, port: int, error: OSError) -> DeviceError:
    if error.errno == errno.EADDRINUSE:
        return DeviceError(
            f"Port {port} is taken by another program: end it, or choose another with --port "
            "(0 takes a free one)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return DeviceError(f"You may not listen on port {port}: choose one above 1023.")
    reason = error.strerror or str(error)
    return DeviceError(
        f"This machine cannot listen on {host} ({reason}): give one of its own addresses."
    )
