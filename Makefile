# SPDX-License-Identifier: Apache-2.0
#
# The interface of the build. Each target installs what it lacks (tools/install.sh, SKIP_INSTALL=1 turns that off) and
# calls the presets of CMakePresets.json and the tools in tools/. Variables: JOBS, ARGS, SKIP_INSTALL, BACKPORTS,
# LINT_BASE, LINT_SECONDS, FUZZ_SECONDS, FAULT_SECONDS, SCALE, SCHEDULER; docs/development.md says more.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
export JOBS
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export CTEST_PARALLEL_LEVEL := $(JOBS)
FUZZ_SECONDS ?= 300
FAULT_SECONDS ?= 120
ifdef CI
export NO_COLOR := 1
export CLICOLOR := 0
export GTEST_COLOR := no
endif
symbolizer := $(wildcard /usr/lib/llvm-19/bin/llvm-symbolizer)
export ASAN_SYMBOLIZER_PATH := $(symbolizer)
export ASAN_OPTIONS := strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS := print_stacktrace=1
export TSAN_OPTIONS := halt_on_error=1:second_deadlock_stack=1:external_symbolizer_path=$(symbolizer)

install := tools/install.sh
sources := find $(wildcard src tests bpf) -name '*.h' -o -name '*.cpp' -o -name '*.c'
# $(call configure-and-build,PRESET)
configure-and-build = cmake --preset $(1) > /dev/null && cmake --build --preset $(1)
# $(call run-tests,TEST PRESET): fails on a failed test, and on one that is skipped without being expected to
run-tests = ctest --preset $(1) --output-junit $(CURDIR)/build/tests-$(1).xml && \
	tools/check_skips.py build/tests-$(1).xml

.PHONY: help
help:  ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r target what; do \
	  printf '  make %-21s %s\n' "$$target" "$$what"; done

.PHONY: install
install:  ## the Debian packages that build and tests need
	@$(install) build test lint

.PHONY: build
build:  ## everything with tests, unoptimised, in build/dev
	@$(install) build test
	@$(call configure-and-build,dev)

.PHONY: release
release:  ## the binary as it is shipped, build/release/gthulhu
	@$(install) build
	@$(call configure-and-build,release)

.PHONY: run
run: release  ## the release binary as `gthulhu standalone`; ARGS="--data-dir DIR" and the like are passed on
	@exec build/release/gthulhu standalone $(ARGS)

.PHONY: test
test:  ## every test that needs nothing but Debian packages
	@$(install) build test lint
	@$(call configure-and-build,dev)
	@$(call run-tests,dev)

.PHONY: test-real
test-real:  ## tests against real counterparts, now other kernels in QEMU and Kubernetes' API server; BACKPORTS=0 skips these
	@$(install) build test peers real
	@$(call configure-and-build,dev)
	@$(call run-tests,real)

.PHONY: test-kernels
test-kernels:  ## what depends on the kernel, in guests with each of Debian's kernels that have sched_ext; KERNELS="6.16 7.0" for some
	@$(install) build test real
	@$(call configure-and-build,dev)
	@tests/real/every_kernel.sh build/dev/tests/run_queue_meter_contract_test build/dev/tests/processes_contract_test

# Kernel parameters that the kernel does not know are variables of what it starts.
.PHONY: test-scheduler
test-scheduler:  ## our scheduler's long forms, in guests: 100,000 cgroups that come and go, all its tests on eight CPUs and on each kernel that takes it
	@$(install) build test real
	@$(call configure-and-build,dev)
	@$(scheduler-guest) APPEND="tsc_early_khz=1000000 CGROUPS=100000" TIMEOUT=1200 \
	  tests/real/guest_test.sh build/dev/tests/scheduler_test --gtest_filter='*CgroupsThat*'
	@$(scheduler-guest) MEM=2048 SMP=8,sockets=2,cores=2,threads=2 TIMEOUT=600 tests/real/guest_test.sh build/dev/tests/scheduler_test
	@$(scheduler-guest) KERNELS="$(or $(KERNELS),6.16 6.17 6.18 6.19 7.0 7.3)" \
	  tests/real/every_kernel.sh build/dev/tests/scheduler_test build/dev/tests/scheduler_stall_test

