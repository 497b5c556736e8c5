"""`Models`: the models of a process by name, with their clients and how many may call at once."""

import asyncio
from asyncio import AbstractEventLoop
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from nodes.errors import AmrikyyError, UnknownModelError, close_matches
from nodes.models.call import Connection, Target
from nodes.models.google import Google
from nodes.models.model import Model
from nodes.models.offline_provider import Offline
from nodes.models.provider import Provider
from nodes.models.settings import ModelSettings
from nodes.models.universal import PACKAGES, Universal

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS: Final[dict[str, Callable[[str, ModelSettings], Provider]]] = {
    "google_genai": Google,
    "offline": Offline,
}
"""The providers we know well; any other is `Universal`."""

GUESSES: Final = {
    "claude": "anthropic",
    "gemini": "google_genai",
    "gpt": "openai",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
}


class _Shared:
    """What all models share on one event loop, as clients and semaphores belong to one."""

    def __init__(self, concurrency: int) -> None:
        self.gates = defaultdict[str, asyncio.Semaphore](partial(asyncio.Semaphore, concurrency))
        self._clients: dict[tuple[str, float | None], tuple[Provider, BaseChatModel]] = {}
        self._building = asyncio.Lock()

    async def client(
        self, provider: Provider, name: str, temperature: float | None
    ) -> "BaseChatModel":
        """The client of a model; it is built once, in a thread, as that imports much."""
        key = (name, temperature)
        async with self._building:
            if key not in self._clients:
                chat = await asyncio.to_thread(_build, provider, name, temperature)
                self._clients[key] = (provider, chat)
            return self._clients[key][1]

    async def aclose(self) -> None:
        for provider, chat in self._clients.values():
            await provider.close(chat)


class Models:
    """All models of a process. Close it on each event loop where it was used."""

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self._shared = WeakKeyDictionary[AbstractEventLoop, _Shared]()

    def model(
        self,
        name: str | None = None,
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        timeout: float | None = None,
        fallbacks: Sequence[str] = (),
    ) -> Model:
        """Return the model of that name, or the default one; raises what `check` raises.

        Args:
            timeout: seconds for one call of one model with its retries.
            fallbacks: models to ask in this order where the one before fails.
        """
        target, *others = (
            Target(
                name=each,
                provider=(provider := self._provider(each)),
                connect=partial(self._connect, each, provider, temperature),
                timeout=self.settings.timeout if timeout is None else timeout,
                max_tokens=max_tokens,
            )
            for each in (name or self.settings.default, *fallbacks)
        )
        return Model(target, *others)

    def check(self, name: str) -> None:
        """Raise what is wrong with a model's name: no call is made, no client imported.

        Raises:
            UnknownModelError: it is not `provider:model`, or there is no such provider.
            ConfigurationError: the provider's package is not installed.
        """
        self._provider(name)

    async def aclose(self) -> None:
        """Close the clients of the running event loop; a later call opens new ones."""
        shared = self._shared.pop(asyncio.get_running_loop(), None)
        if shared is not None:
            await shared.aclose()

    def _provider(self, name: str) -> Provider:
        provider, colon, model = name.partition(":")
        if not colon and provider not in PROVIDERS:
            raise UnknownModelError(f"Unknown model {name!r}. {_full_name(name)}")
        if provider in PROVIDERS:
            found = PROVIDERS[provider](provider, self.settings)
        elif provider in PACKAGES:
            found = Universal(provider)
        else:
            known = {*PROVIDERS, *PACKAGES}
            raise UnknownModelError(
                f"Unknown provider {provider!r} of model {name!r}. {close_matches(provider, known)}"
            )
        found.check(model)
        return found

    async def _connect(
        self, name: str, provider: Provider, temperature: float | None
    ) -> Connection:
        loop = asyncio.get_running_loop()
        if (shared := self._shared.get(loop)) is None:
            self._forget_closed_loops()
            shared = self._shared[loop] = _Shared(self.settings.concurrency)
        chat = await shared.client(provider, name, temperature)
        return Connection(chat, shared.gates[name])

    def _forget_closed_loops(self) -> None:
        # Clients hold on to their loop, so that it is never collected by itself.
        for loop in [loop for loop in self._shared if loop.is_closed()]:
            del self._shared[loop]


def _build(provider: Provider, name: str, temperature: float | None) -> "BaseChatModel":
    try:
        return provider.build(name.partition(":")[2], temperature)
    except AmrikyyError:
        raise
    except Exception as error:
        raise provider.translate(error, name) from error


def _full_name(name: str) -> str:
    """Say how the writer of a name without a provider has to write it."""
    guess = next((GUESSES[start] for start in GUESSES if name.startswith(start)), None)
    if guess is None:
        return "Write it as provider:model, such as 'google_genai:gemini-2.5-flash'."
    return f"Did you mean '{guess}:{name}'?"
