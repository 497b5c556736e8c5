"""YAML and JSON texts as data, with the line of each place for who has to mend it."""

import re
from collections.abc import Collection, Hashable, Iterable
from dataclasses import replace
from typing import Any, Final

import yaml

from nodes.errors import Fault, SpecError

_MERGE: Final = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as `on:` and `no:` are words here, not booleans; no key twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Build a value; raises `ConstructorError`, with its line, where its tag does not fit."""
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, int):
                str(value)  # Python writes no more digits than it reads, and those of hex it reads
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            kind = node.tag.rpartition(":")[2]
            what = f"what stands here cannot be read as {kind}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Build a mapping; raises `SpecError` where a key stands twice."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if key_node.tag == _MERGE:
                wrong = "YAML 1.2 has no `<<`: write the keys out."
            elif not isinstance(key, Hashable):
                wrong = "A key must be text."
            elif key in seen:
                wrong = f"The key {key!r} stands here twice."
            else:
                seen.add(key)
                continue
            raise SpecError([_fault(key_node.start_mark, wrong)])
        return super().construct_mapping(node, deep)


_NOT_OURS = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_OURS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(text: str, source: str) -> Any:
    """Return the data of a YAML (or JSON) text; raises `SpecError` naming the line in `source`."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        fault = _fault(error.problem_mark, f"This is not YAML: {error.problem}.")
        raise SpecError([replace(fault, file=source)], "file") from error
    except yaml.YAMLError as error:
        raise SpecError([Fault("", f"This is not YAML: {error}.", file=source)], "file") from error
    except RecursionError as error:
        fault = Fault("", "This is nested too deep to be read.", file=source)
        raise SpecError([fault], "file") from error
    except SpecError as error:
        faults = [replace(fault, file=source) for fault in error.faults]
        raise SpecError(faults, "file") from error


def lines_of(text: str) -> dict[str, int]:
    """Return the line, from 1, at which each place of a YAML text stands: `{path: line}`."""
    lines: dict[str, int] = {}
    root = yaml.compose(text, Loader=_Loader)
    stack: list[tuple[str, yaml.Node]] = [("", root)] if root is not None else []
    seen: set[int] = set()
    while stack:
        path, node = stack.pop()
        lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in seen:  # an alias: its places are known where its anchor stands
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = f"{path}.{key.value}" if path else str(key.value)
                lines[place] = key.start_mark.line + 1
                stack.append((place, value))
        elif isinstance(node, yaml.SequenceNode):
            stack.extend((f"{path}[{i}]", value) for i, value in enumerate(node.value))
    return lines


def with_lines(faults: Iterable[Fault], text: str, file: str = "") -> list[Fault]:
    """Give each fault the line of its place in `text`, or of the nearest place around it."""
    lines = {path: line for path, line in lines_of(text).items() if path}
    places = {fault.path: nearest(fault.path, lines) for fault in faults}
    return [replace(it, file=file, line=lines.get(places[it.path])) for it in faults]


def nearest(path: str, places: Collection[str]) -> str:
    """Return the path itself, or the nearest around it, that is one of `places`; else nothing."""
    while path and path not in places:
        path = re.sub(r"(?:^|\.)[^.\[\]]*$|\[\d+\]$", "", path)
    return path


def _fault(mark: yaml.Mark | None, message: str) -> Fault:
    return Fault("", message, line=mark.line + 1 if mark is not None else None)
