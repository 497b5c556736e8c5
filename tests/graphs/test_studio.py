"""LangGraph's own server runs what `langgraph.json` exports; its own client gets the same."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from graphs import Catalog, Coordinator

ROOT = Path(__file__).parents[2]
EXPORTED = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
TEXT = "Solar grew 31 percent in 2024. Prices fell by half. مرحبا 🌍 \u202bمن اليمين\u202c"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `langgraph dev` on a free port, with no key and no network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("studio")
    config = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    config["dependencies"], config["env"] = [str(ROOT)], {}
    (folder / "langgraph.json").write_text(json.dumps(config), encoding="utf-8")
    silent = {
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "true",
        "LANGSMITH_TRACING": "false",
        "AMRIKYY_MODEL": "offline",
    }
    command = [
        str(Path(sys.executable).parent / "langgraph"), "dev", "--no-browser", "--no-reload",
        "--port", str(port), "--n-jobs-per-worker", "10",
    ]  # fmt: skip
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | silent, stdout=log, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport) as client:
        while process.poll() is None:
            try:
                if client.get(f"{url}/ok", timeout=1).is_success:
                    return
            except httpx.TransportError:
                continue
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture
async def client(server: str) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=server) as client:
        yield client


def without_ids_and_times(result: Any) -> Any:
    """Return a result as every way of running it gives it."""
    if isinstance(result, dict):
        left = {k: v for k, v in result.items() if k not in {"workflowId", "duration"}}
        return {key: without_ids_and_times(value) for key, value in left.items()}
    if isinstance(result, list):
        return [without_ids_and_times(value) for value in result]
    return result


async def test_every_export_is_listed_and_drawn(client: LangGraphClient):
    assistants = await client.assistants.search(limit=100)

    assert {assistant["graph_id"] for assistant in assistants} == set(EXPORTED)
    for assistant in assistants:
        drawing = await client.assistants.get_graph(assistant["assistant_id"], xray=True)
        names = {node["id"] for node in drawing["nodes"]}
        assert {"__start__", "__end__"} <= names
        assert len(names) > 2


async def test_the_drawing_opens_nested_strategies(client: LangGraphClient):
    drawing = await client.assistants.get_graph("trip-planning", xray=True)

    assert "steps[0]:tasks[0]" in {node["id"] for node in drawing["nodes"]}


async def test_studio_can_edit_a_strategys_definition_and_sees_a_workflows_input(
    client: LangGraphClient,
):
    assistants = {
        a["graph_id"]: a["assistant_id"] for a in await client.assistants.search(limit=99)
    }

    strategy: Any = await client.assistants.get_schemas(assistants["parallel"])
    workflow: Any = await client.assistants.get_schemas(assistants["trip-planning"])

    assert "tasks:" in strategy["context_schema"]["properties"]["definition"]["default"]
    assert workflow["input_schema"]["properties"]["input"]["required"] == ["destination"]


@pytest.mark.parametrize("name", [name for name in EXPORTED if name != "trip-planning"])
async def test_each_strategy_runs_its_example(client: LangGraphClient, name: str):
    text: Any = [TEXT, TEXT] if name == "map" else TEXT
    if name not in {"sequential", "parallel", "hierarchical", "loop", "route", "map"}:
        workflow = Catalog.load().find(name)
        assert workflow.input is not None
        text = workflow.input["examples"][0]

    result: Any = await client.runs.wait(None, name, input={"input": text})

    assert result["success"], result


async def test_a_definition_in_the_context_replaces_the_example(client: LangGraphClient):
    result: Any = await client.runs.wait(
        None,
        "sequential",
        input={"input": TEXT},
        context={"definition": "steps: [{agent: content, method: keywords, name: المفاتيح}]"},
    )

    assert [entry["name"] for entry in result["results"]] == ["المفاتيح"]
    assert result["results"][0]["input"] == TEXT


async def test_python_and_the_server_give_the_same_result(client: LangGraphClient):
    catalog = Catalog.load()
    workflow = catalog.find("trip-planning")
    assert workflow.input is not None
    given = workflow.input["examples"][0]

    there: Any = await client.runs.wait(None, "trip-planning", input={"input": given})
    here = await Coordinator(catalog).execute_workflow("trip-planning", given)

    assert without_ids_and_times(there) == without_ids_and_times(here.to_dict())


async def test_text_streams_from_nested_nodes(client: LangGraphClient):
    chunks: dict[str, str] = {}
    async for part in client.runs.stream(
        None,
        "trip-planning",
        input={"input": {"destination": "لشبونة", "days": 3}},
        stream_mode=["custom"],
        stream_subgraphs=True,
    ):
        if part.event.startswith("custom") and part.data["event"] == "chunk":
            chunks[part.data["path"]] = chunks.get(part.data["path"], "") + part.data["chunk"]

    assert {"steps[0].tasks[0]", "steps[1].master", "steps[2]"} <= chunks.keys()


async def test_a_second_run_on_a_thread_does_not_see_the_first_ones_results(
    client: LangGraphClient,
):
    thread = await client.threads.create()
    broken = {"definition": "steps: [{agent: travel, input: {}, method: run, when: input}]"}

    first: Any = await client.runs.wait(thread["thread_id"], "sequential", input={"input": TEXT})
    second: Any = await client.runs.wait(
        thread["thread_id"], "sequential", input={"input": "short"}, context=broken
    )

    assert len(first["results"]) == 2
    assert len(second["results"]) == 1
