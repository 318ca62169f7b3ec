#!/usr/bin/env bash
# Lints the CloudFormation templates of every mode, the StackSet's inner ones
# included, in one region of each partition. The golden templates are what it reads:
# a test holds them equal to what the CDK app makes. Where cfn-lint is missing, it is
# installed into .venv first.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.51.0
lint=$(command -v cfn-lint || true)
if [[ -z $lint ]]; then
	lint=.venv/bin/cfn-lint
	if [[ ! -x $lint ]]; then
		echo "cfn-lint is not installed: installing cfn-lint==$version into .venv" >&2
		if ! { python3 -m venv .venv && .venv/bin/pip install --quiet "cfn-lint==$version"; } >&2; then
			echo "That needs Python 3.9 or newer with venv, and access to PyPI. By hand: pip install cfn-lint==$version" >&2
			exit 1
		fi
	fi
fi

templates=(infra/estate/testdata/*.json infra/machine/testdata/*.json)
# W3005: the CDK writes a dependency out that an attribute already implies.
for region in eu-west-1 us-gov-west-1 cn-north-1; do
	"$lint" --ignore-checks W3005 --regions "$region" -- "${templates[@]}"
	echo "cfn-lint finds nothing in ${#templates[@]} templates in $region"
done
