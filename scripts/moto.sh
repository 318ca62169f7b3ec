#!/usr/bin/env bash
# Prints the path of moto_server, the AWS emulator that the end-to-end test runs
# against. Where it is missing, it is installed into .venv first.
set -euo pipefail
cd "$(dirname "$0")/.."

version=5.2.1
if command -v moto_server; then
	exit
fi
if [[ ! -x .venv/bin/moto_server ]]; then
	echo "moto_server is not installed: installing moto[server]==$version into .venv" >&2
	if ! { python3 -m venv .venv && .venv/bin/pip install --quiet "moto[server]==$version"; } >&2; then
		echo "That needs Python 3.9 or newer with venv, and access to PyPI. By hand: pip install 'moto[server]==$version'" >&2
		exit 1
	fi
fi
echo "$PWD/.venv/bin/moto_server"
