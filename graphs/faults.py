"""Pydantic's errors as faults: the place as people wrote it, and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from nodes.errors import MOST_FAULTS, Fault, close_matches

DEEPEST_DATA = 200
LARGEST_DATA = 200_000  # values; far more than the 10,000 nodes a workflow may have
LONGEST_SHOWN = 60


def path_of(location: Iterable[str | int]) -> str:
    """Write a location as people do: `steps[2].tasks[0].agent`; tags of unions are left out."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not is_tag(part):
            path += f".{part}" if path else part
    return path


def is_tag(part: str | int) -> bool:
    return isinstance(part, str) and part.startswith("<")


def faults_of(
    error: ValidationError, prefix: str, models: Mapping[str, type[BaseModel]]
) -> list[Fault]:
    """Return what is wrong, each with its path below `prefix`; `models` are those of the tags."""
    faults = []
    for n, detail in enumerate(error.errors(include_url=False)):
        is_key = detail["type"] == "invalid_key"  # its place is where it stands
        path = path_of(detail["loc"][:-1] if is_key else detail["loc"])
        whole = f"{prefix}.{path}" if prefix and path else prefix or path
        known = models if n < MOST_FAULTS else None
        faults.append(Fault(whole, _sentence(_without_secrets(detail, models), known)))
    return faults


def too_big(data: Any) -> Fault | None:
    """Say where data is nested too deep, or that it is too much, before anything recurses on it."""
    stack: list[tuple[int, Iterator[Any]]] = [(0, iter((data,)))]
    count = 0
    while stack:
        depth, values = stack[-1]
        value = next(values, stack)
        if value is stack:
            stack.pop()
            continue
        count += 1
        if count > LARGEST_DATA:
            return Fault(
                "", "The definition is too large: at most 10,000 nodes are allowed.", "too_large"
            )
        if isinstance(value, Mapping):
            stack.append((depth + 1, iter(value.values())))
        elif isinstance(value, list | tuple):
            stack.append((depth + 1, iter(value)))
        if depth > DEEPEST_DATA:
            return Fault(
                "", "The definition is too deep: at most 32 levels are allowed.", "too_deep"
            )
    return None


_Models = Mapping[str, type[BaseModel]] | None
"""Models by their tags; None where nobody reads what might have been meant."""


def _sentence(detail: ErrorDetails, models: _Models) -> str:
    say = _SENTENCES.get(detail["type"])
    return say(detail, models) if say is not None else _general(detail)


def _unknown_key(detail: ErrorDetails, models: _Models) -> str:
    key = str(detail["loc"][-1])
    if models is None:
        return f"Unknown key {key!r}."
    return f"Unknown key {key!r}. {close_matches(key, _known_keys(detail['loc'][:-1], models))}"


def _general(detail: ErrorDetails) -> str:
    """Turn one of Pydantic's own sentences into one of ours."""
    message = detail["msg"]
    if message.startswith(("Input should be ", "Value should be ")):
        return f"This must be {message.split('should be ', 1)[1]}, not {show(detail['input'])}."
    if " should " in message:
        return f"This must {message.split(' should ', 1)[1]}."
    return message


def _no_node(detail: ErrorDetails, models: _Models) -> str:
    keys = ("agent", "workflow", "steps", "tasks")
    return detail["msg"] + (meant(detail["input"], keys) if models is not None else "")


_Say = Callable[[ErrorDetails, _Models], str]
_SENTENCES: Final[dict[str, _Say]] = {
    "missing": lambda _, __: "This key is required.",
    "extra_forbidden": _unknown_key,
    "invalid_key": lambda d, _: f"A key must be text, and {d['loc'][-1]!r} is not: quote it.",
    "literal_error": lambda d, _: f"This must be {d['ctx']['expected']}, not {show(d['input'])}.",
    "too_short": lambda _, __: "This must not be empty.",
    "string_too_short": lambda _, __: "This text must not be empty.",
    "value_error": lambda d, _: str(d["ctx"]["error"]),
    "node": _no_node,
}


def meant(data: Any, known: Iterable[str]) -> str:
    """Say which of the `known` keys those of `data` may have been meant as."""
    known = [*known]
    keys = map(str, data) if isinstance(data, Mapping) else ()
    close = {key: get_close_matches(key, known, n=1) for key in keys}
    return "".join(f" Did you mean {m[0]!r} by {key!r}?" for key, m in close.items() if m)


def show(value: Any) -> str:
    """Show a value that somebody wrote, not too long."""
    try:
        text = repr(value)
    except ValueError:  # an integer of too many digits
        text = type(value).__name__
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _known_keys(
    location: tuple[str | int, ...], models: Mapping[str, type[BaseModel]]
) -> list[str]:
    """Return the keys that the model at a location has."""
    model, _ = _at(location, models)
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _at(
    location: tuple[str | int, ...], models: Mapping[str, type[BaseModel]]
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Return the model at a location, and the last field on the way there."""
    model: type[BaseModel] | None = models.get("")
    last: FieldInfo | None = None
    for part in location:
        if isinstance(part, str) and is_tag(part):
            model = models.get(part)
        elif isinstance(part, str) and model is not None:
            field = next((f for n, f in model.model_fields.items() if part in {n, f.alias}), None)
            model = _model_in(field.annotation) if field is not None else model
            last = field or last
    return model, last


class _Secret:
    """Stands for a value that is not to be shown."""

    def __repr__(self) -> str:
        return "what is given"


def _without_secrets(detail: ErrorDetails, models: Mapping[str, type[BaseModel]]) -> ErrorDetails:
    model, field = _at(detail["loc"], models)
    if field is not None:
        hidden = _holds_secrets(field.annotation)
    else:  # the whole of a model
        fields = model.model_fields.values() if model is not None else ()
        hidden = any(_holds_secrets(each.annotation) for each in fields)
    return {**detail, "input": _Secret()} if hidden else detail


def _holds_secrets(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secrets, get_args(annotation)))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Annotated, Union, UnionType, list, dict}:
        return next((m for part in get_args(annotation) if (m := _model_in(part))), None)
    return None
