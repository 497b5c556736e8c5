"""`plain`: what agents hand over, as plain data that any checkpoint and any wire can hold."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import is_dataclass
from math import isfinite
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from nodes.errors import InvalidValueError
from nodes.schema_fault import place_of

_LEAST, _MOST = -(2**63), 2**64 - 1  # what MessagePack holds, in which checkpoints are written


class _Flaw(NamedTuple):
    what: str
    why: str
    place: tuple[str | int, ...] = ()


def plain(value: Any, whose: str) -> Any:
    """Return a copy of `value` in JSON's types: models, dataclasses, dates and sets become data.

    Raises `InvalidValueError`, naming `whose` value it is, for anything else.
    """
    try:
        _check(value, whose)
        if value is None or type(value) in _CHECKS:
            return value
        data = to_jsonable_python(value, by_alias=True)
        _check(data, whose)  # a model may have made of itself what it likes
    except RecursionError as error:
        why = "it contains itself, or is nested too deeply"
        raise _not_plain(whose, type(value).__name__, why) from error
    except (PydanticSerializationError, ValueError) as error:
        raise _not_plain(whose, type(value).__name__, str(error)) from error
    return data


def _check(value: Any, whose: str) -> None:
    flaw = _flaw(value)
    if flaw is not None:
        where = f" at {place_of(flaw.place)!r}" if flaw.place else ""
        raise _not_plain(whose, flaw.what + where, flaw.why)


def _not_plain(whose: str, what: str, why: str) -> InvalidValueError:
    return InvalidValueError(
        f"{whose} gave {what}, which is not plain data: {why}. "
        "Return text, numbers, lists, dictionaries, dataclasses or Pydantic models."
    )


def _flaw(value: Any) -> _Flaw | None:
    """Find the first thing in `value` that no copy can hold; nothing is used up by looking."""
    check = _CHECKS.get(type(value))
    if check is not None:
        return check(value)
    for key, part in _parts(value):
        flaw = _flaw(part)
        if flaw is not None:
            return flaw._replace(place=(key, *flaw.place))
    if isinstance(value, (Iterator, AsyncIterator)):
        why = "it can be read only once; return a list of what it yields"
        return _Flaw(type(value).__name__, why)
    return None


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple, set, frozenset)):
        return enumerate(value)
    if isinstance(value, BaseModel) or is_dataclass(value):
        return getattr(value, "__dict__", {}).items()
    return ()


def _text_flaw(value: str) -> _Flaw | None:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            return _Flaw("text that is not Unicode", f"character {error.start} is half of a pair")
    return None


def _integer_flaw(value: int) -> _Flaw | None:
    if _LEAST <= value <= _MOST:
        return None
    return _Flaw(f"an integer of {value.bit_length()} bits", "64 is the most; return it as text")


def _float_flaw(value: float) -> _Flaw | None:
    return None if isfinite(value) else _Flaw(str(value), "JSON has finite numbers only")


def _no_flaw(_: Any) -> None:
    return None


_CHECKS: dict[type, Callable[[Any], _Flaw | None]] = {
    str: _text_flaw,
    int: _integer_flaw,
    float: _float_flaw,
    bool: _no_flaw,
}
