#!/bin/sh
# Rewrites the three locks from pyproject.toml, with exact versions and without any address. Run through `make lock`.
# Everything is resolved together first, so that the locks agree on every version.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
: >"$work/everything.txt"

resolve() { # name of the list, requirement
    "$work/venv/bin/python" -m pip --disable-pip-version-check install --quiet --dry-run --ignore-installed \
        --report "$work/$1.json" --constraint "$work/everything.txt" "$2" "setuptools>=77"
    "$work/venv/bin/python" - "$work/$1.json" >"$work/$1.txt" <<'EOF'
import json
import sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
found = [(item["metadata"]["name"], item["metadata"]["version"]) for item in report["install"]]
pins = [f"{name}=={version}" for name, version in found if name != "basis-strategy"]
print("\n".join(sorted(pins, key=str.lower)))
EOF
}

write() { # name of the list, file, description
    {
        echo "# $3"
        echo "# Written by \`make lock\`; do not edit."
        cat "$work/$1.txt"
    } >"$2"
}

resolve all ".[dev,live,sandbox,sandbox-sdk]"
cp "$work/all.txt" "$work/everything.txt"
resolve runtime .
resolve dev ".[dev,live,sandbox]"
grep -vxFf "$work/dev.txt" "$work/all.txt" >"$work/sdk.txt"

write runtime requirements.lock "What the basis command runs on, exactly (setuptools builds the package itself)."
write dev requirements-dev.lock "The runtime, the live and sandbox extras and the development tools, exactly."
write sdk requirements-sdk.lock "What the vendors' own SDKs need besides, exactly."
