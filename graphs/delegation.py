"""How a master says which sub-agents are to run, and with which input."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nodes.errors import InvalidOutputError, close_matches

MOST_CHOICES = 1000
"""Sub-agents that may be chosen in one round."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One sub-agent that is to run; `has_input` tells whether the master gave it one."""

    name: str
    input: Any = None
    has_input: bool = False


def answer_schema(subs: Mapping[str, str], outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON Schema of a master's answer; its description tells the master what to do.

    `subs` is `{name: what it is for}`, `outputs` what those that have run gave.
    """
    listed = "\n".join(
        f"- {name}: {about}" if about else f"- {name}" for name, about in subs.items()
    )
    task = f"Choose which of these work on the request, and tell each what to do:\n{listed}"
    if outputs:
        done = "\n".join(f"- {o['name']}: {o.get('output', o.get('error'))}" for o in outputs)
        task += (
            f"\nThese have worked on it already:\n{done}\n"
            "Choose again only what is still missing; choose none when all is there."
        )
    choice = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "enum": list(subs)},
            "input": {"type": "string", "description": "What it is to do."},
        },
        "required": ["name", "input"],
        "additionalProperties": False,
    }
    return {
        "title": "Delegation",
        "description": task,
        "type": "object",
        "properties": {"subAgents": {"type": "array", "items": choice}},
        "required": ["subAgents"],
        "additionalProperties": False,
    }


def read_choices(answer: Any, known: Collection[str]) -> list[Choice]:
    """Read a master's answer: `{subAgents: [{name, input}]}`, or the list alone, or bare names.

    Raises `InvalidOutputError` for anything else, and for names that nobody has.
    """
    chosen = answer.get("subAgents") if isinstance(answer, Mapping) else answer
    if not isinstance(chosen, list):
        raise InvalidOutputError(
            "The master did not say who is to work. Under `delegation: select` its answer is "
            '{"subAgents": [{"name": …, "input": …}]}; an empty list ends the rounds.'
        )
    if len(chosen) > MOST_CHOICES:
        raise InvalidOutputError(f"The master chose {len(chosen)} times; {MOST_CHOICES} is most.")
    return [_choice(each, known) for each in chosen]


def _choice(each: Any, known: Collection[str]) -> Choice:
    name = each.get("name") if isinstance(each, Mapping) else each
    if not isinstance(name, str) or name not in known:
        raise InvalidOutputError(
            f"The master chose {name!r}, which is none of its sub-agents. "
            f"{close_matches(str(name), known)}"
        )
    if isinstance(each, Mapping) and each.get("input") is not None:
        return Choice(name, each["input"], has_input=True)
    return Choice(name)
