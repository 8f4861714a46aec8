"""One file per process: each declares one object `PROCESS`, and the registry collects them."""
