"""How Python code is called: what its parameters want, and `CallContext`, which one may be."""

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, get_type_hints

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError
from typing_extensions import is_typeddict

from nodes.errors import InvalidValueError
from nodes.schema_fault import place_of

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a method may know of the call it answers, and use while it does.

    `attempt` counts from 1. `idempotency_key` is the same for every attempt at this place of the
    run, and for no other: hand it to what must not happen twice. `say` streams text.
    """

    run_id: str
    path: str
    attempt: int
    idempotency_key: str
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function is handed, in this order: `input`, `context`."""

    wants: tuple[str, ...]
    adapter: TypeAdapter[Any] | None
    is_async: bool

    def bind(
        self,
        function: Callable[..., Any],
        value: Any,
        context: Callable[[], CallContext],
        title: str,
    ) -> Callable[[], Any]:
        """Return the call; raises `InvalidValueError` for input that does not fit."""
        if self.adapter is not None:
            value = _fitted(self.adapter, value, title)
        given = [value if want == "input" else context() for want in self.wants]
        return partial(function, *given)


def _fitted(adapter: TypeAdapter[Any], value: Any, title: str) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = "".join(
            f"\n  {place_of(each['loc']) or 'input'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise InvalidValueError(f"The input does not fit what {title} takes:{faults}") from error


def read_signature(function: Callable[..., Any]) -> Signature:
    """Say what `function` wants; raises `ValueError` for what it can never be handed."""
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some builtins have no signature
        return Signature(("input",), None, is_async)
    wants, named = _wants(function, parameters)
    takes_input = named and "input" in wants
    adapter = _adapter(function, named[wants.index("input")]) if takes_input else None
    return Signature(wants, adapter, is_async)


def _wants(
    function: Callable[..., Any], parameters: list[inspect.Parameter]
) -> tuple[tuple[str, ...], list[inspect.Parameter]]:
    named = [each for each in parameters if each.kind in _BY_PLACE]
    wants: list[str] = []
    for parameter in named:
        kind = _kind(function, parameter, wants)
        if kind is None or kind in wants:
            break
        wants.append(kind)
    if not named and any(each.kind is each.VAR_POSITIONAL for each in parameters):
        wants.append("input")
    left = [each for each in parameters if each not in named[: len(wants)] and _is_required(each)]
    if left:
        names = ", ".join(repr(each.name) for each in left)
        raise ValueError(
            f"wants {names}, which no call hands over. "
            "A method takes (input), (input, context) or nothing; give the others defaults."
        )
    return tuple(wants), named


def _kind(
    function: Callable[..., Any], parameter: inspect.Parameter, wants: list[str]
) -> str | None:
    """Say what a parameter is handed after `wants`: nothing, if its default will do."""
    if _hint(function, parameter) is CallContext:
        return "context"
    if "input" not in wants:
        return "input"
    return "context" if _is_required(parameter) or parameter.name == "context" else None


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_POSITIONAL,
        parameter.VAR_KEYWORD,
    )


def _hint(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return a parameter's annotation; one written as text is looked up where it was written."""
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    written = inspect.unwrap(function)
    names = getattr(written, "__globals__", None) or getattr(
        getattr(written, "__func__", None), "__globals__", {}
    )
    holder = SimpleNamespace(__annotations__={"it": parameter.annotation})
    try:
        return get_type_hints(holder, globalns=names)["it"]
    except (NameError, AttributeError, SyntaxError, TypeError):
        return None  # known to type checkers only


def _adapter(function: Callable[..., Any], parameter: inspect.Parameter) -> TypeAdapter[Any] | None:
    hint = _hint(function, parameter)
    is_class = isinstance(hint, type)
    if not (
        (is_class and (issubclass(hint, BaseModel) or dataclasses.is_dataclass(hint)))
        or is_typeddict(hint)
    ):
        return None
    try:
        return TypeAdapter(hint)
    except PydanticUserError as error:
        raise ValueError(f"{hint.__name__} cannot be checked: {error.message}") from error
