"""What a large request took is given back to the system when it is done; glibc would keep it, for every thread anew."""

import ctypes
import sys

# Parameters of mallopt, as <malloc.h> numbers them.
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
LARGE = 128 * 1024
ARENAS = 2


def give_back() -> None:
    """Map large blocks by themselves, trim the heap early, and let threads share two heaps. For Linux with glibc."""
    if not sys.platform.startswith("linux"):
        return
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:  # other C libraries have none, and no need of it
        for parameter, value in ((MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, LARGE), (ARENA_MAX, ARENAS)):
            tune(parameter, value)
