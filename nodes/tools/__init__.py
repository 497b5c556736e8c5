"""Typed functions that agents may call."""

from collections.abc import Mapping
from typing import Final

from langchain_core.tools import BaseTool

from nodes.tools.calculator import calculator
from nodes.tools.clock import clock

__all__ = ["TOOLS"]

TOOLS: Final[Mapping[str, BaseTool]] = {tool.name: tool for tool in (calculator, clock)}
"""The tools that every agent may name, by name."""
