"""Tools are known by their names."""

import pytest

from nodes.errors import ToolError
from nodes.tools import TOOLS
from nodes.tools.mcp import McpServer
from nodes.tools.toolbox import Toolbox

SERVERS = {"maps": McpServer(command="amrikyy-no-such-program")}


def told(toolbox, *names):
    return [str(fault) for fault in toolbox.check(names)]


def test_all_unknown_names_are_told_at_once_and_nothing_is_started():
    names = [
        "calculater",
        "clock",
        "mcp:map",
        "mcp:maps/search",
        "python:nowhere:f",
        "python:math:sqrt",
    ]

    assert told(Toolbox(SERVERS), *names) == [
        "[0]: Unknown tool 'calculater'. Did you mean 'calculator'? "
        "Others are named 'mcp:server' or 'python:module:function'.",
        "[2]: Unknown MCP server 'map'. Did you mean 'maps'? Servers are named under `mcpServers`.",
        "[4]: 'nowhere:f': there is no module 'nowhere'. "
        "Install it, or start where Python finds it (PYTHONPATH).",
    ]


def test_python_code_may_be_forbidden():
    assert told(Toolbox(allow_python=False), "python:math:sqrt") == [
        "[0]: 'python:math:sqrt' is Python code, which only files on the server's disk may name."
    ]


async def test_tools_are_found_by_name_in_the_order_of_the_names():
    tools = await Toolbox().tools(["clock", "calculator", "clock", "python:os.path:basename"])

    assert [tool.name for tool in tools] == ["clock", "calculator", "basename"]
    assert tools[:2] == [TOOLS["clock"], TOOLS["calculator"]]


async def test_an_unknown_tool_cannot_be_had():
    with pytest.raises(ToolError, match=r"Unknown tool 'cloc'\. Did you mean 'clock'"):
        await Toolbox().tools(["cloc"])


async def test_two_tools_of_one_name_are_refused():
    with pytest.raises(ToolError, match="Several tools are called 'basename'"):
        await Toolbox().tools(["python:os.path:basename", "python:ntpath:basename"])
