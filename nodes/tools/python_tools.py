"""Tools that are Python functions, named `python:module:function`."""

import inspect
from functools import wraps
from typing import Any, Final

from langchain_core.tools import BaseTool, StructuredTool

from nodes.errors import Fault, SpecError
from nodes.plain import plain
from nodes.python_agent import load_python

PREFIX: Final = "python:"


def python_tool(name: str) -> BaseTool:
    """Make a tool of `python:module:function`: its parameters are typed, its documentation is told.

    A sync function runs off the loop. Something that is a LangChain tool already is left as it is.
    Raises `SpecError`.
    """
    reference = name.removeprefix(PREFIX)
    target = load_python(reference)
    if isinstance(target, BaseTool):
        return target
    if not inspect.isroutine(target):
        raise _wrong(f"{reference!r} is no function and no LangChain tool.")
    title = target.__name__
    about = inspect.getdoc(target) or title
    try:
        if inspect.iscoroutinefunction(target):
            return StructuredTool.from_function(
                coroutine=_plainly_async(target, title), name=title, description=about
            )
        return StructuredTool.from_function(_plainly(target, title), name=title, description=about)
    except Exception as error:
        raise _wrong(
            f"{reference!r} cannot be a tool: {error}. Annotate its parameters with types that "
            "JSON can hold."
        ) from error


def _wrong(message: str) -> SpecError:
    return SpecError([Fault("", message, "invalid_python")], "tool")


def _plainly(function: Any, title: str) -> Any:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return plain(function(*args, **kwargs), f"The tool {title!r}")

    return call


def _plainly_async(function: Any, title: str) -> Any:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        return plain(await function(*args, **kwargs), f"The tool {title!r}")

    return call
