"""Tools of MCP servers: real servers, in processes of their own."""

import asyncio
import gc
import socket
import sys
import weakref
from contextlib import asynccontextmanager, closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from nodes.errors import ConfigurationError, ToolError
from nodes.tools.mcp import McpServer
from nodes.tools.toolbox import Toolbox

SERVER = """
import os, sys
from mcp.server.fastmcp import FastMCP
from mcp.shared.exceptions import UrlElicitationRequiredError

transport, port = sys.argv[1], int(sys.argv[2])
server = FastMCP("maps", port=port, log_level="ERROR")

@server.tool()
def search(place: str) -> str:
    "Find a place."
    return f"{place} by {os.environ.get('MAPS_NAME', 'nobody')}, process {os.getpid()}"

@server.tool()
def calculator(expression: str) -> str:
    "Not ours."
    return "theirs"

@server.tool()
def fail() -> str:
    "Fail."
    raise ValueError("no such city: القاهرة")

@server.tool()
def sign_in() -> str:
    "Want a person to sign in."
    raise UrlElicitationRequiredError([])

@server.tool()
def stop() -> str:
    "Stop the server."
    os._exit(3)

server.run(transport=transport)
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "server.py"
    path.write_text(SERVER)
    return str(path)


@pytest.fixture
def stdio(program):
    return McpServer(
        command=sys.executable,
        args=[program, "stdio", "0"],
        env={"MAPS_NAME": SecretStr("خرائط")},
    )


@asynccontextmanager
async def opened(servers, **options):
    toolbox = Toolbox(servers, **options)
    try:
        yield toolbox
    finally:
        await toolbox.aclose()


async def call(tool, **arguments):
    blocks = await tool.ainvoke(arguments)
    return "".join(block["text"] for block in blocks)


async def test_all_tools_of_a_server_or_one_of_them_can_be_named(stdio):
    async with opened({"maps": stdio}) as toolbox:
        every = await toolbox.tools(["mcp:maps"])
        one = await toolbox.tools(["mcp:maps/search"])
        found = await call(one[0], place="القاهرة 🌍")

    assert [tool.name for tool in every] == ["search", "calculator", "fail", "sign_in", "stop"]
    assert found.startswith("القاهرة 🌍 by خرائط, process ")


async def test_a_server_is_started_once_for_all_who_ask(stdio):
    async with opened({"maps": stdio}) as toolbox:
        first, second = await asyncio.gather(
            toolbox.tools(["mcp:maps/search"]), toolbox.tools(["mcp:maps/search"])
        )
        answers = {await call(first[0], place="a"), await call(second[0], place="a")}

    assert len(answers) == 1


async def test_a_name_that_two_have_gets_the_servers_name_before_it(stdio):
    async with opened({"maps": stdio, "more": stdio}) as toolbox:
        both = await toolbox.tools(["calculator", "mcp:maps/calculator", "mcp:more/search"])
        told = await call(both[1], expression="1")

    assert [tool.name for tool in both] == ["calculator", "maps_calculator", "search"]
    assert told == "theirs"


async def test_a_server_without_that_tool_says_what_it_has(stdio):
    async with opened({"maps": stdio}) as toolbox:
        with pytest.raises(ToolError, match=r"'maps' has no tool 'serch'\. Did you mean 'search'"):
            await toolbox.tools(["mcp:maps/serch"])


async def test_a_tool_that_fails_tells_why(stdio):
    async with opened({"maps": stdio}) as toolbox:
        (tool,) = await toolbox.tools(["mcp:maps/fail"])
        message = await tool.ainvoke({"type": "tool_call", "id": "1", "name": "fail", "args": {}})

    assert message.status == "error"
    assert "no such city: القاهرة" in message.text


async def test_a_server_that_refuses_a_call_goes_on(stdio):
    async with opened({"maps": stdio}) as toolbox:
        search, sign_in = await toolbox.tools(["mcp:maps/search", "mcp:maps/sign_in"])
        before = await call(search, place="a")
        with pytest.raises(Exception, match="URL elicitation required"):
            await call(sign_in)
        after = await call(search, place="a")

    assert before == after


async def test_a_server_that_stops_says_so_and_is_started_again(stdio):
    async with opened({"maps": stdio}) as toolbox:
        search, stop = await toolbox.tools(["mcp:maps/search", "mcp:maps/stop"])
        before = await call(search, place="a")
        for tool in (stop, search):
            with pytest.raises(ToolError, match=r"'maps' stopped\. It is started again"):
                await call(tool, place="a")
        again = await toolbox.tools(["mcp:maps/search"])
        after = await call(again[0], place="a")

    assert before != after


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        (
            {"command": "amrikyy-no-such-program"},
            "did not start: .*Check its `command` 'amrikyy-no",
        ),
        ({"command": sys.executable, "args": ["-c", "1"]}, "did not start: .*Connection closed"),
        ({"url": "http://127.0.0.1:9/mcp"}, "did not start: .*Check its `url` 'http://127.0.0.1:9"),
    ],
)
async def test_a_server_that_does_not_start_says_why_and_is_tried_again(server, fault):
    async with opened({"maps": McpServer(**server)}) as toolbox:
        for _ in range(2):
            with pytest.raises(ToolError, match=fault):
                await toolbox.tools(["mcp:maps"])


async def test_an_address_is_told_without_what_may_be_secret_in_it():
    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(403)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        address = f"127.0.0.1:{server.server_port}/mcp"
        try:
            for kind in ("http", "sse"):
                maps = McpServer(url=f"http://me:s3cret@{address}?key=s3cret#s3cret", type=kind)
                async with opened({"maps": maps}) as toolbox:
                    with pytest.raises(ToolError) as refused:
                        await toolbox.tools(["mcp:maps"])

                assert "s3cret" not in str(refused.value)
                assert str(refused.value).endswith(f"Check its `url` 'http://{address}'.")
        finally:
            server.shutdown()
            thread.join()


async def test_a_server_that_says_nothing_is_given_up():
    silent = McpServer(command=sys.executable, args=["-c", "import time; time.sleep(60)"])

    async with opened({"maps": silent}, start_within=0.2) as toolbox:
        with pytest.raises(ToolError, match=r"it did not tell its tools within 0.2 s"):
            await toolbox.tools(["mcp:maps"])


async def test_closing_ends_even_what_is_still_starting():
    silent = McpServer(command=sys.executable, args=["-c", "import time; time.sleep(60)"])
    toolbox = Toolbox({"maps": silent}, start_within=60)
    asking = asyncio.create_task(toolbox.tools(["mcp:maps"]))
    await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await toolbox.aclose()

    with pytest.raises(ToolError, match="was closed before it had started"):
        await asking


def test_each_event_loop_has_its_own_session_and_leaves_nothing(stdio):
    toolbox = Toolbox({"maps": stdio})

    async def ask(close):
        (search,) = await toolbox.tools(["mcp:maps/search"])
        answer = await call(search, place="a")
        if close:
            await toolbox.aclose()
        return answer, weakref.ref(asyncio.get_running_loop())

    answers = [asyncio.run(ask(close=True)), asyncio.run(ask(close=False))]
    gc.collect()

    assert answers[0][0] != answers[1][0]
    assert [loop() for _, loop in answers] == [None, None]


@pytest.mark.parametrize(("transport", "path"), [("streamable-http", "mcp"), ("sse", "sse")])
async def test_a_server_may_be_an_address(program, transport, path):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, program, transport, str(port))
    try:
        await wait_until_open(port)
        server = McpServer(
            url=f"http://127.0.0.1:{port}/{path}", type=transport, headers={"x-key": SecretStr("k")}
        )
        async with opened({"maps": server}) as toolbox:
            (search,) = await toolbox.tools(["mcp:maps/search"])
            found = await call(search, place="Rome")
            process.kill()
            await process.wait()
            with pytest.raises(ToolError, match=r"'maps' stopped\."):
                await call(search, place="Rome")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert found.startswith("Rome by nobody")


async def wait_until_open(port):
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return await writer.wait_closed()


def test_a_server_is_written_as_other_mcp_clients_write_it():
    read = TypeAdapter(dict[str, McpServer]).validate_python
    servers = read(
        {
            "maps": {"command": "npx", "args": ["-y", "maps"], "env": {"KEY": "secret"}},
            "docs": {"type": "sse", "url": "https://example.com", "headers": {"a": "secret"}},
            "bare": {"command": "maps"},
        }
    )

    assert "secret" not in repr(servers)
    assert servers["maps"].connection() == {
        "transport": "stdio",
        "command": "npx",
        "args": ["-y", "maps"],
        "env": {"KEY": "secret"},
        "cwd": None,
    }
    assert servers["docs"].connection()["headers"] == {"a": "secret"}
    assert servers["bare"].connection()["env"] is None


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        ({}, "either a `command` or a `url`"),
        ({"command": "a", "url": "http://a"}, "either a `command` or a `url`"),
        ({"command": "a", "headers": {}}, "with a `command` has no `headers`"),
        ({"url": "http://a", "args": []}, "with a `url` has no `args`"),
        ({"url": "http://a", "type": "stdio"}, "`type: stdio` is for a `command`"),
        ({"command": "a", "type": "http"}, "`type: stdio` is for a `command`"),
        ({"url": "ftp://a"}, "String should match pattern"),
        ({"command": "a", "arg": []}, "Extra inputs are not permitted"),
    ],
)
def test_a_faulty_server_is_refused(server, fault):
    with pytest.raises(ValidationError, match=fault):
        McpServer.model_validate(server)


def test_without_the_optional_packages_their_name_is_told(stdio, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_mcp_adapters", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'amrikyy\[mcp\]'"):
        Toolbox({"maps": stdio}).check(["mcp:maps"])
