# CreditExchange: build, run, test. `make help` lists what there is.
SHELL := /bin/bash
CONFIGURATION ?= Release
export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1
export DOTNET_CLI_USE_MSBUILD_SERVER = 0
export MSBUILDDISABLENODEREUSE = 1
DOTNET_ENVIRONMENT ?= Development

.PHONY: help build run test bench lint clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

build: ## the programs, at artifacts/hub/CreditExchange.Hub and artifacts/cx/cx
	dotnet publish src/CreditExchange.Hub -c $(CONFIGURATION) -o artifacts/hub -v quiet --nologo
	dotnet publish src/CreditExchange.Cli -c $(CONFIGURATION) -o artifacts/cx -v quiet --nologo

run: build ## serve on the embedded default: gRPC on 7080, health and metrics on 7081
	DOTNET_ENVIRONMENT=$(DOTNET_ENVIRONMENT) exec artifacts/hub/CreditExchange.Hub

clean: ## remove what was built
	rm -rf artifacts
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
