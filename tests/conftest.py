"""What all tests share."""

import os

import pytest

# LangGraph reads it when it is imported: checkpoints hold plain data, or a test fails.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
