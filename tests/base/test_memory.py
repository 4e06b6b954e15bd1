import os
import subprocess
import sys

import pytest

RUN = """
from mimika.base.memory import reuse_small_pieces
import numpy as np
known = reuse_small_pieces(24_883_200)
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
# Freed, a piece of 31 MB would raise glibc's limit to its size.
for _ in range(3):
    piece = np.ones(31_000_000, np.uint8); del piece
before = resident()
pieces = [np.ones(20_000_000, np.uint8) for _ in range(5)]
keep = [pieces[-1]]
pieces = [np.ones(4_000_000, np.uint8) for _ in range(10)]
keep.append(pieces[-1])
del pieces
print(int(known), (resident() - before) // 1_000_000)
"""


REPEATED = """
import resource
from mimika.base.memory import reuse_small_pieces
import numpy as np
known = reuse_small_pieces(2_764_800)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
pieces = [np.ones(2_764_800, np.uint8) for _ in range(3)]
del pieces
before = faults()
for _ in range(100):
    pieces = [np.ones(2_764_800, np.uint8) for _ in range(2)]
    del pieces
print(int(known), faults() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_pieces_of_large_pictures_go_back_to_the_system_at_once():
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}
    out = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, check=True, capture_output=True, text=True
    ).stdout
    known, kept_mb = map(int, out.split())
    if not known:
        pytest.skip("no glibc here")
    assert kept_mb <= 29


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_pictures_are_made_of_memory_that_was_used_before():
    out = subprocess.run(
        [sys.executable, "-c", REPEATED], check=True, capture_output=True, text=True
    ).stdout
    known, faults = map(int, out.split())
    if not known:
        pytest.skip("no glibc here")
    # Each of the two hundred pictures has 675 pages.
    assert faults < 2 * 675
