"""Python functions as tools."""

import threading
from dataclasses import dataclass

import pytest
from langchain_core.tools import tool

from nodes.errors import InvalidValueError, SpecError
from nodes.tools.calculator import calculator
from nodes.tools.python_tools import python_tool


@dataclass
class Rate:
    currency: str
    rate: float


def convert(amount: float, currency: str = "EUR") -> Rate:
    """Convert dollars into another currency."""
    return Rate(currency, amount * 0.9)


async def greet(name: str) -> str:
    return f"مرحبا {name} 👋"


def thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def unplain() -> object:
    return object()


def unknown(value: "NotThere"):  # type: ignore[name-defined]  # noqa: F821
    return value


@tool
def ready(word: str) -> str:
    """Already a tool."""
    return word


@pytest.fixture(autouse=True)
def module(monkeypatch):
    """Make this file a module that can be imported by a short name."""
    import sys

    monkeypatch.setitem(sys.modules, "acme_tools", sys.modules[__name__])


async def test_a_sync_function_is_a_tool_whose_result_is_plain_data():
    made = python_tool("python:acme_tools:convert")

    assert (made.name, made.description) == ("convert", "Convert dollars into another currency.")
    assert sorted(made.args) == ["amount", "currency"]
    assert await made.ainvoke({"amount": 10}) == {"currency": "EUR", "rate": 9.0}


async def test_an_async_function_is_a_tool():
    made = python_tool("python:acme_tools:greet")

    assert made.description == "greet"
    assert await made.ainvoke({"name": "ليلى"}) == "مرحبا ليلى 👋"


async def test_a_sync_function_runs_off_the_loop():
    assert await python_tool("python:acme_tools:thread").ainvoke({}) is False


async def test_a_result_that_is_no_data_is_refused():
    with pytest.raises(InvalidValueError, match="The tool 'unplain' gave object"):
        await python_tool("python:acme_tools:unplain").ainvoke({})


def test_a_langchain_tool_is_left_as_it_is():
    assert python_tool("python:acme_tools:ready") is ready
    assert python_tool("python:nodes.tools.calculator:calculator") is calculator


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("python:acme_tools:missing", "there is no 'missing'"),
        ("python:acme_tools:Rate", "is no function and no LangChain tool"),
        ("python:acme_tools:unknown", "cannot be a tool: .*Annotate its parameters"),
    ],
)
def test_what_cannot_be_a_tool_says_why(name, fault):
    with pytest.raises(SpecError, match=fault):
        python_tool(name)
