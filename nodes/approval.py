"""`Approval`: the node where a run waits for a person, holding no process."""

from time import perf_counter
from typing import Any, ClassVar, Literal

from langgraph.types import interrupt
from pydantic import Field
from typing_extensions import override

from nodes.errors import ApprovalExpiredError, Fault, NodeError, RejectedError
from nodes.node import BaseNode, Body, Names
from nodes.place import Place
from nodes.schema import JsonSchema, explain
from nodes.state import NodeResult

EXPIRED = {"expired": True}
"""What a run is resumed with when nobody answered in time."""


class Approval(BaseNode):
    """Ask a person; the answer is the node's output, a rejection ends the run."""

    kind: ClassVar[str] = "approval"
    tag: ClassVar[str] = "approval"

    approval: str = Field(min_length=1, max_length=4000)
    """The question."""
    form: JsonSchema | None = None
    """JSON Schema of the answer."""
    expires: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds after which the question is no longer open."""
    on_expire: Literal["reject", "approve", "fail"] = "reject"
    """What an expired question counts as."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the node fails, what it was given goes on in place of its output."""

    @property
    def title(self) -> str:
        return "approval"

    @property
    def identity(self) -> NodeResult:
        return NodeResult(approval=self.approval)

    @override
    def build(self, names: Names) -> Body:
        async def ask(value: Any, place: Place) -> NodeResult:
            place.attempt += 1
            began = perf_counter()
            place.tell_start()
            try:
                answer = place.finish(self._decide(self._answer(value, place)))
            except NodeError as error:
                place.tell_failure(error)
                raise
            place.tell_end(answer, perf_counter() - began)
            return self.identity | NodeResult(output=answer)

        return ask

    def _answer(self, value: Any, place: Place) -> Any:
        """Wait for an answer that fits the form; one that does not is asked for again."""
        question: dict[str, Any] = {
            "question": self.approval,
            "path": place.path,
            "node": place.name,
            "input": value,
        }
        if self.form is not None:
            question["form"] = self.form
        if self.expires is not None:
            question |= {"expires": self.expires, "onExpire": self.on_expire}
        while True:
            answer = interrupt(question)
            faults = self._faults(answer)
            if not faults:
                return answer
            question = {**question, "faults": [str(fault) for fault in faults]}

    def _faults(self, answer: Any) -> list[Fault]:
        """Return what is wrong with an answer; a no, and the end of its time, need no form."""
        if is_rejection(answer) or self._is_expiry(answer):
            return []
        if isinstance(answer, dict) and not isinstance(answer.get("approved", True), bool):
            return [Fault("approved", "This must be true or false.")]
        return [] if self.form is None else explain(self.form, answer)

    def _is_expiry(self, answer: Any) -> bool:
        return self.expires is not None and answer == EXPIRED

    def _decide(self, answer: Any) -> Any:
        if self._is_expiry(answer):
            if self.on_expire == "approve":
                return True
            if self.on_expire == "fail":
                raise ApprovalExpiredError(f"Nobody answered {self.approval!r} in time.")
            raise RejectedError(f"Nobody answered {self.approval!r} in time: it counts as a no.")
        if is_rejection(answer):
            reason = answer.get("reason") if isinstance(answer, dict) else None
            because = f": {reason}" if reason else "."
            raise RejectedError(f"{self.approval!r} was answered with a no{because}")
        return answer


def is_rejection(answer: Any) -> bool:
    """Say whether an answer is a no: `false`, or an object with `approved: false`."""
    return answer is False or (isinstance(answer, dict) and answer.get("approved") is False)
