"""What a person says to an approval: given before, or asked for in the terminal."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from nodes.errors import InvalidInputError
from nodes.events import Interrupted
from server.cli.given import read_value
from server.cli.terminal import clean, is_asked, one_line, say

YES, NO = frozenset({"y", "yes", "نعم"}), frozenset({"n", "no", "لا"})


class Answers:
    """Answers in their order: those that were given first, then those of who sits there."""

    def __init__(self, given: Sequence[str]) -> None:
        self._given = [read_value(text, "--answer") for text in given]

    def to(self, questions: Sequence[Interrupted]) -> dict[str, Any] | None:
        """Return `{interrupt id: answer}`; None where nobody is there to say."""
        answers: dict[str, Any] = {}
        for question in questions:
            faults = question.value.get("faults")
            if faults:
                say("\n".join(["The answer does not fit:", *(f"  {fault}" for fault in faults)]))
            if self._given:
                answers[question.interrupt_id] = self._given.pop(0)
            elif is_asked():
                answers[question.interrupt_id] = ask(question.value)
            else:
                return None
        return answers


def ask(value: Mapping[str, Any]) -> Any:
    """Ask one question in the terminal, and the fields of its form."""
    say(f"\n? {clean(value['question'])}")
    about = value.get("input")
    if about is not None:
        shown = about if isinstance(about, str) else json.dumps(about, ensure_ascii=False, indent=2)
        say("\n".join(f"  │ {line}" for line in clean(shown).splitlines()))
    form = value.get("form") or {}
    fields = form.get("properties", {})
    if "approved" in fields or (form and not fields):
        return _field("answer", form, required=True) if not fields else _fields(form)
    if not _yes_or_no("Approve?"):
        return False
    return _fields(form) if fields else True


def _fields(form: Mapping[str, Any]) -> dict[str, Any]:
    required = form.get("required", [])
    answers: dict[str, Any] = {}
    for name, schema in form["properties"].items():
        value = _field(name, schema, required=name in required)
        if value is not None:
            answers[name] = value
    return answers


def _field(name: str, schema: Any, *, required: bool) -> Any:
    """Ask for one field until it can be read; an empty answer is the default, or leaves it out."""
    about = schema if isinstance(schema, Mapping) else {}
    prompt = one_line(f"{name}{_hint(about)}: ")
    while True:
        text = _input(f"  {prompt} ").strip()
        if not text:
            if "default" in about:
                return about["default"]
            if not required:
                return None
            say("  This one is needed.")
            continue
        try:
            return _read(text, about)
        except InvalidInputError as error:
            say(f"  {error}")


def _hint(schema: Mapping[str, Any]) -> str:
    parts = [str(schema["description"])] if schema.get("description") else []
    if schema.get("enum"):
        parts.append(
            "one of " + ", ".join(json.dumps(e, ensure_ascii=False) for e in schema["enum"])
        )
    elif schema.get("type") == "boolean":
        parts.append("y or n")
    elif schema.get("type") in {"array", "object"}:
        parts.append("as JSON")
    if "default" in schema:
        parts.append(f"otherwise {json.dumps(schema['default'], ensure_ascii=False)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _read(text: str, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "boolean" and text.lower() in YES | NO:
        return text.lower() in YES
    if kind == "string" or text in schema.get("enum", []):
        return text
    return read_value(text, "The answer")


def _yes_or_no(question: str) -> bool:
    while True:
        text = _input(f"  {question} [y/n] ").strip().lower()
        if text in YES | NO:
            return text in YES
        say("  Answer y or n.")


def _input(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:  # Ctrl-D: nobody is going to answer
        raise KeyboardInterrupt
    return line
