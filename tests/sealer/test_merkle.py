"""The tree of RFC 6962: known vectors, proofs of every size, and proofs that were tampered with."""

from __future__ import annotations

import doctest

from app.sealer import merkle

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
"""The inputs of the reference implementation of Certificate Transparency, with the roots of each prefix below."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Kept:
    """The hashes that a grown tree stores, and the ranges that were read."""

    def __init__(self) -> None:
        self.levels: dict[int, list[bytes]] = {0: []}
        self.frontier = merkle.Frontier()
        self.longest = 0

    def append(self, leaf: bytes) -> None:
        self.levels[0].append(leaf)
        for level, index, node in self.frontier.append(leaf):
            known = self.levels.setdefault(level, [])
            assert index == len(known)
            known.append(node)

    def __call__(self, level: int, first: int, end: int) -> list[bytes]:
        self.longest = max(self.longest, end - first)
        found = self.levels[level][first:end]
        assert len(found) == end - first
        return found


def test_the_roots_are_those_of_the_reference_implementation():
    tree = Kept()
    assert tree.frontier.root() == merkle.EMPTY_ROOT
    for entered, root in zip(INPUTS, ROOTS, strict=True):
        tree.append(merkle.hash_leaf(bytes.fromhex(entered)))
        assert tree.frontier.root().hex() == merkle.fold_hashes(tree.levels[0]).hex() == root
    assert doctest.testmod(merkle).failed == 0


def test_every_proof_of_small_trees_holds_and_no_other_does():
    tree, roots = Kept(), [merkle.EMPTY_ROOT]
    for number in range(20):
        tree.append(merkle.hash_leaf(bytes([number])))
        roots.append(tree.frontier.root())
    for size in range(1, 21):
        for index in range(size):
            proof = merkle.build_inclusion_proof(index, size, tree)
            leaf = tree.levels[0][index]
            assert merkle.is_inclusion_proven(leaf, index, size, proof, roots[size])
            assert not merkle.is_inclusion_proven(leaf, index, size, proof, roots[size - 1])
            assert not merkle.is_inclusion_proven(leaf, index, size, [*proof, leaf], roots[size])
            other = tree.levels[0][index - 1]
            assert size == 1 or not merkle.is_inclusion_proven(other, index, size, proof, roots[size])
        for old in range(size + 1):
            proof = merkle.build_consistency_proof(old, size, tree)
            assert merkle.is_consistency_proven(old, size, proof, roots[old], roots[size])
            # Everything continues the empty tree.
            assert old == 0 or not merkle.is_consistency_proven(old, size, proof, roots[old], b"\x00" * 32)
            assert not merkle.is_consistency_proven(old, size, proof, b"\x01" * 32, roots[size])
    assert not merkle.is_consistency_proven(3, 2, [], roots[3], roots[2])


def test_a_large_tree_is_continued_and_proved_from_a_few_short_ranges():
    tree, size = Kept(), 66_000
    for number in range(size):
        tree.append(number.to_bytes(32, "big"))
    root, grown = tree.frontier.root(), merkle.Frontier.load(size, tree)
    assert grown.root() == root and tree.levels[16][0] == merkle.subtree_root(0, 65536, tree)
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        proof = merkle.build_inclusion_proof(index, size, tree)
        assert merkle.is_inclusion_proven(tree.levels[0][index], index, size, proof, root)
    for old in (1, 256, 300, 65_536, 65_999):
        proof = merkle.build_consistency_proof(old, size, tree)
        assert merkle.is_consistency_proven(old, size, proof, merkle.Frontier.load(old, tree).root(), root)
    assert tree.longest <= merkle.BLOCK_WIDTH
