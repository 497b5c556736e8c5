"""`calculator`: arithmetic, without running anything else."""

import ast
import math
import operator
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from langchain_core.tools import ToolException, tool

LONGEST: Final = 300  # characters
MOST_BITS: Final = 10_000  # of a whole number; about 3,000 digits

Number = int | float

_SIGNS = str.maketrans(
    {
        "×": "*",
        "÷": "/",
        "\N{MINUS SIGN}": "-",
        "–": "-",
        "\N{ARABIC DECIMAL SEPARATOR}": ".",
        "^": "**",
    }
)
_NAMES: Final = {"pi": math.pi, "e": math.e}
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}
_UNARY: Final[dict[type[ast.unaryop], Callable[[Number], Number]]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def _power(base: Number, exponent: Number) -> Any:
    if isinstance(base, int) and isinstance(exponent, int):
        bits = base.bit_length() * abs(exponent)
        if bits > MOST_BITS:
            raise OverflowError
    return base**exponent


_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}


@tool
def calculator(expression: str) -> str:
    """Work out an arithmetic expression, such as "(1200 - 3 * 85.5) / 4" or "sqrt(2) ** 3".

    It knows + - * / // % **, parentheses, pi, e, and abs ceil floor max min round sqrt.
    """
    if len(expression) > LONGEST:
        raise ToolException(f"An expression has {LONGEST} characters at most. Do it in steps.")
    text = "".join(_ascii_digit(each) for each in expression.strip()).translate(_SIGNS)
    try:
        return _written(_value(ast.parse(text, mode="eval").body))
    except ZeroDivisionError as error:
        raise ToolException(f"{expression!r} divides by zero.") from error
    except OverflowError as error:
        raise ToolException(f"{expression!r} is too large to be worked out.") from error
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ToolException(f"{expression!r} cannot be worked out: {error}.") from error


def _ascii_digit(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdecimal() else character


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _bounded(_BINARY[type(op)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*map(_value, args)))
    raise ValueError(f"{ast.unparse(node)!r} is no arithmetic")


def _bounded(value: Any) -> Number:
    if isinstance(value, complex) or value != value:  # noqa: PLR0124 (NaN differs from itself)
        raise ValueError("it has no real value")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise OverflowError
    if isinstance(value, float) and math.isinf(value):
        raise OverflowError
    return value  # type: ignore[no-any-return]


def _written(value: Number) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"