scheduler-guest = QEMU_ARGS="-icount shift=3,sleep=off" APPEND=tsc_early_khz=1000000

.PHONY: test-promtool
test-promtool: release  ## /metrics of both servers against the Prometheus project's promtool, which is built out of its Go module
	@$(install) test peers
	@/usr/bin/python3 -W ignore tests/real/promtool_check.py build/release/gthulhu

# In network and process namespaces of its own: bridge and routes between the nodes are nowhere else, and nothing outlives it.
.PHONY: test-nodes
test-nodes: release  ## two real Kubernetes nodes: the decision maker against kubelet and containerd, strategies against the kernel; root, cgroup v1
	@$(install) test peers nodes
	@tests/peers/kube/build.sh nodes
	@cd tests/real && GTHULHU_BINARY=$(CURDIR)/build/release/gthulhu \
	  unshare --net --pid --fork --kill-child --mount-proc /usr/bin/python3 -W ignore -m unittest -v kube_nodes_test kube_chain_test kube_first_exec_test

.PHONY: test-links
test-links: release  ## the long form of the node links' certificates: LINKS_SECONDS=600 of changes, certificates of LINKS_LIFETIME=60 s
	@$(install) test peers
	@cd tests/real && LINKS_SECONDS=$(or $(LINKS_SECONDS),600) LINKS_LIFETIME=$(or $(LINKS_LIFETIME),60) \
	  GTHULHU_BINARY=$(CURDIR)/build/release/gthulhu /usr/bin/python3 -W ignore -m unittest -v kube_links_test

.PHONY: test-informer
test-informer: release  ## the manager against a real API server, the long forms: 20 restarts, FAULT_SECONDS=120 of faults
	@$(install) test peers
	@tests/peers/kube/build.sh control
	@cd tests/real && INFORMER_RESTARTS=20 FAULT_SECONDS=$(FAULT_SECONDS) GTHULHU_BINARY=$(CURDIR)/build/release/gthulhu \
	  /usr/bin/python3 -W ignore -m unittest -v kube_informer_test kube_informer_long_test kube_faults_test

.PHONY: test-long
test-long: release  ## the long forms: kill -9 at 100 random instants, a million process starts, 2000 slow clients; on an otherwise quiet machine
	@$(install) test
	@cmake --build --preset release --target churn_load
	@cd tests/integration && CRASH_ROUNDS=100 CHURN_CYCLES=1000000 CHURN_KILLS=100 SLOW_CLIENTS=2000 BODY_MEGABYTES=1024 \
	  GTHULHU_BINARY=$(CURDIR)/build/release/gthulhu /usr/bin/python3 -W ignore -m unittest -v \
	  test_crash test_http_server test_new_processes test_process_churn test_shares

.PHONY: bench
bench: release  ## what an idle standalone costs: time to the first answer, memory, CPU
	@tests/bench/footprint.py build/release/gthulhu

.PHONY: bench-manager
bench-manager: release  ## what the manager's HTTP server does with a second of CPU; needs Go for the comparison with net/http
	@$(install) bench
	@tests/bench/manager.py build/release/gthulhu

.PHONY: bench-decision-maker
bench-decision-maker: release  ## what it costs a decision maker to serve 10,000 decisions to a scheduler that polls
	@$(install) test bench
	@/usr/bin/python3 tests/bench/decision_maker.py build/release/gthulhu

.PHONY: bench-discovery
bench-discovery: release  ## how soon 1,000 new processes a second are known, and what that costs; on an otherwise quiet machine
	@$(install) test
	@cmake --build --preset release --target discovery_load
	@/usr/bin/python3 tests/bench/discovery.py build/release/gthulhu build/release/discovery_load

