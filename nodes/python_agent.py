"""Agents that are Python code: a class, an object or a function, whose public methods they do."""

import asyncio
import inspect
from collections.abc import Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from nodes.agent import Agent, Method
from nodes.errors import Fault, InvalidValueError, SpecError, close_matches
from nodes.place import Place
from nodes.plain import plain
from nodes.python_call import CallContext, Signature, read_signature

__all__ = ["CallContext", "load_python", "python_agent"]

_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, partial)
_NO_METHODS = (type, property, cached_property)
# The first leaves who awaits it waiting for ever, the others end the loop.
_NOT_FOR_FUTURES = (StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit)


def load_python(reference: str) -> Any:
    """Import what `module:attribute` names; raises `SpecError` that says what is wrong."""
    module_name, _, attribute = reference.partition(":")
    if not module_name or not attribute:
        raise _wrong(f"{reference!r} names no Python code. Write 'module:attribute'.")
    module = _import(module_name, reference)
    value: Any = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            known = [name for name in dir(value) if not name.startswith("_")]
            raise _wrong(f"{reference!r}: there is no {part!r}. {close_matches(part, known)}")
        value = getattr(value, part)
    return value


def _import(name: str, reference: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise _wrong(
                f"{reference!r}: there is no module {error.name!r}. "
                "Install it, or start where Python finds it (PYTHONPATH)."
            ) from error
        raise _wrong(f"{reference!r}: the module needs {error.name!r}. Install it.") from error
    except (Exception, SystemExit) as error:
        raise _wrong(
            f"{reference!r}: the module raised {type(error).__name__} when it was imported: {error}"
        ) from error


def python_agent(name: str, target: Any, description: str | None = None) -> Agent:
    """Make an agent of a class (made once, without arguments), an object or a function.

    A function, or an object that can be called, is the method `run`. A method takes `(input)`,
    `(input, context)` or nothing; it may be sync (it then runs in a thread), async, or a generator
    of text, which streams. Raises `SpecError` for what cannot be called so.
    """
    about = description if description is not None else _first_line(target)
    functions = _functions(name, target)
    faults: list[Fault] = []
    methods: dict[str, Method] = {}
    for method, function in functions.items():
        try:
            signature = read_signature(function)
        except ValueError as error:
            faults.append(Fault(f"methods.{method}", str(error), "invalid_python"))
        else:
            call = _PythonMethod(f"{name}.{method}", function, signature)
            methods[method] = Method(method, call, _first_line(function))
    if faults:
        raise SpecError(faults, f"agent {name!r}")
    return Agent(name=name, methods=methods, description=about)


def _functions(name: str, target: Any) -> dict[str, Callable[..., Any]]:
    if isinstance(target, _FUNCTIONS):
        return {"run": target}
    if isinstance(target, ModuleType):
        raise _wrong(f"{name!r} is a whole module. Write 'module:attribute'.")
    thing = _made(name, target) if isinstance(target, type) else target
    found = {
        each: getattr(thing, each)
        for each in dir(thing)
        if not each.startswith("_") and _is_method(thing, each)
    }
    if callable(thing):
        found.setdefault("run", thing.__call__)
    if not found:
        raise _wrong(f"{name!r} has no public methods. Give it one, such as `run(self, input)`.")
    return found


def _made(name: str, target: type) -> Any:
    try:
        return target()
    except Exception as error:
        raise _wrong(
            f"{name!r}: {target.__name__}() raised {type(error).__name__}: {error}. "
            "A class is made without arguments; if it needs some, make the object and name that."
        ) from error


def _is_method(thing: Any, name: str) -> bool:
    static = inspect.getattr_static(thing, name)
    return not isinstance(static, _NO_METHODS) and callable(getattr(thing, name))


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0] if _is_documented(thing) else ""


def _is_documented(thing: Any) -> bool:
    """Say whether the documentation is the thing's own, not that of what Python made it from."""
    return isinstance(thing, type) or inspect.getdoc(thing) != inspect.getdoc(type(thing))


def _wrong(message: str) -> SpecError:
    return SpecError([Fault("python", message, "invalid_python")], "agent")


@dataclass(frozen=True, slots=True)
class _PythonMethod:
    """One method of Python code, as `nodes.agent.Method` calls it."""

    title: str
    function: Callable[..., Any]
    signature: Signature

    async def __call__(self, value: Any, place: Place) -> Any:
        given = plain(value, f"{self.title}'s input")  # its own copy, to do with as it likes
        voice = _Voice(place, self.title)
        try:
            call = self.signature.bind(self.function, given, voice.context, self.title)
            result = call() if self.signature.is_async else await _in_thread(call)
            return plain(await self._settle(result, voice), self.title)
        finally:
            voice.hush()

    async def _settle(self, result: Any, voice: "_Voice") -> Any:
        """Wait for a result that is not there yet; the pieces of a generator are said."""
        if inspect.isawaitable(result):
            return await self._settle(await result, voice)
        if inspect.isasyncgen(result):
            pieces: list[Any] = []
            async with aclosing(result):
                async for piece in result:
                    voice.say(piece)
                    pieces.append(piece)
                    await voice.room()
            return "".join(pieces)
        if inspect.isgenerator(result):
            return await _in_thread(lambda: self._say_all(result, voice))
        return result

    def _say_all(self, pieces: Any, voice: "_Voice") -> str:
        said: list[str] = []
        with closing(pieces):
            for piece in pieces:
                if voice.is_hushed:
                    break
                voice.say(piece)
                said.append(piece)
        return "".join(said)


class _Voice:
    """`place.say` for any thread, until the call is over; a thread waits until it was heard."""

    __slots__ = ("_loop", "_place", "_title", "is_hushed")

    def __init__(self, place: Place, title: str) -> None:
        self._place = place
        self._title = title
        self._loop = asyncio.get_running_loop()
        self.is_hushed = False

    def hush(self) -> None:
        self.is_hushed = True

    def context(self) -> CallContext:
        """Return what a method may know of its call."""
        place = self._place
        return CallContext(
            run_id=place.run_id,
            path=place.path,
            attempt=place.attempt,
            idempotency_key=place.idempotency_key,
            say=self.say,
        )

    def say(self, text: Any) -> None:
        """Stream a piece of text; raises `InvalidValueError` for anything else."""
        if not isinstance(text, str):
            raise InvalidValueError(
                f"{self._title} said or yielded {type(text).__name__}. Only text can be streamed; "
                "return other data."
            )
        plain(text, self._title)
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._loop:
            self._say(text)
        else:
            asyncio.run_coroutine_threadsafe(self._say_soon(text), self._loop).result()

    async def _say_soon(self, text: str) -> None:
        self._say(text)
        await self._place.room()

    async def room(self) -> None:
        """Wait while whoever listens is far behind."""
        await self._place.room()

    def _say(self, text: str) -> None:
        if not self.is_hushed:
            self._place.say(text)


async def _in_thread(call: Callable[[], Any]) -> Any:
    """Run `call` off the loop, with this task's context variables."""

    def safe() -> Any:
        try:
            return call()
        except _NOT_FOR_FUTURES as error:
            raise RuntimeError(f"raised {type(error).__name__}: {error}") from error

    return await asyncio.to_thread(safe)
