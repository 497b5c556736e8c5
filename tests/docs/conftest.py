"""What the tests of the documents share: a folder like the reader's."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, save_files


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Path]]:
    """Give the folder of somebody who has saved the files of a page, and works there."""
    known = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def work(page: Path) -> Path:
        save_files(page, tmp_path)
        return tmp_path

    yield work
    for name in set(sys.modules) - known:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command `amrikyy` of this checkout, installed or not."""
    script = tmp_path_factory.mktemp("bin") / "amrikyy"
    main = "from server.cli import main; main()"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}:$PYTHONPATH" exec "{sys.executable}" -c "{main}" "$@"\n'
    )
    script.chmod(0o755)
    return script
