"""`Toolbox`: the tools agents may name: ours, Python functions, and those of MCP servers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from langchain_core.tools import BaseTool

from nodes.errors import Fault, SpecError, ToolError, close_matches
from nodes.tools import TOOLS
from nodes.tools.mcp import PREFIX as MCP
from nodes.tools.mcp import START_WITHIN, McpServer, McpSessions, check_installed
from nodes.tools.python_tools import PREFIX as PYTHON
from nodes.tools.python_tools import python_tool

UNKNOWN_TOOL: Final = "unknown_tool"


class Toolbox:
    """Finds tools by name: `calculator`, `python:module:function`, `mcp:server`, `mcp:server/tool`.

    `allow_python`: whether definitions may name Python code; it is then imported.
    """

    def __init__(
        self,
        mcp_servers: Mapping[str, McpServer] | None = None,
        *,
        allow_python: bool = True,
        start_within: float = START_WITHIN,
    ) -> None:
        self._sessions = McpSessions(mcp_servers or {}, start_within=start_within)
        self._allow_python = allow_python
        self._python_tool = lru_cache(maxsize=None)(python_tool)

    def check(self, names: Sequence[str]) -> list[Fault]:
        """Say what is wrong with names of tools; a fault's path is the place in them, `[0]`.

        Connects to no server. Raises `ConfigurationError` where one is named and the packages
        for MCP are missing.
        """
        wrong = [(index, self._wrong(name)) for index, name in enumerate(names)]
        return [Fault(f"[{index}]", why, UNKNOWN_TOOL) for index, why in wrong if why]

    async def tools(self, names: Sequence[str]) -> list[BaseTool]:
        """Return the tools of these names; raises `ToolError` for a server that does not start."""
        found: dict[int, tuple[BaseTool, str]] = {}  # by identity: a tool named twice is one
        for name in names:
            server = name.removeprefix(MCP).partition("/")[0] if name.startswith(MCP) else ""
            found |= {id(tool): (tool, server) for tool in await self._find(name)}
        return _told_apart(list(found.values()))

    async def aclose(self) -> None:
        """Close the sessions with MCP servers that were opened in this event loop."""
        await self._sessions.aclose()

    def _wrong(self, name: str) -> str | None:
        if name.startswith(MCP):
            return self._wrong_server(name.removeprefix(MCP).partition("/")[0])
        if name.startswith(PYTHON):
            return self._wrong_python(name)
        if name not in TOOLS:
            return (
                f"Unknown tool {name!r}. {close_matches(name, TOOLS)} "
                "Others are named 'mcp:server' or 'python:module:function'."
            )
        return None

    def _wrong_server(self, server: str) -> str | None:
        check_installed()
        if server in self._sessions.servers:
            return None
        hint = close_matches(server, self._sessions.servers)
        return f"Unknown MCP server {server!r}. {hint} Servers are named under `mcpServers`."

    def _wrong_python(self, name: str) -> str | None:
        if not self._allow_python:
            return f"{name!r} is Python code, which only files on the server's disk may name."
        try:
            self._python_tool(name)
        except SpecError as error:
            return error.faults[0].message
        return None

    async def _find(self, name: str) -> Sequence[BaseTool]:
        if why := self._wrong(name):
            raise ToolError(why)
        if name.startswith(PYTHON):
            return [self._python_tool(name)]
        if not name.startswith(MCP):
            return [TOOLS[name]]
        server, _, wanted = name.removeprefix(MCP).partition("/")
        tools = await self._sessions.tools(server)
        if not wanted:
            return tools
        chosen = [tool for tool in tools if tool.name == wanted]
        if not chosen:
            hint = close_matches(wanted, [tool.name for tool in tools])
            raise ToolError(f"The MCP server {server!r} has no tool {wanted!r}. {hint}")
        return chosen


def _told_apart(found: Sequence[tuple[BaseTool, str]]) -> list[BaseTool]:
    """Put the server's name before names that several tools have; raises `ToolError`."""
    counts = Counter(tool.name for tool, _ in found)
    tools = [
        tool.model_copy(update={"name": f"{server}_{tool.name}"})
        if counts[tool.name] > 1 and server
        else tool
        for tool, server in found
    ]
    names = Counter(tool.name for tool in tools)
    if twice := [name for name, count in names.items() if count > 1]:
        raise ToolError(f"Several tools are called {twice[0]!r}. Leave out all but one of them.")
    return tools
