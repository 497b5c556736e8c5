"""How a run ended, told to people and to programs."""

import json
import sys
from typing import Any

from graphs.run import Run
from graphs.telling import Outcome
from nodes.events import wire_data
from server.cli.terminal import clean, one_line, say, screen, write, write_json
from server.cli.timeline import Timeline, Work


def result_of(outcome: Outcome) -> dict[str, Any]:
    """Return the contract's result object, with what the run waits for where it waits."""
    waiting = [wire_data(question) for question in outcome.interrupts]
    return {**outcome.result, **({"interrupts": waiting} if waiting else {})}


def result_so_far(run: Run, timeline: Timeline) -> dict[str, Any]:
    """Return the result object of a run that was cancelled: the nodes that ended, in order."""
    results = [
        {
            "step": number,
            "name": work.name,
            "path": work.path,
            "agent": work.agent,
            "method": work.method,
            "output": work.output,
            "duration": round((work.took or 0) * 1000),
            "success": True,
            "usage": work.usage,
            "cost": work.cost,
        }
        for number, work in enumerate(timeline.ended, start=1)
    ]
    return {
        "workflowId": run.run_id,
        "success": False,
        "strategy": run.strategy,
        "results": results,
        "finalResult": None,
        "error": "The run was cancelled.",
        "code": "cancelled",
        "duration": round(timeline.seconds * 1000),
        "usage": timeline.usage,
        "cost": timeline.cost,
    }


def tell(result: dict[str, Any], timeline: Timeline, *, as_json: bool) -> None:
    """Tell the result: all of it as JSON on stdout, else what was made, and how it ended."""
    if as_json:
        write_json(result)
    elif "error" in result:
        for work in timeline.ended:
            _show_part(work)
    elif not result.get("interrupts"):
        show(result["finalResult"])
    sys.stdout.flush()
    if "error" in result:
        say(f"✗ {result['error']} ({result['code']})")
    elif not result["success"] and not result.get("interrupts"):
        say(f"✗ Some nodes failed: {', '.join(_failed(timeline))}.")


def _failed(timeline: Timeline) -> list[str]:
    works = timeline.works.values()
    return [one_line(work.title) for work in works if work.state == "failed"]


def _show_part(work: Work) -> None:
    title = one_line(work.title)
    if sys.stdout.isatty():
        screen(stderr=False).rule(title, align="left")
    else:
        write(f"── {title} ──")
    show(work.output)


def show(value: Any) -> None:
    """Show a value: text as Markdown in a terminal, all else as JSON."""
    if not isinstance(value, str):
        _show_json(value)
    elif sys.stdout.isatty():
        from rich.markdown import Markdown

        screen(stderr=False).print(Markdown(clean(value)))
    else:
        write(value)


def _show_json(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not sys.stdout.isatty():
        write(text)
        return
    from rich.json import JSON

    # What JSON does not escape by itself could still be obeyed by a terminal.
    screen(stderr=False).print(JSON(clean(text), ensure_ascii=False))
