"""The input of a run, as it is given on the command line or in the workflow's own schema."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graphs.catalog import check_input
from graphs.spec import Workflow
from nodes.errors import InvalidInputError
from server.cli.terminal import say

LONGEST_SHOWN: Final = 300
_SAMPLES: Final = {
    "string": "…", "integer": 1, "number": 1, "boolean": True, "array": [], "object": {},
}  # fmt: skip
# What can only be meant as JSON; anything else is a text as it stands.
_JSON_STARTS: Final = ("{", "[", '"')


def read_input(given: str | None, workflow: Workflow, name: str, target: str) -> Any:
    """Return a run's input: what was given, else the schema's own default or example.

    Raises `InvalidInputError`, saying what is needed and how to give it.
    """
    schema = workflow.input
    if given is not None:
        value = read_value(_text(given), "--input")
    elif schema is None:
        return None
    elif "default" in schema:
        value = schema["default"]
    elif schema.get("examples"):
        value = schema["examples"][0]
        say(f"Input (an example; give yours with --input): {_shown(value)}")
    else:
        value = None
    try:
        check_input(workflow, value, name)
    except InvalidInputError as error:
        command = shlex.join(["amrikyy", "run", target, "--input", _example(schema or {})])
        if given is not None:
            raise InvalidInputError(f"{error}\nAn example: {command}") from error
        needs = ", ".join((schema or {}).get("required", [])) or "an input"
        raise InvalidInputError(
            f"The workflow {name!r} needs {needs}. Give it: {command}"
        ) from error
    return value


def read_value(text: str, source: str) -> Any:
    """Read JSON; what does not look like JSON is a text, as people write it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith(_JSON_STARTS):
            return text
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError(
            f"{source} is not JSON: {error.msg} at {place}. Keys and texts stand in double quotes; "
            "in a shell put the whole into single ones."
        ) from error
    except ValueError as error:
        raise InvalidInputError(
            f"{source} has a number of too many digits. Give it as a text, in double quotes."
        ) from error
    except RecursionError as error:
        raise InvalidInputError(f"{source} is nested too deep to be read.") from error


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    if not given.startswith("@"):
        return given
    path = Path(given[1:])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"--input: {str(path)!r} cannot be read: {error}.") from error


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _example(schema: Mapping[str, Any]) -> str:
    return json.dumps(_sample(schema), ensure_ascii=False)


def _sample(schema: Mapping[str, Any]) -> Any:
    """Make up a value of the form that a schema asks for."""
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    properties = schema.get("properties", {})
    if properties:
        wanted = schema.get("required") or list(properties)[:1]
        return {key: _sample(properties.get(key, {})) for key in wanted}
    kind = schema.get("type", "string")
    return _SAMPLES.get(kind[0] if isinstance(kind, list) else kind, "…")
