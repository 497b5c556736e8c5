"""Python code as agents: what it is handed, how it streams, and what is said when it cannot be."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, partial
from operator import itemgetter

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from nodes.errors import InvalidValueError, NodeError, SpecError
from nodes.place import Place
from nodes.python_agent import CallContext, load_python, python_agent
from nodes.state import Context

WHERE: ContextVar[str] = ContextVar("where", default="nowhere")


@pytest.fixture
def said():
    return []


@pytest.fixture
def place(said):
    def emit(event):
        said.append(event.chunk)

    place = Place(
        path="steps[0]",
        name="pricing",
        context=Context(run_id="run-1"),
        emit=emit,
        finish=lambda output: output,
    )
    place.attempt = 2
    return place


def run(target, value, place, method="run"):
    return python_agent("pricing", target).methods[method].call(value, place)


async def wait_until(fact):
    async with asyncio.timeout(5):
        while not fact():  # noqa: ASYNC110 (the fact changes in another thread)
            await asyncio.sleep(0.001)


class Pricing:
    """Knows what trips cost.

    And more.
    """

    rates = {"EUR": 1}  # noqa: RUF012 (a class as people write it)

    def quote(self, trip):
        """Quote a trip."""
        return {"trip": trip, "price": 100, "on": threading.current_thread().name}

    async def convert(self, amount, context):
        return {"amount": amount, "key": context.idempotency_key}

    @staticmethod
    def double(number):
        return number * 2

    @classmethod
    def name(cls):
        return cls.__name__

    @property
    def broken(self):
        raise AssertionError("a property is no method")

    @cached_property
    def total(self):
        raise AssertionError("a property is no method")

    class Nested:
        pass

    def _private(self):
        pass


async def test_public_methods_of_a_class_are_the_agents_methods(place):
    agent = python_agent("pricing", Pricing)

    assert sorted(agent.methods) == ["convert", "double", "name", "quote"]
    assert agent.description == "Knows what trips cost."
    assert agent.methods["quote"].description == "Quote a trip."
    assert agent.methods["convert"].description == ""
    assert await agent.methods["double"].call(4, place) == 8
    assert await agent.methods["name"].call("ignored", place) == "Pricing"
    assert await agent.methods["convert"].call(5, place) == {"amount": 5, "key": "run-1:steps[0]"}


async def test_a_sync_method_runs_off_the_loop_with_the_callers_context(place):
    WHERE.set("here")

    def where(_):
        return [WHERE.get(), threading.current_thread() is threading.main_thread()]

    assert await run(where, None, place) == ["here", False]


CALLS = [
    (lambda value: value, "é"),
    (partial(max, "a"), "é"),
    (itemgetter(0), "é"),
    ("prefix {}".format, "prefix é"),
    (print, None),
    (lambda *values: list(values), ["é"]),
    (lambda value=None: value, "é"),
    (lambda: "nothing asked", "nothing asked"),
    (lambda value, retries=3: [value, retries], ["é", 3]),
    (lambda value, **more: [value, more], ["é", {}]),
    (lambda value, *, loud=False: [value, loud], ["é", False]),
    (lambda value, context=None: [value, context.attempt], ["é", 2]),
    (lambda value, about: [value, about.path], ["é", "steps[0]"]),
]


@pytest.mark.parametrize(("target", "output"), CALLS, ids=range(len(CALLS)))
async def test_a_function_is_called_with_what_its_parameters_want(target, output, place):
    assert await run(target, "é", place) == output


def only_context(context: CallContext):
    return context.run_id


def context_first(about: "CallContext", value):
    return [about.run_id, value]


async def test_a_parameter_annotated_as_the_context_is_handed_it(place):
    assert await run(only_context, 1, place) == "run-1"
    assert await run(context_first, 1, place) == ["run-1", 1]


async def test_an_object_and_one_that_can_be_called_are_agents(place):
    class Greeter:
        def __init__(self, greeting):
            self.greeting = greeting

        def __call__(self, name):
            return f"{self.greeting} {name}"

        def shout(self, name):
            return name.upper()

    agent = python_agent("greeter", Greeter("مرحبا"), "Says hello.")

    assert sorted(agent.methods) == ["run", "shout"]
    assert agent.description == "Says hello."
    assert await agent.methods["run"].call("🌍", place) == "مرحبا 🌍"


async def test_an_agent_that_changes_its_input_disturbs_nobody(place):
    value = {"items": [1]}

    def change(given):
        given["items"].append(2)
        return given

    assert await run(change, value, place) == {"items": [1, 2]}
    assert value == {"items": [1]}


async def test_output_becomes_plain_data(place):
    @dataclass
    class Price:
        amount: int

    assert await run(lambda _: (Price(3), {"b"}), None, place) == [{"amount": 3}, ["b"]]
    with pytest.raises(InvalidValueError, match=r"pricing.run gave object, which is not plain"):
        await run(lambda _: object(), None, place)


class Trip(BaseModel):
    city: str
    days: int = 3


@dataclass
class Leg:
    to: str


class Budget(TypedDict):
    dollars: float


def plan(trip: Trip):
    return [type(trip).__name__, trip.days]


def fly(leg: "Leg", context):
    return [leg.to, context.run_id]


def spend(budget: Budget):
    return budget


async def test_input_is_validated_into_the_annotated_type(place):
    assert await run(plan, {"city": "Rome", "days": "4"}, place) == ["Trip", 4]
    assert await run(fly, {"to": "Rome"}, place) == ["Rome", "run-1"]
    assert await run(spend, {"dollars": 5}, place) == {"dollars": 5.0}


async def test_input_that_does_not_fit_the_annotated_type_is_told_with_its_places(place):
    with pytest.raises(InvalidValueError) as caught:
        await run(plan, {"days": "many"}, place)

    assert str(caught.value) == (
        "The input does not fit what pricing.run takes:\n"
        "  city: Field required\n"
        "  days: Input should be a valid integer, unable to parse string as an integer"
    )
    with pytest.raises(InvalidValueError, match="input: Input should be a valid dictionary"):
        await run(spend, "text", place)


async def test_annotations_that_are_not_known_or_not_checked_are_left_alone(place):
    def unknown(value: "NotThere"):  # type: ignore[name-defined]  # noqa: F821
        return value

    def plainly(value: int):
        return value

    assert await run(unknown, "a", place) == "a"
    assert await run(plainly, "a", place) == "a"


async def test_an_async_generator_streams_its_text(place, said):
    async def stream(value) -> AsyncIterator[str]:
        for word in value:
            yield word

    assert await run(stream, ["سلام ", "👋"], place) == "سلام 👋"
    assert said == ["سلام ", "👋"]


async def test_a_sync_generator_streams_off_the_loop(place, said):
    threads = set()

    def stream(value) -> Iterator[str]:
        for word in value:
            threads.add(threading.current_thread())
            yield word

    assert await run(stream, ["a", "b", "c"], place) == "abc"
    assert said == ["a", "b", "c"]
    assert threading.main_thread() not in threads


async def test_a_function_that_returns_something_to_wait_for_is_waited_for(place, said):
    async def slow():
        return "waited"

    assert await run(lambda _: slow(), None, place) == "waited"
    assert await run(lambda _: (word for word in "ab"), None, place) == "ab"
    assert said == ["a", "b"]


async def test_only_text_can_be_streamed(place):
    async def numbers():
        yield 1

    for target in (numbers, lambda: (n for n in [1])):
        with pytest.raises(InvalidValueError, match="yielded int"):
            await run(target, None, place)


async def test_a_method_can_say_text_from_any_thread(place, said):
    async def mixed(_, context):
        context.say("a")
        await asyncio.to_thread(context.say, "b")
        return context.attempt

    def sync(_, context):
        context.say("c")
        return "d"

    assert await run(mixed, None, place) == 2
    assert await run(sync, None, place) == "d"
    assert said == ["a", "b", "c"]


async def test_a_cancelled_stream_says_no_more_and_is_closed(place, said):
    go, closed = threading.Event(), threading.Event()

    def stream():
        try:
            yield "a"
            go.wait(5)
            yield "b"
            yield "c"
        finally:
            closed.set()

    task = asyncio.create_task(run(stream, None, place))
    await wait_until(lambda: said)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    await wait_until(closed.is_set)

    assert said == ["a"]


async def test_text_said_after_the_end_is_not_heard(place, said):
    kept = []

    async def keep(_, context):
        kept.append(context)

    await run(keep, None, place)
    kept[0].say("late")

    assert said == []


async def test_a_cancelled_async_stream_is_closed(place, said):
    closed = []

    async def stream():
        try:
            yield "a"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    task = asyncio.create_task(run(stream, None, place))
    await wait_until(lambda: said)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert closed == [True]


async def test_what_a_method_raises_is_left_to_the_node(place):
    def fail(_):
        raise KeyError("price")

    with pytest.raises(KeyError):
        await run(fail, None, place)


async def test_a_sync_method_that_raises_stop_iteration_does_not_hang(place):
    def stop(_):
        return next(iter(()))

    with pytest.raises(RuntimeError, match="raised StopIteration"):
        await run(stop, None, place)


class NeedsArguments:
    def __init__(self, key):
        pass


class Odd:
    def three(self, a, b, c):
        pass

    def keyword(self, a, *, b):
        pass


def test_all_methods_that_cannot_be_called_are_named_at_once():
    with pytest.raises(SpecError) as caught:
        python_agent("odd", Odd)

    assert [str(fault) for fault in caught.value.faults] == [
        "methods.keyword: wants 'b', which no call hands over. A method takes (input), "
        "(input, context) or nothing; give the others defaults.",
        "methods.three: wants 'c', which no call hands over. A method takes (input), "
        "(input, context) or nothing; give the others defaults.",
    ]


def test_a_type_that_cannot_be_checked_is_refused():
    import typing

    class Old(typing.TypedDict):
        a: int

    def method(value: Old):
        pass

    if hasattr(typing, "TypeAliasType"):
        pytest.skip("from Python 3.12 on, typing.TypedDict can be checked")
    with pytest.raises(SpecError, match="Old cannot be checked"):
        python_agent("old", method)


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (NeedsArguments, r"NeedsArguments\(\) raised TypeError: .*make the object and name that"),
        (object, "has no public methods. Give it one, such as `run"),
        (asyncio, "is a whole module"),
    ],
)
def test_what_is_no_agent_is_refused(target, fault):
    with pytest.raises(SpecError, match=fault):
        python_agent("wrong", target)


def test_python_code_is_loaded_by_its_name():
    assert load_python("operator:itemgetter") is itemgetter
    assert load_python("asyncio:Queue.put_nowait") is asyncio.Queue.put_nowait


@pytest.fixture
def modules(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "acme_broken.py").write_text("1 / 0")
    (tmp_path / "acme_exits.py").write_text("raise SystemExit('bye')")
    (tmp_path / "acme_needs.py").write_text("import acme_missing_dependency")
    (tmp_path / "acme_syntax.py").write_text("def f(:")
    (tmp_path / "acme_agents.py").write_text("class Pricing: pass")


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("acme_agents", "names no Python code. Write 'module:attribute'"),
        (":Pricing", "names no Python code"),
        ("acme_agents:", "names no Python code"),
        ("acme_nowhere:Pricing", "there is no module 'acme_nowhere'. Install it, or start where"),
        ("acme_nowhere.agents:Pricing", "there is no module 'acme_nowhere'"),
        ("acme_agents:Pricin", "there is no 'Pricin'. Did you mean 'Pricing'?"),
        ("acme_agents:Pricing.quote", "there is no 'quote'"),
        ("acme_needs:A", "the module needs 'acme_missing_dependency'. Install it."),
        ("acme_broken:A", "raised ZeroDivisionError when it was imported: division by zero"),
        ("acme_exits:A", "raised SystemExit when it was imported: bye"),
        ("acme_syntax:A", "raised SyntaxError when it was imported"),
    ],
)
@pytest.mark.usefixtures("modules")
def test_code_that_cannot_be_loaded_says_why(reference, fault):
    with pytest.raises(SpecError, match=fault):
        load_python(reference)


def test_every_error_of_a_call_is_one_a_node_knows():
    assert issubclass(InvalidValueError, NodeError)


async def test_a_generator_that_an_async_method_returns_streams(place, said):
    async def later(_):
        return (word for word in "ab")

    assert await run(later, None, place) == "ab"
    assert said == ["a", "b"]


@pytest.mark.parametrize("what", [b"x", 5, None])
async def test_only_text_can_be_said(what, place, said):
    async def say(_, context):
        context.say(what)

    with pytest.raises(InvalidValueError, match="Only text can be streamed"):
        await run(say, None, place)
    assert said == []


async def test_a_sync_method_that_exits_does_not_end_the_loop(place):
    def leave(_):
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="raised SystemExit: 3"):
        await run(leave, None, place)
