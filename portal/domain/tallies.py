"""Whole numbers by keys, for millions of them in a tenth of the memory that a dictionary takes."""

from array import array
from collections import Counter
from collections.abc import Hashable

WHOLE = 2**64 - 1
SMALLEST = 1 << 16


class Tallies:
    """A number for each key, 0 for any other. Keys are known by their hash of 64 bits: that two of a million share one
    happens once in thirty million files."""

    def __init__(self):
        self.make(SMALLEST)

    def make(self, size: int) -> None:
        """Room for `size`, a power of two, of which two thirds may be used."""
        self.mask, self.left = size - 1, size * 2 // 3
        self.keys, self.values = array("Q", bytes(8 * size)), array("I", bytes(4 * size))

    def __getitem__(self, key: Hashable) -> int:
        print_ = hash(key) & WHOLE or 1
        keys, mask = self.keys, self.mask
        place = print_ & mask
        while (found := keys[place]) and found != print_:
            place = (place + 1) & mask
        return self.values[place]

    def __setitem__(self, key: Hashable, value: int) -> None:
        self.put(hash(key) & WHOLE or 1, value)

    def place(self, print_: int) -> int:
        """Where a key is, or would be."""
        keys, mask = self.keys, self.mask
        place = print_ & mask
        while (found := keys[place]) and found != print_:
            place = (place + 1) & mask
        return place

    def put(self, print_: int, value: int) -> None:
        """Keeps a number."""
        place = self.place(print_)
        if not self.keys[place]:
            self.left -= 1
        self.keys[place], self.values[place] = print_, value
        if not self.left:
            self.grow()

    def grow(self) -> None:
        """Twice the room."""
        kept = zip(self.keys, self.values, strict=True)
        self.make(2 * len(self.keys))
        for print_, value in kept:
            if print_:
                self.put(print_, value)


class OnTop(Counter):
    """Numbers that are counted on from others, which don't change meanwhile."""

    def __init__(self, below: "Tallies | Counter"):
        super().__init__()
        self.below = below

    def __missing__(self, key: Hashable) -> int:
        return self.below[key]

    def settle(self) -> None:
        """They change now."""
        for key, value in self.items():
            self.below[key] = value
        self.clear()
