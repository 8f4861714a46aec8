"""The Merkle tree of RFC 6962 (9162): root, proofs and their verification. Pure.

Hashes are SHA-256, 32 bytes. A leaf is hashed with the prefix 0x00, an inner node with 0x01, so that neither can pass
for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
BLOCK_LEVELS = 8
"""Complete subtrees of 2^8, 2^16, ... leaves are stored: any proof then reads a few ranges of at most 256 hashes."""
BLOCK_WIDTH = 1 << BLOCK_LEVELS
EMPTY_ROOT = hashlib.sha256(b"").digest()

StoredHashes = Callable[[int, int, int], Sequence[bytes]]
"""Return the hashes [first, end) of complete subtrees of 2^level leaves; level is 0, 8, 16, ..."""


def hash_leaf(content: bytes) -> bytes:
    """Return the hash of a leaf.

    >>> hash_leaf(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + content).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these hashes, the leaves or equally large complete subtrees.

    >>> fold_hashes([]) == EMPTY_ROOT
    True
    >>> fold_hashes([hash_leaf(b""), hash_leaf(b"\\x00")]).hex()[:16]
    'fac54203e7cc696c'
    """
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        paired = [hash_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # The odd one at the end goes up as it is: RFC 6962 splits at the largest power of two.
        level = paired + level[len(paired) * 2 :]
    return level[0]


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first.

    `append` takes the hash of the next leaf; `root` costs as many hashes as there are complete subtrees.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError("one peak is needed for each complete subtree")

    @classmethod
    def load(cls, size: int, stored: StoredHashes) -> Frontier:
        """Return the edge of a stored tree of `size` leaves."""
        peaks, begin = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                peaks.append(subtree_root(begin, begin + (1 << level), stored))
                begin += 1 << level
        return cls(size, peaks)

    def copy(self) -> Frontier:
        """Return an edge that grows apart from this one."""
        return Frontier(self.size, self._peaks)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add the hash of the next leaf; return the (level, index, hash) of blocks that became complete."""
        completed = []
        node, level = leaf, 0
        while self.size >> level & 1:
            node = hash_node(self._peaks.pop(), node)
            level += 1
            if level % BLOCK_LEVELS == 0:
                completed.append((level, self.size >> level, node))
        self._peaks.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = hash_node(peak, node)
        return node


def subtree_root(begin: int, end: int, stored: StoredHashes) -> bytes:
    """Return the root over the leaves [begin, end), whose `begin` is a multiple of the largest power of two in it."""
    width = end - begin
    if width == 0:
        return EMPTY_ROOT
    level = width.bit_length() - 1
    if width == 1 << level and begin % width == 0:
        block = level - level % BLOCK_LEVELS
        return fold_hashes(stored(block, begin >> block, end >> block))
    split = begin + _largest_power_below(width)
    return hash_node(subtree_root(begin, split, stored), subtree_root(split, end, stored))


def build_inclusion_proof(index: int, size: int, stored: StoredHashes) -> list[bytes]:
    """Return the proof that the leaf `index` is in the tree of `size` leaves. Raises ValueError outside it."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in this tree")
    path, begin, end = [], 0, size
    while end - begin > 1:
        split = begin + _largest_power_below(end - begin)
        if index < split:
            path.append(subtree_root(split, end, stored))
            end = split
        else:
            path.append(subtree_root(begin, split, stored))
            begin = split
    return path[::-1]


def build_consistency_proof(old: int, new: int, stored: StoredHashes) -> list[bytes]:
    """Return the proof that the tree of `new` leaves continues that of `old`. Raises ValueError for old > new."""
    if not 0 <= old <= new:
        raise ValueError("a tree continues a smaller one")
    if old in (0, new):
        return []
    path, begin, end, is_whole = [], 0, new, True
    while old != end:
        split = begin + _largest_power_below(end - begin)
        if old <= split:
            path.append(subtree_root(split, end, stored))
            end = split
        else:
            path.append(subtree_root(begin, split, stored))
            begin, is_whole = split, False
    # The old root itself is known to the one who verifies, unless the old tree is only a part of this branch.
    return ([] if is_whole else [subtree_root(begin, end, stored)]) + path[::-1]


def is_inclusion_proven(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the proof leads from the hash of a leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = hash_node(part, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hash_node(node, part)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def is_consistency_proven(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Return whether the proof shows that the new tree continues the old one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if not 0 < old < new:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = hash_node(part, first), hash_node(part, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = hash_node(second, part)
        at, last = at >> 1, last >> 1
    return first == old_root and second == new_root and last == 0


def _largest_power_below(width: int) -> int:
    """Return the largest power of two that is smaller than the width."""
    return 1 << (width - 1).bit_length() - 1
