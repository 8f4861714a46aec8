"""Order in a graph: what can be reached, which arrows lead back, where it turns in circles. Knows nothing of BPMN."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Edges = Mapping[str, tuple[str, ...]]


def reach(edges: Edges, *roots: str) -> frozenset[str]:
    """Everything that can be reached from the roots, the roots included."""
    seen: set[str] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(edges.get(node, ()))
    return frozenset(seen)


def reverse(edges: Edges) -> Edges:
    """The same graph with every arrow turned round."""
    found: dict[str, list[str]] = {node: [] for node in edges}
    for node, targets in edges.items():
        for target in targets:
            found.setdefault(target, []).append(node)
    return {node: tuple(sources) for node, sources in found.items()}


def forward(edges: Edges, roots: Iterable[str], restarts: Collection[str]) -> Edges:
    """The graph without its returns: arrows into a restart, and arrows to a node that every path has passed."""
    kept = {node: tuple(t for t in targets if t not in restarts) for node, targets in edges.items()}
    passed = dominators(kept, roots)
    return {
        node: tuple(t for t in targets if t not in passed.get(node, frozenset()))
        for node, targets in kept.items()
    }


def dominators(edges: Edges, roots: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """For each node that the roots reach: the nodes on every path from a root to it, itself included."""
    roots = list(roots)
    nodes = [node for node in edges if node in reach(edges, *roots)]
    sources = reverse(edges)
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


def circles(edges: Edges) -> frozenset[str]:
    """Nodes left when everything that is not on a circle, or between circles, has been peeled off."""
    left = dict(edges)
    sources = reverse(edges)
    shrinking = True
    while shrinking:
        loose = [
            node
            for node in left
            if not any(target in left for target in left[node])
            or not any(source in left for source in sources.get(node, ()))
        ]
        for node in loose:
            del left[node]
        shrinking = bool(loose)
    return frozenset(left)
