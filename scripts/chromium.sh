#!/usr/bin/env bash
# Makes sure that there is a Chromium, from Debian or Ubuntu if it can be installed.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null; then
		exit 0
	fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "Chromium is not installed; installing Debian's" >&2
	apt-get update -qq
	apt-get install -qq -y chromium >/dev/null
	exit 0
fi
echo "Chromium is not installed: install it (Debian, Ubuntu: apt-get install chromium), then run make browser again" >&2
exit 1
