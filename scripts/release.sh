#!/usr/bin/env bash
# Gathers a release in build/release, from what `make release` has built: archives of
# the function, the container image, a CloudFormation template, bills of materials,
# notes and checksums. The same commit and version produce the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-}
if [[ ! $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
	echo "VERSION is '$version'; it should be a semantic version: make release VERSION=v1.0.0" >&2
	exit 2
fi
out=build/release
rm -rf "$out"
mkdir -p "$out"

cp build/portolan-linux-*.zip build/portolan-image.tar build/portolan-image-linux-*.tar "$out"

# An Organization's template has the Organization's ids in it: make synth writes that.
cp build/templates/Portolan.template.json "$out/single-account.template.json"

# Trimmed, so that the bill's hashes of the tool are the same on every machine.
for platform in linux-arm64 linux-amd64; do
	go run -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -std -noserial -notimestamp \
		-version "$version" -output "$out/portolan-$platform.cdx.json" "build/$platform/bootstrap"
done

# The version's part of the changelog, or what is not released yet.
awk -v wanted="[${version#v}]" '
	/^## / { if (found) exit; inside = ($2 == wanted); found = inside; next }
	inside' CHANGELOG.md >"$out/NOTES.md"
if [[ ! -s $out/NOTES.md ]]; then
	echo "CHANGELOG.md has no part for ${version#v}: the notes are those of [Unreleased]" >&2
	awk '/^## / { inside = ($2 == "[Unreleased]"); next } inside' CHANGELOG.md >"$out/NOTES.md"
fi

cd "$out"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
"${sum[@]}" $(ls | LC_ALL=C sort) >../SHA256SUMS
mv ../SHA256SUMS .
cat SHA256SUMS
