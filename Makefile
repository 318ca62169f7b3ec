# Portolan. `make help` lists what there is.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)

# Everything is built with the Go that go.mod names, whichever is installed, so that the same
# commit gives the same bytes. It comes through the module proxy, and is checked as modules are.
export GOTOOLCHAIN := $(shell awk '$$1 == "toolchain" { print $$2 }' go.mod)

GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
CRANE    := go run github.com/google/go-containerregistry/cmd/crane@v0.22.1
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
CREATED  := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
LDFLAGS  := -s -w -buildid= -X main.version=$(VERSION)
BUILD    := CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags lambda.norpc -ldflags "$(LDFLAGS)"

# What the command is released for.
PLATFORMS := linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64 windows_arm64

STACK    ?= Portolan
OPERATE  := go build -o build/operate ./scripts/operate && build/operate --stack '$(STACK)'

# Tests of many whole runs, or of many megabytes: too much for the race detector.
WALKS := TestAHostileWriter|TestWithoutTheSeal|TestFingerprintsChangeNothing|TestFloods|TestNoTextOfADocument|TestChaosFindsMutants|TestChaosOfShort|TestWhatLastsChangesNothing|TestHistoriesFindWhatDoesNotLast|TestCallsOfAnAccount|TestCallsWithTagsInBulk|TestStormOnTheRun

GOFILES   = $(shell git ls-files '*.go')
CDK      := npx --no-install cdk

.DEFAULT_GOAL := help
.PHONY: help function commands image push audit release gather try-release registry-login synth cfn-lint deploy diff destroy demo test presubmit lint build e2e bench verify docs man kind fmt clean bootstrap secret invoke plan doctor logs bootstrap-org chaos browser pictures

help: ## Show this help
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: ## Run the function on a simulated AWS Organization and Port, no account needed
	@mkdir -p build/demo
	go run ./scripts/demo

test: ## Run the tests, with the race detector
	go vet ./...
	go test -race -shuffle=on -timeout 20m -skip '$(WALKS)' $$(go list ./... | grep -vE '/infra/estate|/scripts/image')
	go test -shuffle=on -timeout 20m -parallel 8 -run '$(WALKS)' ./internal/resync ./internal/refresh
	go test -shuffle=on ./infra/estate ./scripts/image

presubmit: ## What a change has to pass while you work, in less than a minute once caches are warm
	go run ./scripts/docs -check
	@unformatted=$$(gofmt -l $(GOFILES)) && test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	go test -parallel 12 -skip 'TestChaos|TestManyAccounts|$(WALKS)' $$(go list ./... | grep -vE '/infra/estate|/scripts/image')

chaos: ## Live through 240 random histories of faults, deaths and damage, and runs over 500 accounts
	go test -count=1 -timeout 25m -parallel 8 -run 'TestChaos$$|TestManyAccounts$$' ./internal/resync -args -lives 240 -accounts 500

lint: ## Run the linters (the first time they are compiled, which takes minutes)
	$(GOLANGCI) run ./...
	$(ACTIONLINT)

function: ## Build the function alone, as a deployment does
	GOOS=linux GOARCH=arm64 $(BUILD) -o build/linux-arm64/bootstrap ./lambda

build: function ## Build the function for Lambda (arm64, amd64), zipped, and the command for this machine
	GOOS=linux GOARCH=amd64 $(BUILD) -o build/linux-amd64/bootstrap ./lambda
	$(BUILD) -o build/portolan ./lambda
	go run ./scripts/pack build/linux-arm64 build/portolan-linux-arm64.zip
	go run ./scripts/pack build/linux-amd64 build/portolan-linux-amd64.zip

