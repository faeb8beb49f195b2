#!/bin/sh
# Rewrites requirements.lock and requirements-dev.lock from pyproject.toml, with exact versions and
# without any address. Run through `make lock`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

resolve() { # name of the lock, requirement to install
    "${PYTHON:-python3}" -m venv "$work/$1"
    "$work/$1/bin/python" -m pip --disable-pip-version-check install --quiet "$2" "setuptools>=77"
    {
        echo "# $3"
        echo "# Written by \`make lock\`; do not edit."
        "$work/$1/bin/python" -m pip --disable-pip-version-check freeze --all --exclude basis-strategy --exclude pip |
            grep -E '^[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+$'
    } >"$work/$1.txt"
}

resolve runtime . "What the basis command runs on, exactly (setuptools builds the package itself)."
resolve dev ".[dev]" "The runtime and the development tools, exactly."
mv "$work/runtime.txt" requirements.lock
mv "$work/dev.txt" requirements-dev.lock
