"""What the results of a fan-out's members make together; for `parallel` and `map`."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.member import ends_run, entry, failed
from graphs.strategy import Done, Strategy
from nodes.errors import MembersFailedError, NodeCancelledError
from nodes.state import NodeResult, Result


def fan_out_result(
    strategy: Strategy,
    done: Done,
    *,
    expected: int,
    wanted: int | None = None,
    fails_fast: bool = False,
    names: Sequence[str] | None = None,
) -> Result:
    """Make the result object of a fan-out of `expected` members; `done` is by their position.

    Some failures leave it without an `error`: what follows goes on, though `success` is false. It
    has an `error` where a failure ends the run or its policy says so, and where too few succeeded.
    """
    visited = [done[position] for position in sorted(done)]
    outputs = [done[n].get("output") if n in done else None for n in range(expected)]
    successes = sum(result["success"] and not result.get("skipped") for result in visited)
    as_wanted = successes >= wanted if wanted else all(result["success"] for result in visited)
    failure = ends_run(visited) or _failure(visited, successes, wanted, fails_fast=fails_fast)
    return strategy.result(
        {"results": [entry(done[n], strategy.numbered, n + 1) for n in sorted(done)]},
        visited,
        success=failure is None and len(visited) == expected and as_wanted,
        final=outputs if names is None else dict(zip(names, outputs, strict=True)),
        failure=failure,
    )


def _failure(
    visited: Sequence[NodeResult], successes: int, wanted: int | None, *, fails_fast: bool
) -> Mapping[str, Any] | None:
    failures = [result for result in visited if failed(result)]
    if wanted is not None and successes >= wanted:
        return None  # the others were cancelled, as nobody wants them any more
    if fails_fast and failures:
        return next((f for f in failures if f["code"] != NodeCancelledError.code), failures[0])
    if wanted is not None:
        return _summary(failures, f"{successes} of the {wanted} wanted successes came.")
    if failures and len(failures) == len(visited):
        return _summary(failures, f"All {len(visited)} failed.")
    return None


def _summary(failures: Sequence[NodeResult], what: str) -> Mapping[str, Any]:
    codes = {failure["code"] for failure in failures}
    code = codes.pop() if len(codes) == 1 else MembersFailedError.code
    if len(failures) == 1:
        return {"error": failures[0]["error"], "code": code}
    first = next((f for f in failures if f["code"] != NodeCancelledError.code), None)
    told = f" The first failure: {first['error']}" if first is not None else ""
    return {"error": what + told, "code": code}
