"""`WorkflowCall`: the node that runs a named workflow."""

from typing import ClassVar, Literal

from pydantic import Field

from nodes.node import BaseNode, Body, Names
from nodes.state import NodeResult


class WorkflowCall(BaseNode):
    """Run a workflow of the catalog, as if it stood here."""

    kind: ClassVar[str] = "workflow"
    tag: ClassVar[str] = "workflow"

    workflow: str = Field(min_length=1, max_length=200)
    """The workflow's name."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the workflow fails, what it was given goes on in place of its output."""

    @property
    def title(self) -> str:
        return self.workflow

    @property
    def identity(self) -> NodeResult:
        return NodeResult(workflow=self.workflow)

    def build(self, names: Names) -> Body:
        return names.workflow_body(self.workflow)
