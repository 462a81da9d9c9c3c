# CreditExchange: build, run, test. `make help` lists what there is.
SHELL := /bin/bash
CONFIGURATION ?= Release
export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1
export DOTNET_CLI_USE_MSBUILD_SERVER = 0
export MSBUILDDISABLENODEREUSE = 1
DOTNET_ENVIRONMENT ?= Development

.PHONY: help build run demo-provinces test soak kafka-test traps lint docs contract bench clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

build: ## the programs, at artifacts/hub/CreditExchange.Hub and artifacts/cx/cx
	dotnet publish src/CreditExchange.Hub -c $(CONFIGURATION) -o artifacts/hub -v quiet --nologo $(PUBLISH)
	dotnet publish src/CreditExchange.Cli -c $(CONFIGURATION) -o artifacts/cx -v quiet --nologo $(PUBLISH)

run: build ## serve on the embedded default: gRPC on 7080, health and metrics on 7081
	DOTNET_ENVIRONMENT=$(DOTNET_ENVIRONMENT) exec artifacts/hub/CreditExchange.Hub

demo-provinces: build ## three provinces' hubs on this machine: agreements, exchange, a cut, told as a table
	deploy/demo-provinces.sh

test: ## all tests; ends with "N passed, N failed"
	tests/run.sh

soak: traps ## ROUNDS=300 kills of the hub, at every named step and at random moments
	ROUNDS=$${ROUNDS:-300} tests/own-tmp.sh dotnet test CreditExchange.sln -c $(CONFIGURATION) --nologo --filter Category=Soak --logger "console;verbosity=detailed"

kafka-test: traps ## KAFKA_BOOTSTRAP=host:9092: the streams' tests against real brokers, whose topics of the tests' names they delete
	@[ -n "$$KAFKA_BOOTSTRAP" ] || { echo "KAFKA_BOOTSTRAP is empty: name the brokers, host:port"; exit 2; }
	tests/own-tmp.sh dotnet test tests/CreditExchange.Streaming.Tests -c $(CONFIGURATION) --nologo -- xUnit.ParallelizeTestCollections=false

traps: ## the hub and the cx that the tests kill at named steps, at artifacts/hub-traps and artifacts/cx-traps
	dotnet publish src/CreditExchange.Hub -c Traps -o artifacts/hub-traps -v quiet --nologo $(PUBLISH)
	dotnet publish src/CreditExchange.Cli -c Traps -o artifacts/cx-traps -v quiet --nologo $(PUBLISH)

lint: ## the contract (buf) and the whitespace of the C# files
	artifacts/tools/node_modules/.bin/buf lint
	dotnet format whitespace CreditExchange.sln --verify-no-changes --no-restore

docs: ## rewrite the pages that are made from the contract and the personas
	UPDATE_DOCS=1 dotnet test tests/CreditExchange.Interop.Tests -c $(CONFIGURATION) --nologo --filter FullyQualifiedName~DocsTests

contract: ## after an intended addition to protos: what `buf breaking` compares with from now on
	artifacts/tools/node_modules/.bin/buf build --path protos/creditexchange --exclude-source-info -o protos/creditexchange.v1.binpb

bench: ## the benchmarks; ARGS=... chooses among them
	dotnet run -c Release --project tests/CreditExchange.Benchmarks -- $(ARGS)

clean: ## remove what was built
	rm -rf artifacts
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
