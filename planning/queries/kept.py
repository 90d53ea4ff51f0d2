"""Answers that take seconds to read, kept in the memory of this process while what they depend on stands still."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Kept(Generic[Found]):
    """The newest answer, and to what."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._key: Hashable = None
        self._until = 0.0
        self._found: Found | None = None

    def get(self, key: Hashable, read: Callable[[], Found], worth_it: Callable[[Found], bool]) -> Found:
        """What was read for this key a short while ago, else read now; kept when it is worth it."""
        if self._found is not None and self._key == key and time.monotonic() < self._until:
            return self._found
        found = read()
        if worth_it(found):
            self._key, self._until, self._found = key, time.monotonic() + self.seconds, found
        return found
