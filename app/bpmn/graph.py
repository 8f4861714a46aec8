"""Functions on directed graphs: reachable nodes, edges that lead back, cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Edges = Mapping[str, tuple[str, ...]]


def reachable_nodes(edges: Edges, *roots: str) -> frozenset[str]:
    """Return every node that can be reached from the roots, the roots included."""
    seen: set[str] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(edges.get(node, ()))
    return frozenset(seen)


def reversed_edges(edges: Edges) -> Edges:
    """Return the same graph with every edge reversed."""
    found: dict[str, list[str]] = {node: [] for node in edges}
    for node, targets in edges.items():
        for target in targets:
            found.setdefault(target, []).append(node)
    return {node: tuple(sources) for node, sources in found.items()}


def edges_without_back_edges(edges: Edges, roots: Iterable[str], restarts: Collection[str]) -> Edges:
    """Return the graph without its returns: edges into a restart, and edges to a node that every path has
    passed.
    """
    kept = {node: tuple(t for t in targets if t not in restarts) for node, targets in edges.items()}
    passed = dominators_by_node(kept, roots)
    return {
        node: tuple(t for t in targets if t not in passed.get(node, frozenset()))
        for node, targets in kept.items()
    }


def dominators_by_node(edges: Edges, roots: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return for each node that the roots reach the nodes on every path from a root to it, itself included."""
    roots = list(roots)
    nodes = [node for node in edges if node in reachable_nodes(edges, *roots)]
    sources = reversed_edges(edges)
    everything = frozenset(nodes)
    found = {node: frozenset({node}) if node in roots else everything for node in nodes}
    changed = True
    while changed:
        changed = False
        for node in nodes:
            if node in roots:
                continue
            before = [found[source] for source in sources[node] if source in found]
            now = frozenset.intersection(*before) | {node} if before else frozenset({node})
            if now != found[node]:
                found[node], changed = now, True
    return found


def nodes_on_or_between_cycles(edges: Edges) -> frozenset[str]:
    """Return the nodes on a cycle or between cycles: those left when all others have been peeled off."""
    remaining = dict(edges)
    sources = reversed_edges(edges)
    shrinking = True
    while shrinking:
        peeled = [
            node
            for node in remaining
            if not any(target in remaining for target in remaining[node])
            or not any(source in remaining for source in sources.get(node, ()))
        ]
        for node in peeled:
            del remaining[node]
        shrinking = bool(peeled)
    return frozenset(remaining)
