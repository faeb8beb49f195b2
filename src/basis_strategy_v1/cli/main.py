"""The process entry: whatever happens, a person sees one line, and the exit code says how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from basis_strategy_v1.cli.process import tune_process

DEBUG_OPTION = "--debug"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ``basis`` command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C, 1 otherwise.

    ``arguments`` are the process's own when omitted.
    """
    tune_process()
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG_OPTION in given or os.environ.get("BASIS_LOG_LEVEL", "").upper() == "DEBUG"
    try:
        code = _run([argument for argument in given if argument != DEBUG_OPTION] or ["--help"])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # Whoever read our output has seen enough (`basis modes | head`), which typer tells by leaving the process;
        # what is still buffered has no reader, and the work itself was done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - the process entry: no traceback ever reaches a person unasked
        from basis_strategy_v1.cli.failures import report_failure

        code = report_failure(error, debug=debug)
    if code == INTERRUPTED:
        print("Interrupted: nothing half-written was left behind.", file=sys.stderr)
    return code


def _run(arguments: list[str]) -> int:
    from basis_strategy_v1.cli.application import application

    code = application()(arguments, standalone_mode=False, prog_name="basis")
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