commands: build ## Build the command for linux, darwin and windows, amd64 and arm64, into build/commands
	rm -rf build/commands
	for platform in $(PLATFORMS); do \
		to=build/commands/$$platform/portolan; mkdir -p $${to%/*}; \
		case $$platform in linux_*) cp "build/linux-$${platform#*_}/bootstrap" $$to || exit 1; continue;; windows_*) to=$$to.exe;; esac; \
		GOOS=$${platform%_*} GOARCH=$${platform#*_} $(BUILD) -o $$to ./lambda || exit 1; \
	done

image: build ## Pack the container image into build/image (an OCI layout), and archives for docker load
	go run ./scripts/image -version '$(VERSION)' -revision '$(REVISION)' -created '$(CREATED)' \
		linux/amd64=build/linux-amd64/bootstrap linux/arm64=build/linux-arm64/bootstrap

push: ## Push the image to a registry: make push IMAGE=registry.example.com/portolan:v1.0.0
	@test -n '$(IMAGE)' || { echo 'which image? make push IMAGE=registry.example.com/portolan:v1.0.0' >&2; exit 2; }
	$(CRANE) push build/image '$(IMAGE)'

registry-login:
	@$(CRANE) auth login '$(REGISTRY)' --username '$(LOGIN)' --password-stdin

audit: build ## Look for known vulnerabilities in what was built (make lint has gosec)
	go run ./scripts/audit $(AUDIT) build/linux-arm64/bootstrap build/linux-amd64/bootstrap

release: audit gather ## Audit and gather a release in build/release: make release VERSION=v1.0.0

gather: image commands node_modules
	$(CDK) synth --quiet --output build/templates -c singleAccount=true
	scripts/release.sh '$(VERSION)' '$(CREATED)'

try-release: ## Unpack this machine's archive of build/release, and try the command in it
	go test -count=1 -tags released ./scripts/pack

e2e: ## Run the built command against moto, an AWS emulator (installed if missing)
	$(BUILD) -o build/portolan ./lambda
	MOTO_SERVER=$$(scripts/moto.sh) go test -tags e2e -count=1 ./scripts/e2e

browser: ## Look at the pages in headless Chromium, as on a desk and on a phone
	scripts/chromium.sh
	go test -tags browser -count=1 ./scripts/browser

pictures: ## Make the pictures of the documentation, docs/pictures, of the demo's estate
	scripts/chromium.sh
	$(BUILD) -o build/portolan ./lambda
	go run ./scripts/pictures

bench: ## Print each measured figure beside its goal; takes twenty minutes
	CGO_ENABLED=0 go build -trimpath -tags lambda.norpc -ldflags "$(LDFLAGS)" -o build/bench/bootstrap ./lambda
	go run ./scripts/bench

verify: ## Check what is generated, the modules and the formatting
	go run ./scripts/docs -check
	go mod tidy -diff
	@unformatted=$$(gofmt -l $(GOFILES)) && test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }

docs: ## Write the generated parts of docs/
	go run ./scripts/docs

man: ## Write the man pages of the command into build/man
	go run -tags man -ldflags '-X main.version=$(VERSION)' ./lambda build/man

kind: ## Begin a new kind: make kind T=AWS::KMS::Key (see CONTRIBUTING.md)
	@go run ./scripts/newkind -type '$(T)' -service '$(S)' -prefix '$(I)'

fmt: ## Format the code
	gofmt -w $(GOFILES)

clean: ## Remove what was built
	rm -rf build

node_modules: package-lock.json
	npm ci --silent && touch node_modules

synth: node_modules ## Write the CloudFormation template to cdk.out
	$(CDK) synth --quiet $(ARGS)

cfn-lint: ## Lint the templates of every mode (cfn-lint is installed if missing)
	scripts/cfnlint.sh

deploy: node_modules ## Create or update the stack: make deploy ARGS='-c alarmEmail=ops@example.com'
	$(CDK) deploy $(ARGS)

diff: node_modules ## Show what a deployment would change
	$(CDK) diff $(ARGS)

destroy: node_modules ## Take the stack down; entities stay in Port
	$(CDK) destroy $(ARGS)

bootstrap: node_modules ## Prepare the account and region for the CDK, once
	$(CDK) bootstrap $(ARGS)

bootstrap-org: ## Prepare the Organization for the deployment, once, from its management account
	@$(OPERATE) bootstrap-org $(ARGS)

secret: ## Put Port's credentials into the secret of the deployed stack
	@$(OPERATE) secret $(ARGS)

invoke: ## Run the deployed function now: make invoke ARGS='--accounts 111122223333'
	@$(OPERATE) invoke $(if $(PAYLOAD),--payload '$(PAYLOAD)') $(ARGS)

plan: ## Have the deployed function say what a resync would change
	@$(OPERATE) plan $(if $(PAYLOAD),--payload '$(PAYLOAD)') $(ARGS)

doctor: ## Have the deployed function look for what would keep a run from working
	@$(OPERATE) doctor $(if $(PAYLOAD),--payload '$(PAYLOAD)') $(ARGS)

logs: ## Show the function's log, until Ctrl-C: make logs ARGS='--since 24h'
	@$(OPERATE) logs $(ARGS)
