"""Models by name: what is wrong with a name, what is shared, what is imported when."""

import asyncio
import gc
import subprocess
import sys
from dataclasses import replace

import pytest
from langchain_core.messages import HumanMessage

from nodes.errors import ConfigurationError, ModelAuthError, UnknownModelError
from nodes.models import Models, ModelSettings
from nodes.models.offline import OfflineChatModel
from nodes.place import Place
from tests.wire import GeminiWire, Text

HI = [HumanMessage("Hi")]
HEAVY = ("google.genai", "langchain", "langchain_google_genai", "httpx", "nodes.models.offline")


def test_importing_and_checking_models_imports_no_client():
    code = f"""
import sys
from nodes.models import Models, ModelSettings
models = Models(ModelSettings())
models.model("google_genai:gemini-2.5-flash", fallbacks=["offline"])
try:
    models.check("openai:gpt-4o")
except Exception:
    pass
print([name for name in {HEAVY!r} if name in sys.modules])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpt-4", "Did you mean 'openai:gpt-4'"),
        ("claude-haiku-4-5", "Did you mean 'anthropic:claude-haiku-4-5'"),
        ("gemini-2.5-pro", "Did you mean 'google_genai:gemini-2.5-pro'"),
        ("llama3", "Write it as provider:model"),
        ("googel_genai:gemini-2.5-flash", "Did you mean 'google_genai'"),
        ("google_genai:", "missing after 'google_genai:'"),
        ("openai:", "missing after 'openai:'"),
        ("offline:large", "The built-in model is 'offline'"),
    ],
)
def test_a_name_that_is_wrong_says_what_to_write(name: str, says: str):
    models = Models(ModelSettings())

    with pytest.raises(UnknownModelError, match=says):
        models.check(name)


def test_a_fallbacks_name_is_checked_as_well():
    with pytest.raises(UnknownModelError, match="gpt-4"):
        Models(ModelSettings()).model("offline", fallbacks=["gpt-4"])


def test_without_a_name_it_is_the_default_model(settings: ModelSettings):
    assert Models(settings).model().name == "google_genai:gemini-2.5-flash"


async def test_without_a_key_gemini_says_what_to_set(settings: ModelSettings, place: Place):
    models = Models(replace(settings, google_api_key=None))

    with pytest.raises(ModelAuthError, match="Set GOOGLE_API_KEY"):
        await models.model().answer(HI, place)


async def test_a_client_that_cannot_be_built_is_a_failure_of_the_model(
    models: Models, place: Place
):
    with pytest.raises(Exception, match="temperature must be in the range"):
        await models.model(temperature=9.0).answer(HI, place)


def test_each_event_loop_has_clients_of_its_own(
    gemini: GeminiWire, settings: ModelSettings, place: Place
):
    gemini.default = Text("done")
    models = Models(settings)

    async def ask() -> str:
        answer = await models.model().answer(HI, place)
        await models.aclose()
        return answer.text

    assert [asyncio.run(ask()) for _ in range(2)] == ["done", "done"]


def test_an_event_loop_that_ended_is_forgotten_with_its_clients(place: Place):
    models = Models(ModelSettings())
    loops: list[asyncio.AbstractEventLoop] = []  # as a client's open connections hold it

    async def ask_and_leave() -> None:
        loops.append(asyncio.get_running_loop())
        await models.model().answer(HI, place)

    def clients() -> int:
        gc.collect()
        return sum(type(each) is OfflineChatModel for each in gc.get_objects())

    before = clients()
    asyncio.run(ask_and_leave())
    asyncio.run(ask_and_leave())

    assert clients() == before + 1


async def test_closing_is_allowed_before_and_after_use(
    gemini: GeminiWire, settings: ModelSettings, place: Place
):
    gemini.default = Text("done")
    models = Models(settings)

    await models.aclose()
    await models.model().answer(HI, place)
    await models.aclose()
    again = await models.model().answer(HI, place)
    await models.aclose()

    assert again.text == "done"


def test_a_provider_whose_package_is_missing_is_a_fault_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "langchain_openai", None)  # as if it were not installed

    with pytest.raises(ConfigurationError, match="amrikyy"):
        Models(ModelSettings()).check("openai:gpt-4o")
