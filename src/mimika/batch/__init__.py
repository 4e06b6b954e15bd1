"""Many recordings to one data set, on all processors; it goes on where it was stopped."""
