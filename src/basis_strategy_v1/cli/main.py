"""The process entry: whatever happens, a person sees one line, and the exit code says how it went."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from basis_strategy_v1.cli.process import tune_process

DEBUG_OPTION = "--debug"
INTERRUPTED = 130
OUTPUT = "standard output"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ``basis`` command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C, 1 otherwise.

    ``arguments`` are the process's own when omitted.
    """
    tune_process()
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG_OPTION in given or os.environ.get("BASIS_LOG_LEVEL", "").upper() == "DEBUG"
    code = 0
    try:
        _require_output()
        code = _run([argument for argument in given if argument != DEBUG_OPTION] or ["--help"])
        _flush_output()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`basis modes | head`): what is still buffered has no reader, and the
        # work itself was done. How it ended stays told: a live run's supervisor goes by that.
        _discard(sys.stdout)
    except Exception as error:  # noqa: BLE001 - the process entry: no traceback ever reaches a person unasked
        from basis_strategy_v1.cli.failures import report_failure

        # Output that cannot be written hides no worse end.
        failed = report_failure(error, debug=debug)
        code = code or failed
        _flush_or_discard(sys.stdout)
    if code == INTERRUPTED:
        print("Interrupted: nothing half-written was left behind.", file=sys.stderr)
    _flush_or_discard(sys.stderr)
    return code


def _require_output() -> None:
    """Refuse to work for nobody: without standard output the interpreter throws away all that is printed.

    Raises:
        OSError: EBADF.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed", OUTPUT)


def _flush_output() -> None:
    """Write what is still buffered, while an error can still be told in one line.

    Raises:
        OSError: with standard output as its file.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, OUTPUT) from error


def _flush_or_discard(stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Let the interpreter flush at its end into nothing: it would complain, and end with a status of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(arguments: list[str]) -> int:
    from click.exceptions import Abort, Exit

    from basis_strategy_v1.cli.application import application

    # Not through `Command.main`, which has its own idea of what Ctrl-C and a reader that has gone mean.
    command = application()
    try:
        with command.make_context("basis", arguments) as context:
            code = command.invoke(context)
    except Exit as left:  # the help or the version was asked for
        return left.exit_code
    except Abort:  # Ctrl-C at a question
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
