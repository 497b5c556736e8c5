"""The grammar once more, read as plainly as it can be: what a definition means, without LangGraph.

It works on the mappings that people write, and returns the contract's result object without times,
usage and costs, with the code of an error in place of its sentence.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from nodes.errors import NodeError
from tests.graphs.script import RETRYABLE, Script, code_of

ENDS_RUN = {"rejected", "budget_exceeded"}
STRATEGIES = {
    "steps": "sequential",
    "tasks": "parallel",
    "subAgents": "hierarchical",
    "maxIterations": "loop",
    "cases": "route",
    "over": "map",
}


class Failure(Exception):  # noqa: N818 - a failure of a node, as the glossary has it
    """Why a node failed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def strategy_of(node: Mapping[str, Any]) -> str | None:
    return next((name for key, name in STRATEGIES.items() if key in node), None)


def ask(expression: str, scope: Mapping[str, Any]) -> Any:
    try:
        return jmespath.search(expression, scope)
    except JMESPathError as error:
        raise Failure("invalid_expression") from error


def named(value: str, path: str) -> str:
    return f"{path}.{value}" if path else value


class Group:
    """The members of one fan-out: what they share, and how one of them ends the others."""

    def __init__(self, node: Mapping[str, Any]) -> None:
        wait_for = node.get("waitFor", "all")
        self.wanted = {"all": None, "any": 1}.get(wait_for, wait_for)
        self.fails_fast = "tasks" in node and node.get("onError") == "fail"
        most = node.get("maxConcurrency")
        self.slots = asyncio.Semaphore(most) if most else nullcontext()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.ended: set[asyncio.Task[Any]] = set()
        self.over: float | None = None
        self.moments: list[float] = []
        self.ties = False
        self.successes = 0
        self.loop = asyncio.get_running_loop()
        self.alarm = (
            self.loop.call_later(node["deadline"], self.end) if "deadline" in node else None
        )

    async def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def slotted() -> Any:
            async with self.slots:
                self.moment()
                return await work()

        if self.over is not None:
            raise Failure("cancelled")
        self.moment()
        task = asyncio.ensure_future(slotted())
        self.tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if task in self.ended:
                raise Failure("cancelled") from None
            raise
        finally:
            self.tasks.discard(task)

    def count(self, entry: Mapping[str, Any]) -> None:
        if entry.get("skipped"):
            return
        if entry["success"]:
            self.successes += 1
            if self.successes == self.wanted:
                self.end()
        elif self.fails_fast and entry.get("code", "cancelled") != "cancelled":
            self.end()
        if entry.get("code") != "cancelled":
            self.moment()

    def end(self) -> None:
        if self.over is None:
            self.over = self.loop.time()
            self.ties |= self.over in self.moments
            self.ended |= self.tasks
            for task in self.tasks:
                task.cancel()
            self.over_count = len(self.moments)

    def moment(self) -> None:
        """Take note of the time: who starts or ends just as the group does may do either."""
        now = self.loop.time()
        if self.over == now and len(self.moments) > self.over_count:
            self.ties = True
        self.moments.append(now)


