"""A bucket in this process, as S3 gives it, by moto's server."""

from __future__ import annotations

import logging
from contextlib import contextmanager

from helpers.command import environment

NAME = "films"


@contextmanager
def bucket():
    """Yield fsspec's file system of an empty bucket, and the environment that finds it."""
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    try:
        files = s3fs.S3FileSystem(
            key="nobody",
            secret="nothing",
            client_kwargs={"endpoint_url": found["AWS_ENDPOINT_URL"]},
            skip_instance_cache=True,
        )
        files.call_s3("create_bucket", Bucket=NAME)
        yield files, environment() | found
    finally:
        server.stop()
