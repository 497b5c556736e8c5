"""Tools of MCP servers: how a server is named in a catalog file, and the sessions with it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any, Final, Literal, Self
from weakref import WeakKeyDictionary

from anyio import BrokenResourceError, ClosedResourceError
from langchain_core.tools import BaseTool
from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from nodes.errors import ConfigurationError, ToolError
from nodes.spec import Spec

PREFIX: Final = "mcp:"
START_WITHIN: Final = 30.0  # s until a server has told its tools


class McpServer(Spec):
    """An MCP server: a program to start, or an address. The keys are those MCP clients share."""

    type: Literal["stdio", "http", "streamable-http", "sse"] | None = None
    """How to talk to it; by default `stdio` to a `command` and `http` to a `url`."""
    command: str | None = Field(default=None, min_length=1)
    """The program, which talks over its input and output."""
    args: list[str] = Field(default_factory=list)
    """What the program is started with."""
    env: dict[str, SecretStr] = Field(default_factory=dict)
    """Its environment, besides what every program needs; `${NAME}` takes a value from ours."""
    cwd: str | None = None
    """The folder the program is started in."""
    url: str | None = Field(default=None, pattern="^https?://")
    """The server's address."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """HTTP headers of every request."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise PydanticCustomError("mcp", "An MCP server has either a `command` or a `url`.")
        foreign = {"headers"} if self.command else {"args", "env", "cwd"}
        if wrong := sorted(foreign & self.model_fields_set):
            kind = "command" if self.command else "url"
            raise PydanticCustomError(
                "mcp",
                "An MCP server with a `{kind}` has no `{wrong}`.",
                {"kind": kind, "wrong": wrong[0]},
            )
        if self.type is not None and (self.type == "stdio") != (self.command is not None):
            raise PydanticCustomError(
                "mcp", "`type: stdio` is for a `command`, others for a `url`."
            )
        return self

    def connection(self) -> dict[str, Any]:
        """Return the server as `langchain_mcp_adapters` wants it."""
        if self.command is not None:
            return {
                "transport": "stdio",
                "command": self.command,
                "args": self.args,
                "env": _shown(self.env) if self.env else None,
                "cwd": self.cwd,
            }
        transport = "sse" if self.type == "sse" else "streamable_http"
        return {"transport": transport, "url": self.url, "headers": _shown(self.headers)}


def _shown(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}


_URL: Final = re.compile(r"https?://[^\s'\"]+", re.IGNORECASE)


def _bare(url: re.Match[str]) -> str:
    """Return an address without what may be secret in it: who signs in, and its query."""
    scheme, _, rest = re.split("[?#]", url[0])[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def check_installed() -> None:
    """Raise `ConfigurationError` where the optional packages are missing."""
    if find_spec("langchain_mcp_adapters") is None:
        raise ConfigurationError(
            "Tools of MCP servers need optional packages. Install them: pip install 'amrikyy[mcp]'"
        )


@dataclass(slots=True)
class _Session:
    """A session with one server, held by a task of its own, which opens and closes it."""

    tools: asyncio.Future[list[BaseTool]]
    over: asyncio.Event
    holder: asyncio.Task[None] = field(init=False)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Raise `TimeoutError` once the session ends: an answer might be awaited for ever."""
        async with asyncio.timeout(None) as limit:

            def end(_: object) -> None:
                limit.reschedule(0)

            self.holder.add_done_callback(end)
            try:
                yield
            finally:
                self.holder.remove_done_callback(end)


class McpSessions:
    """One session with each server for each event loop: opened when first asked for, then kept.

    A server that stops is started again for the next call of an agent.
    """

    def __init__(
        self, servers: Mapping[str, McpServer], *, start_within: float = START_WITHIN
    ) -> None:
        self.servers = dict(servers)
        self._start_within = start_within
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Session]] = (
            WeakKeyDictionary()
        )

    async def tools(self, server: str) -> list[BaseTool]:
        """Return all tools of a server; raises `ToolError` if it does not start."""
        check_installed()
        loop = asyncio.get_running_loop()
        sessions = self._open.setdefault(loop, {})
        session = sessions.get(server)
        if session is None:
            session = sessions[server] = _Session(loop.create_future(), asyncio.Event())
            # Its own task, as a session is closed by the task that opened it, and outlives this
            # call; in a context of its own, so that it is part of no run's trace.
            session.holder = loop.create_task(self._hold(server, session), context=Context())
            session.holder.add_done_callback(partial(self._end, server, session))
        return await asyncio.shield(session.tools)

    async def aclose(self) -> None:
        """Close this loop's sessions."""
        sessions = list(self._open.get(asyncio.get_running_loop(), {}).values())
        for session in sessions:
            session.over.set()
            if not session.tools.done():
                session.holder.cancel()
        await asyncio.gather(*(session.holder for session in sessions), return_exceptions=True)

    def _end(self, server: str, session: _Session, holder: asyncio.Task[None]) -> None:
        """Tell who still waits for the tools why there will be none."""
        if holder.cancelled():
            failure = ToolError(f"The MCP server {server!r} was closed before it had started.")
        else:
            failure = self._not_started(server, holder.exception())
        with suppress(asyncio.InvalidStateError):  # it had started
            session.tools.set_exception(failure)
        session.tools.exception()  # heard, also if nobody waits any more
        self._forget(server, session)

    async def _hold(self, server: str, session: _Session) -> None:
        """Open the session, keep it until it is over, and close it."""
        sessions, adapters = await asyncio.to_thread(_import)
        connection = self.servers[server].connection()
        async with (
            asyncio.timeout(self._start_within) as limit,
            sessions.create_session(connection) as talk,
        ):
            await talk.initialize()
            session.tools.set_result(
                await adapters.load_mcp_tools(
                    talk, server_name=server, tool_interceptors=[self._watch(server, session)]
                )
            )
            limit.reschedule(None)
            await session.over.wait()

    def _watch(self, server: str, session: _Session) -> Callable[[Any, Any], Awaitable[Any]]:
        """Return what stands around each call: after one that finds the server gone, it is over."""

        async def call(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
            try:
                async with session.alive():
                    return await handler(request)
            except Exception as error:
                if not _is_gone(error):
                    raise
                self._forget(server, session)
                raise ToolError(
                    f"The MCP server {server!r} stopped. It is started again for the next call."
                ) from error

        return call

    def _forget(self, server: str, session: _Session) -> None:
        session.over.set()
        sessions = self._open[asyncio.get_running_loop()]
        if sessions.get(server) is session:
            del sessions[server]

    def _not_started(self, server: str, error: BaseException | None) -> ToolError:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        spec = self.servers[server]
        why = (
            f"it did not tell its tools within {self._start_within:g} s"
            if isinstance(error, TimeoutError)
            else _URL.sub(_bare, str(error)) or type(error).__name__
        )
        url = _URL.sub(_bare, spec.url or "")
        where = f"its `command` {spec.command!r}" if spec.command else f"its `url` {url!r}"
        return ToolError(f"The MCP server {server!r} did not start: {why}. Check {where}.")


def _import() -> tuple[Any, Any]:
    from langchain_mcp_adapters import sessions, tools

    return sessions, tools


def _is_gone(error: Exception) -> bool:
    """Say whether a call failed because nobody is there."""
    from mcp import McpError
    from mcp.types import CONNECTION_CLOSED

    if isinstance(error, McpError):
        return error.error.code == CONNECTION_CLOSED
    return isinstance(error, BrokenResourceError | ClosedResourceError | TimeoutError)
