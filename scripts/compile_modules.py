"""Compiles the modules of ``compiled_modules.txt`` with mypyc: ``make compiled``, ``make uncompiled``.

All of them are one group, so that they call each other directly. The result goes to ``_compiled`` in the package, the
stamp last: a build that was broken off is no build.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"
PACKAGE = SOURCES / "basis_strategy_v1"
LIST = ROOT / "scripts" / "compiled_modules.txt"
WORK = ROOT / "build" / "compiled"
GROUP = "basis_core"
# Results must be the interpreter's to the last bit: a product and a sum are rounded one by one.
COMPILER_FLAGS = "-g0 -ffp-contract=off -fvisibility=hidden -fno-asynchronous-unwind-tables"
LINKER_FLAGS = "-s -Wl,--gc-sections,-z,noseparate-code"
STAMPED = ("core", "protocols", "backends/simulated")
"""Folders whose sources compiled modules depend on: types and constants of others become part of their code."""


def listed_modules() -> list[str]:
    """The paths of the list, relative to the package."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def remove(folder: Path) -> None:
    """Remove the compiled modules, the stamp first."""
    (folder / "stamp").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def compile_into(folder: Path) -> None:
    """Compile all listed modules into ``folder``."""
    from mypyc.build import mypycify
    from setuptools import setup

    os.environ["CFLAGS"] = f"{os.environ.get('CFLAGS', '')} {COMPILER_FLAGS}".strip()
    os.environ["LDFLAGS"] = f"{os.environ.get('LDFLAGS', '')} {LINKER_FLAGS}".strip()
    # mypy names modules by their path from where it runs.
    os.chdir(SOURCES)
    options = ["--config-file=", "--ignore-missing-imports", f"--cache-dir={WORK / 'mypy'}"]
    paths = [f"{PACKAGE.name}/{module}" for module in listed_modules()]
    extensions = mypycify(
        [*options, *paths], opt_level="3", debug_level="0", target_dir=str(WORK / "c"), group_name=GROUP
    )
    arguments = ["--quiet", "build_ext", f"--build-lib={folder}", f"--build-temp={WORK / 'objects'}"]
    setup(name=PACKAGE.name, packages=[], ext_modules=extensions, script_args=arguments)


def stamp_of_sources() -> str:
    """What tells these sources from any others."""
    from basis_strategy_v1.compiled_build import stamp_line

    names = [
        path.relative_to(PACKAGE).as_posix() for part in STAMPED for path in sorted((PACKAGE / part).rglob("*.py"))
    ]
    return "".join(map(stamp_line, names))


def main() -> None:
    """Compile, or with ``--remove`` only remove what was compiled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove the compiled modules")
    options = parser.parse_args()
    os.environ["BASIS_COMPILED"] = "0"
    from basis_strategy_v1.compiled_build import FOLDER, STAMP

    target = Path(FOLDER)
    remove(target)
    if options.remove:
        return
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        sys.exit(f"{compiler}, the C compiler, is needed: everything runs without compiled modules, only slower")
    started = time.monotonic()
    print(f"compiling {len(listed_modules())} modules with mypyc and {compiler} (about a minute)", flush=True)
    # Taken before the sources are read: one that is saved meanwhile makes the build unused.
    stamp = stamp_of_sources()
    compile_into(target)
    (target / STAMP).write_text(stamp, encoding="utf-8")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"compiled in {time.monotonic() - started:.0f} s, {size / 1e6:.1f} MB in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
