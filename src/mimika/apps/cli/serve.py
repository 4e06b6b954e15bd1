"""`mimika serve`: the page and the API."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._input import Length
from mimika.apps.cli._options import AT_LEAST_1, Quiet, Several
from mimika.apps.cli._output import SettingsOption
from mimika.base.address import DEFAULT_PORT
from mimika.pipeline.settings import Settings


def serve(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = DEFAULT_PORT,
    token: Annotated[str, Parameter(env_var="MIMIKA_TOKEN")] = "",
    token_file: Path | None = None,
    insecure: bool = False,
    no_open: bool = False,
    origin: Annotated[list[str] | None, Several] = None,
    allow_host: Annotated[list[str] | None, Several] = None,
    trust_proxy: Annotated[list[str] | None, Several] = None,
    root_path: str = "",
    webhook: Annotated[list[str] | None, Several] = None,
    workers: Annotated[int, Parameter(validator=AT_LEAST_1)] = 1,
    clients: Annotated[int, Parameter(validator=AT_LEAST_1)] = 32,
    rate_limit: Annotated[float, Parameter(validator=Number(gt=0))] = 200.0,
    max_video: Length = None,
    certificate: Path | None = None,
    key: Path | None = None,
    quiet: Quiet = False,
    settings: SettingsOption = Settings(),
) -> None:
    """Serve a page that reads emotions in the browser, and an HTTP API, on one recognizer.

    It listens on this machine only. Another --host is reached by others, so then a token is asked
    for: yours, or one that is made and printed on the terminal. Pictures are analyzed in memory and
    never stored. Ctrl-C ends it.

    Examples:
        mimika serve
        mimika serve --port 8080 --no-open
        mimika serve --host 0.0.0.0 --certificate cert.pem --key key.pem
        curl -T photo.jpg -X POST http://127.0.0.1:8765/v1/analyze

    Args:
        host: Address to listen on; 0.0.0.0 is every one of this machine.
        port: Port to listen on; 0 takes a free one.
        token: What callers must show; without it one is made where others can reach the server.
            Other users of the machine can read an option; they cannot read --token-file.
        token_file: A file with the token.
        insecure: Ask for no token, although others can reach the server.
        no_open: Do not open the page in a browser.
        origin: A page of another site that may call the API (CORS), such as https://example.org.
        allow_host: A further name under which a server on 127.0.0.1 may be addressed.
        trust_proxy: Address of a load balancer whose X-Forwarded-For is believed.
        root_path: Path under which a proxy shows the server, such as /mimika.
        webhook: A server that may be told when a video is done, such as https://example.org.
        workers: Processes; each loads the networks and has its own streams.
        clients: Streams at once, for each process.
        rate_limit: Requests a second from one address.
        max_video: Longest film that is taken, such as 30m or 2h; 2h where not given.
        certificate: TLS certificate chain (PEM); browsers give a camera to https pages only, or to
            this machine's own.
        key: The certificate's private key (PEM).
    """
    import secrets
    from dataclasses import replace

    from mimika.apps.cli.console import be_quiet, notice, out
    from mimika.apps.server.options import Limits, ServerOptions, is_loopback
    from mimika.apps.server.run import serve as run
    from mimika.base.errors import UsageError

    open_to_others = not is_loopback(host)
    if token_file is not None:
        token = _token_of(token_file)
    if not token and open_to_others and not insecure:
        if not out.is_terminal:
            raise UsageError(
                "Others can reach the server, so it asks for a token, and there is no terminal to "
                "print one on: set MIMIKA_TOKEN, or give --token-file FILE."
            )
        token = secrets.token_urlsafe(24)
    limits = Limits(clients=clients, rate_hz=rate_limit)
    if max_video is not None:
        limits = replace(limits, video_s=max_video)
    options = ServerOptions(
        settings=settings,
        host=host,
        port=port,
        token=token,
        origins=tuple(origin or ()),
        hosts=tuple(allow_host or ()),
        proxies=tuple(trust_proxy or ()),
        root_path=root_path,
        webhooks=tuple(webhook or ()),
        workers=workers,
        certificate=certificate,
        key=key,
        limits=limits,
    )

    def started(address: str, notes: Sequence[str]) -> None:
        # What is not a terminal may be a log that others read.
        shown = address if out.is_terminal else address.partition("#")[0]
        out.print(f"Mimika is at {shown}", soft_wrap=True)
        be_quiet(quiet)
        for note in notes:
            notice(note)
        notice("Ctrl-C ends it.")
        if open_to_others and not certificate:
            notice(
                "Without --certificate others can listen in, and their browsers give the page no "
                "camera; put it behind a proxy with https, or give one."
            )
        if open_to_others and not token:
            notice("Anyone who reaches this port may use it (--insecure).")
        if not no_open:
            _open(address)

    run(options, started=started)
    notice("The server has ended; nothing is left on the disk.")


def _token_of(path: Path) -> str:
    from mimika.base.errors import UsageError

    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The token cannot be read from {path}: give a file with it.") from error


def _open(address: str) -> None:
    import threading
    import webbrowser

    # Some browsers' starters wait until the browser is closed.
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
