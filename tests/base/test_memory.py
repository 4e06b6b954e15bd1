import os
import subprocess
import sys

import pytest

RUN = """
from mimika.base.memory import give_back_large_pieces
import numpy as np
told = give_back_large_pieces()
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
# Freed, a piece of 31 MB would raise glibc's limit to its size.
for _ in range(3):
    piece = np.ones(31_000_000, np.uint8); del piece
before = resident()
pieces = [np.ones(20_000_000, np.uint8) for _ in range(5)]
keep = pieces[-1]
del pieces
print(int(told), (resident() - before) // 1_000_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_large_pieces_go_back_to_the_system_at_once():
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}
    out = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, check=True, capture_output=True, text=True
    ).stdout
    told, kept_mb = map(int, out.split())
    if not told:
        pytest.skip("no glibc here")
    assert kept_mb <= 25
