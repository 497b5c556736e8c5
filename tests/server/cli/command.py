"""The command line as a real process: with pipes, or in a terminal of its own."""

import codecs
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0  # s
FOREIGN = (
    "AMRIKYY_",
    "LANGSMITH_",
    "GOOGLE_",
    "GEMINI_",
    "NO_COLOR",
    "CI",
    "TERM",
    "COLUMNS",
    "LINES",
)


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """Starts `amrikyy` in a folder, with an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "server.cli"]

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        kept = {name: it for name, it in os.environ.items() if not name.startswith(FOREIGN)}
        return kept | {"PYTHONPATH": str(ROOT)} | settings

    def __call__(self, *arguments: str, given: str | bytes = b"", **settings: str) -> Done:
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment(settings),
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def started(self, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def in_terminal(
        self, *arguments: str, rows: int = 30, columns: int = 100, **settings: str
    ) -> Iterator["Terminal"]:
        environment = self.environment({"TERM": "xterm-256color"} | settings)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            # Its controlling terminal, in a session of its own: so Ctrl-C is a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
            start_new_session=True,
        )
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            process.wait()
            os.close(ours)


class Terminal:
    """What a person sees of a process, and types."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self._process, self._ours = process, ours
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.seen = ""
        self._waited_to = 0  # how far of it was waited for

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> None:
        """Read until `text` is seen, after what was waited for before."""
        end = monotonic() + PATIENCE
        while (found := self.seen.find(text, self._waited_to)) < 0:
            if not self._read(end - monotonic()):
                raise AssertionError(f"{text!r} was not seen:\n{self.seen}")
        self._waited_to = found + len(text)

    def wait_for_end(self) -> int:
        """Read all there is, and return the exit status."""
        end = monotonic() + PATIENCE
        while self._read(end - monotonic()):
            pass
        return self._process.wait(timeout=PATIENCE)

    def _read(self, within: float) -> bool:
        if not select.select([self._ours], [], [], max(within, 0))[0]:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # Linux tells so that nobody is left at the other end
            return False
        self.seen += self._decoder.decode(data)
        return bool(data)


def read_until(process: subprocess.Popen[bytes], text: str) -> str:
    """Read lines of stderr until one has `text`."""
    seen = ""
    assert process.stderr is not None
    while text not in seen:
        line = process.stderr.readline().decode()
        assert line, f"{text!r} was not said:\n{seen}"
        seen += line
    return seen


def interrupt(process: subprocess.Popen[bytes], number: int = signal.SIGINT) -> Done:
    """Send a signal, and wait for the end."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return Done(process.returncode, out.decode(), err.decode())
