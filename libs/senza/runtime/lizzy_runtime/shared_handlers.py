"""
Has botocore copy its event handlers when a copy is changed, not before.

Each session and each client has a copy of all handlers, 400 nodes of a tree, and adds a dozen of its own.
"""

import functools
from typing import Any

import botocore.hooks


def share() -> None:
    """To be called before the first session."""
    botocore.hooks._PrefixTrie = SharedTrie
    _remember_arguments()
    _find_aliases_faster()


class SharedTrie(botocore.hooks._PrefixTrie):
    """A tree whose copies have its nodes in common. A node is changed by the tree that has made it only."""

    def __init__(self) -> None:
        super().__init__()
        self._owner = object()
        self._root["owner"] = self._owner

    def __copy__(self) -> "SharedTrie":
        copied = SharedTrie()
        copied._root = self._root
        # Neither of them may change a node from now on.
        self._owner = object()
        return copied

    def append_item(self, key: str, value: Any, section: int = botocore.hooks._MIDDLE) -> None:
        node = self._root = self._own(self._root)
        for part in key.split("."):
            children = node["children"]
            child = children.get(part) or {"chunk": part, "values": None, "children": {}}
            node = children[part] = self._own(child)
        if node["values"] is None:
            node["values"] = botocore.hooks.NodeList([], [], [])
        node["values"][section].append(value)

    def remove_item(self, key: str, value: Any) -> None:
        self._root = self._recursive_copy(self._root)
        super().remove_item(key, value)

    def _own(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node, or a copy of it that this tree may change."""
        if node.get("owner") is self._owner:
            return node
        values = node["values"]
        return {
            "chunk": node["chunk"],
            "children": dict(node["children"]),
            "values": values and botocore.hooks.NodeList(*(list(section) for section in values)),
            "owner": self._owner,
        }


def _remember_arguments() -> None:
    """Caches whether a handler takes any keyword: botocore determines it at each registration."""
    accepts_kwargs = functools.cache(botocore.hooks.accepts_kwargs)

    def accepts(handler: Any) -> Any:
        return accepts_kwargs(getattr(handler, "__func__", handler))

    botocore.hooks.accepts_kwargs = accepts


def _find_aliases_faster() -> None:
    """An event that has no alias is not compared with each of a hundred."""
    aliaser = botocore.hooks.EventAliaser
    find = aliaser._alias_event_name
    parts = {old for old in botocore.hooks.EVENT_ALIASES if "." not in old}
    sequences = [old for old in botocore.hooks.EVENT_ALIASES if "." in old]

    @functools.cache
    def has_alias(event_name: str) -> bool:
        return not parts.isdisjoint(event_name.split(".")) or any(old in event_name for old in sequences)

    def find_alias(self: Any, event_name: str) -> str:
        return find(self, event_name) if has_alias(event_name) else event_name

    aliaser._alias_event_name = find_alias