class Reference:
    """Runs a definition; `ties` says that its timing left open what it means."""

    def __init__(self, script: Script, workflows: Mapping[str, Any]) -> None:
        self.script, self.workflows, self.ties = script, workflows, False

    async def run(self, root: Mapping[str, Any], given: Any) -> dict[str, Any]:
        return await self.strategy(root, given, "")

    async def strategy(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        name = strategy_of(node)
        return {"strategy": name, **await getattr(self, f"_{name}")(node, given, path)}

    async def visit(
        self,
        node: Mapping[str, Any],
        incoming: Any,
        scope: Mapping[str, Any],
        path: str,
        group: Group | None = None,
    ) -> dict[str, Any]:
        """Run a node once: the entry it leaves in `results`."""
        entry = {"name": node["name"]} if "name" in node else {}
        value = incoming
        try:
            if "when" in node and not ask(node["when"], scope):
                part = {"output": incoming, "success": True, "skipped": True}
                entry |= self.identity(node) | part
            else:
                if "input" in node:
                    value = node["input"]
                elif "inputTransform" in node:
                    value = ask(node["inputTransform"], scope)
                if group is None:
                    entry |= await self.body(node, value, scope, path)
                else:
                    entry |= await group.run(lambda: self.body(node, value, scope, path))
        except Failure as failure:
            entry |= self.identity(node) | {"code": failure.code, "success": False}
        entry["input"] = value
        if group is not None:
            group.count(entry)
        return entry

    def identity(self, node: Mapping[str, Any]) -> dict[str, Any]:
        if "agent" in node:
            return {"agent": node["agent"], "method": node.get("method", "run")}
        if "workflow" in node:
            return {"workflow": node["workflow"]}
        return {"strategy": strategy_of(node)}

    async def body(
        self, node: Mapping[str, Any], value: Any, scope: Mapping[str, Any], path: str
    ) -> dict[str, Any]:
        def finish(output: Any) -> Any:
            transform = node.get("transform")
            return output if transform is None else ask(transform, {**scope, "result": output})

        if "agent" in node:
            return await self.call(node, value, finish, path)
        async with in_time(node):
            root = self.workflows[node["workflow"]] if "workflow" in node else node
            result = await self.strategy(root, value, path)
        part = {"strategy": result["strategy"]} | self.identity(node) | {"result": result}
        if "code" in result:
            return part | {"code": result["code"], "success": False}
        try:
            output = finish(result["finalResult"])
        except Failure as failure:
            return part | {"code": failure.code, "success": False}
        return part | {"output": output, "success": result["success"]}

    async def call(
        self, node: Mapping[str, Any], value: Any, finish: Callable[[Any], Any], path: str
    ) -> dict[str, Any]:
        retry = node.get("retry", {"maxAttempts": 1})
        for attempt in range(retry["maxAttempts"]):
            try:
                async with in_time(node):
                    output = await self.script.call(node["method"], value, path)
                return self.identity(node) | {"output": finish(output), "success": True}
            except (Failure, NodeError, ValueError) as error:
                failure = error if isinstance(error, Failure) else Failure(code_of(error))
            if attempt + 1 == retry["maxAttempts"] or not _covers(retry, failure.code):
                break
            pause = retry["initialInterval"] * retry["backoffFactor"] ** attempt
            await asyncio.sleep(min(pause, retry["maxInterval"]))
        if "fallback" in node and failure.code != "budget_exceeded":
            return await self.call(node["fallback"], value, finish, path)
        raise failure

    async def _sequential(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        chain = Chain(given)
        for number, step in enumerate(node["steps"]):
            place = named(f"steps[{number}]", path)
            if chain.takes(step, await self.visit(step, chain.current, chain.scope, place)):
                break
        return chain.result()

    async def _loop(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        chain, body = Chain(given), node["body"]
        for number in range(node["maxIterations"]):
            place = named(f"body[{number}]", path)
            if chain.takes(body, await self.visit(body, chain.current, chain.scope, place)):
                break
            if number + 1 == node["maxIterations"] or "until" not in node:
                continue
            try:
                if ask(node["until"], chain.scope):
                    break
            except Failure as failure:
                return chain.result(failure.code)
        return chain.result()

    async def _route(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        chain = Chain(given)
        try:
            value = ask(node["on"], chain.scope)
        except Failure as failure:
            return chain.result(failure.code)
        case = value if isinstance(value, str) and value in node["cases"] else "default"
        place, branch = (
            ("default", node["default"])
            if case == "default"
            else (f"cases.{case}", node["cases"][case])
        )
        entry = await self.visit(branch, given, chain.scope, named(place, path))
        chain.takes(branch, {**entry, "case": case})
        result = chain.result()
        return result | {"success": result["success"] and (entry["success"] or "code" in entry)}

    async def _map(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        try:
            items = ask(node["over"], {"result": given, "input": given, "results": []})
        except Failure as failure:
            return Chain(given).result(failure.code)
        if not isinstance(items, list):
            return Chain(given).result("invalid_input")
        places = [named(f"body[{number}]", path) for number in range(len(items))]
        entries = await self.fan_out(node, [node["body"]] * len(items), items, given, places)
        return _fanned(node, entries, "step")

    async def _parallel(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        tasks = node["tasks"]
        places = [named(f"tasks[{number}]", path) for number in range(len(tasks))]
        entries = await self.fan_out(node, tasks, [given] * len(tasks), given, places)
        return _fanned(node, entries, "task")

    async def fan_out(
        self,
        node: Mapping[str, Any],
        members: Sequence[Mapping[str, Any]],
        inputs: Sequence[Any],
        given: Any,
        places: Sequence[str],
    ) -> list[dict[str, Any]]:
        group = Group(node)
        entries = await side_by_side(
            self.visit(
                member, value, {"result": value, "input": given, "results": []}, place, group
            )
            for member, value, place in zip(members, inputs, places, strict=True)
        )
        if group.alarm is not None:
            group.alarm.cancel()
        self.ties |= group.ties
        return entries

    async def _hierarchical(self, node: Mapping[str, Any], given: Any, path: str) -> dict[str, Any]:
        if node.get("delegation") == "select":
            master, subs = await self._rounds(node, given, path)
        else:
            scope = {"result": given, "input": given, "results": []}
            master = await self.visit(by_name(node["master"]), given, scope, named("master", path))
            subs = []
            if not breaks(node["master"], master):
                work = master.get("output", given) if "code" not in master else given
                subs = await side_by_side(
                    self.visit(
                        by_name(sub),
                        work,
                        {"result": work, "input": given, "results": []},
                        named(f"subAgents[{number}]", path),
                    )
                    for number, sub in enumerate(node["subAgents"])
                )
        shown = {"masterResult": master, "subResults": numbered(subs, "task")}
        failure = next((e["code"] for e in (master, *subs) if e.get("code") in ENDS_RUN), None)
        if failure is None and breaks(node["master"], master):
            failure = master["code"]
        if failure is not None:
            return {**shown, "success": False, "finalResult": None, "code": failure}
        return shown | await self._aggregate(node, given, path, master, subs)

    async def _aggregate(
        self,
        node: Mapping[str, Any],
        given: Any,
        path: str,
        master: Mapping[str, Any],
        subs: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        names = [sub.get("name") for sub in subs]
        outputs: Any = [sub.get("output") for sub in subs]
        if names and all(names) and len(set(names)) == len(names):
            outputs = dict(zip(names, outputs, strict=True))
        handed = given if "code" in master else master["output"]
        parts = {"master": handed, "sub": outputs, "input": given}
        all_well = all(entry["success"] for entry in (master, *subs))
        aggregator = node.get("aggregator", "{master: master, sub: sub}")
        if isinstance(aggregator, str):
            try:
                return {"success": all_well, "finalResult": ask(aggregator, parts)}
            except Failure as failure:
                return {"success": False, "finalResult": None, "code": failure.code}
        call = by_name(aggregator)
        scope = {**parts, "result": parts, "results": []}
        entry = await self.visit(call, parts, scope, named("aggregator", path))
        if breaks(call, entry):
            return {"success": False, "finalResult": None, "code": entry["code"]}
        final = parts if "code" in entry else entry["output"]
        return {"success": all_well and entry["success"], "finalResult": final}

    async def _rounds(
        self, node: Mapping[str, Any], given: Any, path: str
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        members = {sub.get("name") or label(sub): sub for sub in map(by_name, node["subAgents"])}
        places = list(members)
        done: list[dict[str, Any]] = []
        scope = {"result": given, "input": given}
        for round_ in range(node.get("maxRounds", 3)):
            seen = {**scope, "results": numbered(done, "task")}
            place = named(f"master[{round_}]", path)
            master = await self.visit(by_name(node["master"]), given, seen, place)
            chosen = [] if "code" in master else master["output"]
            if not chosen:
                break
            visits = []
            for number, choice in enumerate(chosen):
                name = choice["name"] if isinstance(choice, dict) else choice
                work = choice["input"] if isinstance(choice, dict) else given
                at = named(f"subAgents[{places.index(name)}][{round_}][{number}]", path)
                sees = {"result": work, "input": given, "results": []}
                visits.append(self.visit(members[name], work, sees, at))
            done += [{**entry, "round": round_ + 1} for entry in await side_by_side(visits)]
            if any(entry.get("code") in ENDS_RUN for entry in done):
                break
        return master, done


class Chain:
    """Nodes one after the other: what they hand on, and what they make together."""

    def __init__(self, given: Any) -> None:
        self.given = self.current = given
        self.entries: list[dict[str, Any]] = []
        self.broken: str | None = None

    @property
    def scope(self) -> dict[str, Any]:
        results = numbered(self.entries, "step")
        return {"result": self.current, "input": self.given, "results": results}

    def takes(self, node: Mapping[str, Any], entry: dict[str, Any]) -> bool:
        """Add what a node left; says whether the chain ends with it."""
        self.entries.append(entry)
        if breaks(node, entry):
            self.broken = entry["code"]
        elif "code" not in entry:
            self.current = entry["output"]
        return self.broken is not None

    def result(self, code: str | None = None) -> dict[str, Any]:
        results, code = numbered(self.entries, "step"), self.broken or code
        if code is not None:
            return {"results": results, "success": False, "finalResult": None, "code": code}
        return {"results": results, "success": True, "finalResult": self.current}


def _fanned(node: Mapping[str, Any], entries: Sequence[dict[str, Any]], key: str) -> dict[str, Any]:
    wanted = {"all": 0, "any": 1}.get(node.get("waitFor", "all"), node.get("waitFor"))
    failures = [entry["code"] for entry in entries if "code" in entry]
    successes = sum(entry["success"] and not entry.get("skipped") for entry in entries)
    as_wanted = successes >= wanted if wanted else all(entry["success"] for entry in entries)
    real = [code for code in failures if code != "cancelled"] or failures
    ends = [code for code in failures if code in ENDS_RUN]
    one = failures[0] if len(set(failures)) == 1 else "members_failed"
    final: Any = [entry.get("output") for entry in entries]
    if "tasks" in node and all("name" in task for task in node["tasks"]):
        final = {task["name"]: out for task, out in zip(node["tasks"], final, strict=True)}
    result = {"results": numbered(entries, key), "finalResult": final}
    result["success"] = not ends and as_wanted
    if ends:
        return result | {"success": False, "code": ends[0]}
    if result["success"]:
        return result
    if failures and "tasks" in node and node.get("onError") == "fail":
        return result | {"code": real[0]}
    if wanted or (failures and len(failures) == len(entries)):
        return result | {"code": one}
    return result


def breaks(node: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    tolerant = node.get("onError") == "continue" and entry.get("code") not in ENDS_RUN
    return "code" in entry and not tolerant


def by_name(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read `{name, method}` as the agent call it stands for."""
    if "agent" in node or "workflow" in node or strategy_of(node) or "name" not in node:
        return node
    return {"agent" if key == "name" else key: value for key, value in node.items()}


def label(node: Mapping[str, Any]) -> str:
    return node.get("agent") or node.get("workflow") or strategy_of(node) or ""


def numbered(entries: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{key: number, **entry} for number, entry in enumerate(entries, start=1)]


async def side_by_side(visits: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(visit) for visit in visits]
    return [task.result() for task in tasks]


@asynccontextmanager
async def in_time(node: Mapping[str, Any]) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(node.get("timeout")):
            yield
    except TimeoutError as error:
        raise Failure("timeout") from error


def _covers(retry: Mapping[str, Any], code: str) -> bool:
    return code in (retry.get("on") or RETRYABLE)
