"""Prints which calls of each vendor's own SDK the local venues answer as the SDK expects.

Run it from the repository's root: ``.venv/bin/python scripts/vendor_sdk_conformance.py [SDK ...] [--calls]``. It ends
with 1 when a call failed. SDKs that are not installed are named and left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from sdk_runs import RUNS, is_installed, run_sdk


def main(arguments: list[str]) -> int:
    """Run the SDKs named, or all, and print a table."""
    wanted = [argument for argument in arguments if not argument.startswith("--")] or list(RUNS)
    unknown = [sdk for sdk in wanted if sdk not in RUNS]
    if unknown:
        print(f"unknown SDK {unknown[0]}; known: {', '.join(RUNS)}", file=sys.stderr)
        return 2
    print(f"{'SDK':<60} {'tried':>6} {'passed':>7}")
    failed = 0
    for sdk in wanted:
        if not is_installed(sdk):
            print(f"{sdk:<60} not installed")
            continue
        run = run_sdk(sdk)
        failed += len(run.problems)
        print(f"{run.sdk:<60} {len(run.calls):>6} {len(run.calls) - len(run.problems):>7}")
        if "--calls" in arguments:
            print("\n".join(f"    {'failed' if call.problem else 'ok    '} {call.name}" for call in run.calls))
        for problem in run.problems:
            print(f"  ! {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
