# Every target is one script under scripts/, so that it can also be read and run by itself.
.DEFAULT_GOAL := help
.PHONY: help run build test install bench format lint soak

PREFIX ?= /usr/local
export PREFIX DESTDIR TREE KEEP WORK TOOLS CORPORA SCALE FETCH_PEERS

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: ## Back up, verify and restore a sample (or TREE=/some/dir), explained step by step; KEEP=1 keeps the result
	@scripts/demonstrate.sh

build: ## Build the release program: .build/release/safehold
	@scripts/build.sh release

test: ## Build and run all tests
	@scripts/test.sh

install: ## Install the program, manual pages and completions under PREFIX (default /usr/local)
	@scripts/install.sh

bench: ## Measure beside restic, borg, tar: WORK=/fast/disk [TOOLS=safehold,restic] [CORPORA=source] [SCALE=source=1]
	@scripts/bench.sh

format: ## Lay out the Swift sources as .swift-format says
	@scripts/format.sh

lint: ## Check layout, imports and scripts; changes nothing
	@scripts/lint.sh

soak: ## The long tests in full: 200 kills, every byte flipped, a million mutated objects
	@scripts/soak.sh
