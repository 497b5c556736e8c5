"""`Expression`: JMESPath over a scope, compiled when it is defined; in Python a callable."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import EmptyExpressionError, ParseError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from nodes.errors import ExpressionError, close_matches
from nodes.guard import guard
from nodes.plain import plain

Scope = Mapping[str, Any]
"""What an expression sees: `result`, `input`, `results`; an aggregator `master`, `sub`, `input`."""

LONGEST = 4000  # characters
LONGEST_SHOWN = 60

SCOPE_NAMES = ("result", "input", "results", "master", "sub")


class Expression:
    """A question asked of a scope: `expression({"result": …, "input": …}) -> Any`.

    A string is JMESPath (https://jmespath.org/specification.html). A callable takes the names it
    wants as its parameters (`lambda result, input: …`); a lone parameter of another name is
    given `result`.
    """

    __slots__ = ("_ask", "names", "source")

    def __init__(self, source: str | Callable[..., Any]) -> None:
        """Compile `source`; raises `ValueError` that says where it is wrong."""
        self.source = source
        if isinstance(source, str):
            self._ask, self.names = _compile(source)
        else:
            self._ask, self.names = _wrap(source)

    def __call__(self, scope: Scope) -> Any:
        """Answer from `scope`; raises `NodeError` where data or a callable does not allow it."""
        if isinstance(self.source, str):
            try:
                return self._ask(scope)
            # JMESPath's own, and what it lets through: `[::0]`, `max_by` over mixed kinds.
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                what = f"The expression {self} cannot be used here: {error}."
                raise ExpressionError(what) from error
            except RecursionError as error:
                what = f"The expression {self} is nested too deep to be used. Make it simpler."
                raise ExpressionError(what) from error
        with guard(str(self)):
            return plain(self._ask(scope), str(self))

    def __str__(self) -> str:
        return _shown(self.source) if isinstance(self.source, str) else _name(self.source)

    def __repr__(self) -> str:
        return f"Expression({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda expression: (
                    expression.source
                    if isinstance(expression.source, str)
                    else _name(expression.source)
                )
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "description": "A JMESPath expression.", "minLength": 1}

    @classmethod
    def _validate(cls, value: Any) -> "Expression":
        if isinstance(value, Expression):
            return value
        if not isinstance(value, str) and not callable(value):
            raise PydanticCustomError(
                "expression", "An expression is a JMESPath string, such as 'result.title'."
            )
        try:
            return cls(value)
        except ValueError as error:
            raise PydanticCustomError("expression", "{why}", {"why": str(error)}) from error


def _compile(source: str) -> tuple[Callable[[Scope], Any], frozenset[str]]:
    parsed = _parse(source)
    names: set[str] = set()
    for ast, at_root in _walk(parsed.parsed):
        if ast["type"] == "function_expression":
            _check_call(source, ast["value"], len(ast["children"]))
        elif at_root and ast["type"] == "field":
            names.add(ast["value"])
        elif at_root and ast["type"] == "current":
            names.update(SCOPE_NAMES)
    return parsed.search, frozenset(names)


def _parse(source: str) -> ParsedResult:
    if len(source) > LONGEST:
        raise ValueError(
            f"{_shown(source)} has {len(source):,} characters; an expression has {LONGEST:,} at "
            "most. Do this work in an agent."
        )
    try:
        return jmespath.compile(source)
    except RecursionError as error:
        raise ValueError(f"{_shown(source)} is nested too deep. Make it simpler.") from error
    except EmptyExpressionError as error:
        raise ValueError("An expression cannot be empty.") from error
    except ParseError as error:
        raise ValueError(
            f"{_shown(source)} is not JMESPath: it goes wrong at character "
            f"{error.lex_position + 1}. See https://jmespath.org."
        ) from error


_FIRST_CHILD_KEEPS_SCOPE = {
    "subexpression", "index_expression", "pipe", "projection", "value_projection",
    "filter_projection", "flatten", "slice",
}  # fmt: skip
_ALL_CHILDREN_LEAVE_SCOPE = {"expref"}


def _walk(ast: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield each part of a parsed expression, and whether it is asked of the whole scope."""
    stack = [(ast, True)]
    while stack:
        part, at_root = stack.pop()
        yield part, at_root
        for place, child in enumerate(part.get("children", ())):
            if not isinstance(child, dict):
                continue
            leaves = part["type"] in _ALL_CHILDREN_LEAVE_SCOPE or (
                part["type"] in _FIRST_CHILD_KEEPS_SCOPE and place > 0
            )
            stack.append((child, at_root and not leaves))


def _check_call(source: str, name: str, given: int) -> None:
    functions = Functions.FUNCTION_TABLE
    if name not in functions:
        raise ValueError(
            f"{_shown(source)} calls {name}(), which JMESPath does not have. "
            f"{close_matches(name, functions)}"
        )
    wanted = functions[name]["signature"]
    variadic = bool(wanted) and wanted[-1].get("variadic", False)
    if given < len(wanted) or (given > len(wanted) and not variadic):
        raise ValueError(f"{_shown(source)}: {name}() takes {len(wanted)} arguments, not {given}.")


def _shown(source: str) -> str:
    return repr(source if len(source) <= LONGEST_SHOWN else f"{source[: LONGEST_SHOWN - 1]}…")


def _wrap(function: Callable[..., Any]) -> tuple[Callable[[Scope], Any], frozenset[str]]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some builtins have no signature: they take the result
        return lambda scope: function(scope["result"]), frozenset({"result"})
    names = [
        p.name
        for p in parameters
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and (p.default is p.empty or p.name in SCOPE_NAMES)
    ]
    if len(names) == 1 and names[0] not in SCOPE_NAMES:
        return lambda scope: function(scope["result"]), frozenset({"result"})
    unknown = [name for name in names if name not in SCOPE_NAMES]
    if unknown:
        raise ValueError(
            f"{_name(function)} wants {', '.join(map(repr, unknown))}; "
            f"an expression can be given: {', '.join(SCOPE_NAMES)}."
        )
    return lambda scope: function(**{n: scope[n] for n in names if n in scope}), frozenset(names)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", None) or repr(function)
