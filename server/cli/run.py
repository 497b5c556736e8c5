"""`amrikyy run`: a workflow, run to its end and followed."""

import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from server.cli.terminal import only_results, say

if TYPE_CHECKING:
    from graphs.options import Options
    from server.cli.target import Target
    from server.settings import Settings

OFFLINE: Final = (
    "No model is configured: answers are cut from your own text. Set GOOGLE_API_KEY or "
    "AMRIKYY_MODEL for a real one."
)
OFFLINE_BY_CHOICE: Final = "The model is `offline`: answers are cut from your own text."


def run(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A workflow.")],
    *,
    given: Annotated[
        str | None,
        typer.Option("--input", "-i", metavar="JSON|TEXT|@FILE|-", help="What it works on."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result object, and nothing else.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="For agents that name no model.")
    ] = None,
    workflow: Annotated[
        str | None, typer.Option(help="Which workflow, where the file has several.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="How long it may take.")
    ] = None,
    max_concurrency: Annotated[
        int | None, typer.Option(metavar="N", help="Agent calls at once.")
    ] = None,
    budget_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Tokens it may use.")
    ] = None,
    budget_cost: Annotated[
        float | None, typer.Option(metavar="DOLLARS", help="What it may cost.")
    ] = None,
    budget_model_calls: Annotated[
        int | None, typer.Option(metavar="N", help="Model calls it may make.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="JSON", help="Answer to an approval; once for each, in their order."),
    ] = None,
) -> None:
    """Run a workflow: progress on stderr, the result on stdout.

    Exit status: 0 success, 1 the run failed, 2 bad input, 130 and 143 cancelled.
    """
    from graphs.run import Run
    from server.cli.answers import Answers
    from server.cli.follow import Follower
    from server.cli.given import read_input
    from server.cli.target import find
    from server.settings import Settings

    settings = Settings.load()
    models = replace(settings.models, default=model) if model else settings.models
    limits = {"tokens": budget_tokens, "cost": budget_cost, "modelCalls": budget_model_calls}
    options = _options(
        {"timeout": timeout, "maxConcurrency": max_concurrency, "budget": _given(limits)}
    )
    with only_results() if as_json else nullcontext():  # agents may print
        found = find(target, workflow, settings, models)
        answers = Answers(answer or [])
        value = read_input(given, found.workflow, found.name, target)
        _tell_model(found, settings, chosen=model)
        one = Run(workflow=found.workflow, input=value, name=found.name, options=options)
        status = Follower(one, found.catalog, answers, as_json=as_json).follow()
    sys.exit(status)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _options(values: dict[str, Any]) -> "Options":
    from pydantic import ValidationError

    from graphs.faults import faults_of
    from graphs.options import BudgetLimits, Options
    from nodes.errors import InvalidInputError

    try:
        return Options.model_validate(_given(values))
    except ValidationError as error:
        faults = faults_of(error, "", {"": Options, "budget": BudgetLimits})
        raise InvalidInputError("The options of the run are wrong.", faults) from error


def _tell_model(found: "Target", settings: "Settings", chosen: str | None) -> None:
    """Say once that nobody is asked, where the built-in model answers."""
    from graphs.leaves import walk
    from nodes.agent_call import AgentCall

    agents = {
        leaf.agent
        for _, leaf in walk(found.workflow.root, found.catalog)
        if isinstance(leaf, AgentCall)
    }
    if any(found.catalog.agents[agent].model == "offline" for agent in agents):
        say(OFFLINE_BY_CHOICE if chosen or settings.model else OFFLINE)