.PHONY: bench-run-queue-meter
bench-run-queue-meter: release  ## what counting the waits of pods costs a task that leaves its CPU; root
	@cmake --build --preset release --target run_queue_meter_bench
	@build/release/run_queue_meter_bench

.PHONY: bench-rules
bench-rules: release  ## how soon a rule that is posted to a decision maker is in force, in a guest
	@$(install) test real
	@cmake --build --preset release --target gthulhu rule_in_force
	@tests/bench/rule_in_force.sh build/release/gthulhu build/release/rule_in_force

.PHONY: bench-scheduler
bench-scheduler: release  ## what ways to favour pods do to them and to others, in guests; SCHEDULER="--arms stock,cfs --loads all" and the like are passed on
	@$(install) test real
	@cmake --build --preset release --target scheduler_bench
	@/usr/bin/python3 tests/bench/scheduler.py build/release/scheduler_bench $(SCHEDULER)

.PHONY: bench-scheduler-cost
bench-scheduler-cost: release  ## what our scheduler costs: each BPF program by the verifier's count and by its time, and the decision maker when idle, in guests
	@$(install) test real
	@cmake --build --preset release --target scheduler_bench
	@/usr/bin/python3 tests/bench/scheduler_cost.py build/release/scheduler_bench build/release/gthulhu

.PHONY: bench-manager-load
bench-manager-load: release  ## what the manager does under load: logins, reads beside writes, a long audit log; on an otherwise quiet machine
	@tests/bench/manager_load.py build/release/gthulhu

.PHONY: bench-preview
bench-preview: release  ## how long a preview takes with 100,000 pods and 1,000 strategies
	@cmake --build --preset release --target preview_bench
	@build/release/preview_bench

.PHONY: bench-scale
bench-scale: release  ## the manager with 1,000 nodes, 100,000 pods, 1,000 strategies, all simulated; SCALE="--report-only" and the like are passed on
	@cmake --build --preset release --target scale_load
	@/usr/bin/python3 tests/scale/scale.py $(SCALE) build/release/gthulhu build/release/scale_load

.PHONY: bench-scale-real
bench-scale-real: release  ## the same with 10,000 pods at a real API server; SCALE as above
	@$(install) test peers
	@tests/peers/kube/build.sh control
	@cmake --build --preset release --target scale_load
	@/usr/bin/python3 -W ignore tests/scale/scale.py --api-server real $(SCALE) build/release/gthulhu build/release/scale_load

.PHONY: sanitize
sanitize:  ## all tests under ASan and UBSan, those of net, app and adapters under TSan, fuzz targets for 10 s each
	@$(install) build test
	@$(call configure-and-build,asan)
	@$(call run-tests,asan)
	@$(call configure-and-build,tsan)
	@$(call run-tests,tsan)
	@$(call configure-and-build,fuzz)
	@tests/fuzz/run.py

.PHONY: fuzz
fuzz:  ## fuzz targets for FUZZ_SECONDS=300 each; what they find is kept in build/fuzz
	@$(install) build test
	@$(call configure-and-build,fuzz)
	@tests/fuzz/run.py --seconds $(FUZZ_SECONDS)

.PHONY: format
format:  ## lays out all C and C++ sources
	@$(install) lint
	@$(sources) | xargs clang-format-19 -i

.PHONY: lint
lint:  ## layout, layers, rules of style; headers alone and clang-tidy for changed files, LINT_SECONDS=360 at most
	@$(install) build test lint
	@$(lint-whole-tree)
	@tools/check_headers.py
	@tools/clang_tidy.py

.PHONY: lint-full
lint-full:  ## the same for every file, without a limit of time
	@$(install) build test lint
	@$(lint-whole-tree)
	@tools/check_headers.py --all
	@tools/clang_tidy.py --all

define lint-whole-tree
$(sources) | xargs clang-format-19 --dry-run -Werror && \
tools/check_layers.py && \
tools/tidy.py && \
tools/check_docs.py --static && \
cmake --preset tidy > /dev/null
endef

.PHONY: clean
clean:  ## removes build/
	@rm -rf build
