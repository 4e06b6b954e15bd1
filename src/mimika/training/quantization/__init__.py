"""Model files in 8-bit integers: smaller, and several times faster on a CPU. Needs `train`."""
