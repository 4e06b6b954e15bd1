"""Which workers live, by their locks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from filelock import FileLock

from mimika.apps.server.owners import Owners


def test_a_lock_is_released_also_by_another_thread(tmp_path):
    owners = Owners(tmp_path / "workers")
    with ThreadPoolExecutor(1) as other:
        other.submit(owners.close).result()
    with FileLock(tmp_path / "workers" / str(os.getpid()), timeout=0):
        pass
