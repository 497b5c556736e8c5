"""What importing costs, above what LangGraph's own import does: each time in a new process."""

import subprocess
import sys
from statistics import median
from typing import Final

BEFORE: Final = "langgraph.graph, langgraph.types, langchain_core.language_models"
OURS: Final = {"compile_workflow": "graphs.catalog", "Coordinator": "graphs.coordinator"}

_CODE: Final = """
import time
began = time.process_time()
import {before}
between = time.process_time()
import {ours}
print((between - began) * 1000, (time.process_time() - between) * 1000)
"""


def import_times(turns: int) -> dict[str, float]:
    """Return CPU milliseconds: `LangGraph`, and what each entrance of ours adds to it."""
    times: dict[str, list[float]] = {"LangGraph": [], **{name: [] for name in OURS}}
    for _ in range(turns):
        for name, module in OURS.items():
            code = _CODE.format(before=BEFORE, ours=module)
            command = [sys.executable, "-c", code]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own
            before, after = map(float, done.stdout.split())
            times["LangGraph"].append(before)
            times[name].append(after)
    return {name: median(each) for name, each in times.items()}
