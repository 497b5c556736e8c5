"""The pages people read, and what stands in their code blocks.

The words after a block's language tell how it is tried:

- `file=NAME`: the page's reader saves it so; the other blocks of the page find it there.
- `yaml`: a catalog file or a whole workflow; `yaml node`: one node, or a list of them.
- `yaml wrong`: what has to be refused.
- `python`: a program, which has to run; `text prints` after it is exactly what it prints.
- `python part`: a piece of a program, which has to be Python.
- `sh`: its lines with `amrikyy` have to succeed; with `sh waits` the run waits for a person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

_BLOCK = re.compile(r"^( *)```(\w*) *([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block: where it stands, its language, the words after that, and its text."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        """The name that the reader saves it under."""
        names = [word.removeprefix("file=") for word in self.words if word.startswith("file=")]
        return names[0] if names else None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        indent, language, words, code = match.groups()
        if indent:
            code = re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, language, tuple(words.split()), code)


def blocks(language: str) -> list[Block]:
    """Return all blocks of a language; the Arabic README has the same ones as the English."""
    pages = [page for page in PAGES if page.name != "README.ar.md"]
    return [block for page in pages for block in blocks_of(page) if block.language == language]


def save_files(page: Path, folder: Path) -> None:
    """Save what the page's reader saves."""
    for block in blocks_of(page):
        if block.file is not None:
            (folder / block.file).write_text(block.text, encoding="utf-8")
