"""What passes the border around foreign code, and what becomes an `AgentError` there."""

import asyncio

import pytest
from langgraph.errors import GraphInterrupt

from nodes.errors import AgentError, InvalidValueError
from nodes.guard import guard


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), KeyError()])
async def test_whatever_an_agent_raises_becomes_an_agent_error(error):
    with pytest.raises(AgentError, match=rf"x\.run raised {type(error).__name__}"), guard("x.run"):
        raise error


async def test_a_cancellation_from_inside_is_the_agents_failure():
    waited_for = asyncio.ensure_future(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(waited_for.cancel)

    with pytest.raises(AgentError, match="was cancelled from inside"), guard("x.run"):
        await waited_for


async def test_our_own_cancellation_passes():
    async def wait():
        with guard("x.run"):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await wait()


async def test_an_agent_cannot_ask_a_person():
    with (
        pytest.raises(AgentError, match="Only an `approval` node"),
        guard("x.run", passes_signals=False),
    ):
        raise GraphInterrupt
    with pytest.raises(GraphInterrupt), guard("a tool"):
        raise GraphInterrupt


def test_a_failure_that_is_ours_and_a_closed_coroutine_pass():
    with pytest.raises(InvalidValueError), guard("x.run"):
        raise InvalidValueError("ours")
    with pytest.raises(GeneratorExit), guard("x.run"):
        raise GeneratorExit
