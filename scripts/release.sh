#!/usr/bin/env bash
# Gathers a release in build/release, from what `make gather` has built: the command for
# each platform, the function, the container image, a CloudFormation template, bills of
# materials, notes and checksums. The same commit and version produce the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-} created=${2:-0}
if [[ ! $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
	echo "VERSION is '$version'; it should be a semantic version: make release VERSION=v1.0.0" >&2
	exit 2
fi
number=${version#v}
out=build/release
rm -rf "$out" build/archives
mkdir -p "$out"

# The version's part of the changelog. v0.0.0 is never released: it tries the release, with the newest part.
awk -v wanted="[$number]" -v any="$([[ $version == v0.0.0 ]] && echo 1 || true)" '
	/^## / { if (found) exit; found = ($2 == wanted || any); next }
	found' CHANGELOG.md >"$out/NOTES.md"
if [[ ! -s $out/NOTES.md ]]; then
	echo "CHANGELOG.md has no part '## [$number]': write it before the release" >&2
	exit 1
fi
if grep -q "^## \[${number//./\\.}\] - unreleased" CHANGELOG.md; then
	echo "CHANGELOG.md says that $number is unreleased: write the date there before the release" >&2
	exit 1
fi

cp build/portolan-linux-*.zip build/portolan-image.tar build/portolan-image-linux-*.tar "$out"

# An Organization's template has the Organization's ids in it: make synth writes that.
cp build/templates/Portolan.template.json "$out/single-account.template.json"

# Trimmed, so that the bill's hashes of the tool are the same on every machine.
mkdir -p build/tools
go build -trimpath -o build/tools/pack ./scripts/pack
GOBIN=$PWD/build/tools go install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
for folder in build/commands/*; do
	name=portolan_${number}_$(basename "$folder")
	binary=$(ls "$folder"/portolan*)
	mkdir -p "build/archives/$name"
	cp "$binary" LICENSE README.md CHANGELOG.md "build/archives/$name"
	cp -R docs/schemas "build/archives/$name"
	kind=tar.gz
	[[ $binary == *.exe ]] && kind=zip
	build/tools/pack -created "$created" "build/archives/$name" "$out/$name.$kind"
	build/tools/cyclonedx-gomod bin -json -std -noserial -notimestamp -version "$version" -output "$out/$name.cdx.json" "$binary"
done

cd "$out"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
"${sum[@]}" $(ls | LC_ALL=C sort) >../SHA256SUMS
mv ../SHA256SUMS .
cat SHA256SUMS
