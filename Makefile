# SPDX-License-Identifier: GPL-2.0
# The front door: `make` alone prints help. Compile rules are in build.mk.

PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
BUILD ?= $(or $(O),build)
export V
KREL ?= $(shell uname -r)

ifneq ($(words $(CURDIR)) $(words $(abspath $(BUILD))),1 1)
$(error make cannot work in a folder with a blank in its path: move the source tree or set BUILD=)
endif
override BUILD := $(abspath $(BUILD))
export BUILD

# Without a -j of the caller's the inner make uses what there is
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
enter := vm/enter --
inner = +@$(enter) $(MAKE) --no-print-directory $(jobs) -f build.mk
native = $(MAKE) --no-print-directory $(jobs) -f build.mk BUILD=$(BUILD)/native
tap = @$(enter) vm/tap
# make all, with a module for each kernel that has headers
all_modules = +@KRELEASES="$$(vm/kernels --module-releases)" $(enter) $(MAKE) --no-print-directory \
	$(jobs) -f build.mk all

series_ext := 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3
unit_tests = $(patsubst selftests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard selftests/unit/t_*.c))) \
	$(patsubst selftests/unit/%.c,$(BUILD)/unit-san/%,$(sort $(wildcard selftests/unit/t_*.c)))
tests = $(sort $(wildcard selftests/$(1)/*.t))
# What make check runs in part, and make check-all by the same name in full
in_full = $(patsubst selftests/matrix/%,selftests/vm/t/%,$(call tests,matrix))

.PHONY: help demo check check-all check-long check-debug bench doctor root all programs kmod \
	install dkms uninstall clean distclean

help:
	@echo 'scx_ledger: an EEVDF scheduler for sched_ext whose books are audited'
	@echo
	@echo 'Needs git, make, apt (Debian or Ubuntu, x86-64), 6 GiB of disk; nothing is installed'
	@echo 'outside a cache folder, but mmdebstrap if it is missing.'
	@echo
	@echo '  make demo         boot the newest kernel in a VM, run the scheduler, show its books'
	@echo '  make check        all tests that take minutes (what CI runs)'
	@echo '  make check-all    make check, and every kernel series'
	@echo '  make check-long   the long tests: hours'
	@echo '  make check-debug  the tests on a debug kernel, which it builds: an hour'
	@echo '  make bench        measure, and print the tables of Documentation/performance'
	@echo '  make doctor       what this machine has and lacks'
	@echo '  make all          build everything in the root, without running it'
	@echo '  make clean        remove what was built    make distclean  and the cache folder'
	@echo
	@echo 'On a machine with clang >= 19, libbpf >= 1.5, bpftool >= 7.5 of its own:'
	@echo '  make programs     build scx_ledger and its tools'
	@echo '  make kmod         build the audit module for the running kernel (or KREL=)'
	@echo '  make install      install both, a systemd unit; PREFIX=/usr/local, DESTDIR=; make uninstall'
	@echo '  make dkms         install the source of the module for DKMS, as make install does if the'
	@echo '                    headers of the kernel are not here'
	@echo
	@echo 'Variables: V=1 shows commands, O= or BUILD= is the output folder, MIRROR= a Debian'
	@echo 'mirror, SCX_LEDGER_CACHE= the cache folder.'

root:
	@vm/root

all: root
	$(inner) all

demo: root
	$(inner) programs kmod
	@vm/demo

check: all
	$(tap) --tier check $(call tests,lint) $(unit_tests) $(call tests,vm/t)

check-all: root
	@vm/root --kernels 6.12 $(series_ext)
	$(all_modules)
	$(tap) --tier check-all --need 'selftests/matrix/*.t' $(call tests,lint) $(unit_tests) \
		$(filter-out $(in_full),$(call tests,vm/t)) $(call tests,matrix)

check-long: root
	@vm/root --kernels 6.12 $(series_ext)
	@vm/flatcg >/dev/null
	$(all_modules)
	$(inner) fuzz
	$(tap) --tier check-long --need 'selftests/long/*.t' $(call tests,long)

check-debug: root
	@vm/debug-kernel
	+@KRELEASES="$$(vm/kernels --version debug)" MODULE_KDIR="$$(vm/kernels --headers debug)" $(enter) \
		$(MAKE) --no-print-directory $(jobs) -f build.mk programs mutants kmod
	$(tap) --tier check-debug --need 'selftests/debug/*.t' $(call tests,debug)

bench: all
	@test -x selftests/bench/run || { echo 'make: there is no selftests/bench/run yet, so' \
		'nothing to measure' >&2; exit 1; }
	@selftests/bench/run

doctor:
	@vm/doctor

programs kmod:
	+@$(native) $@ KRELEASES=$(KREL)

# The module goes in as well if this kernel's headers are here; the scheduler does without it.
have_headers := $(wildcard /lib/modules/$(KREL)/build/Makefile)
module_dir = $(DESTDIR)/lib/modules/$(KREL)/extra
man_pages = $(wildcard Documentation/man/*.[18])
unit_file = $(DESTDIR)$(PREFIX)/lib/systemd/system/scx_ledger.service
version := $(shell cat VERSION)
dkms_dir = $(DESTDIR)/usr/src/eevdf_audit-$(version)

install: programs $(if $(have_headers),kmod)
	@for f in scx_ledger eevdf-audit; do \
		test ! -e "$(BUILD)/native/bin/$$f" || \
		install -D -m 755 "$(BUILD)/native/bin/$$f" "$(DESTDIR)$(PREFIX)/bin/$$f" || exit 1; \
	done
	@for f in $(man_pages); do \
		install -D -m 644 "$$f" "$(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/$${f##*/}" || exit 1; \
	done
	@install -d "$(dir $(unit_file))"
	@sed 's|^ExecStart=scx_ledger|ExecStart=$(PREFIX)/bin/scx_ledger|' userspace/scx_ledger.service \
		>"$(unit_file)" && chmod 644 "$(unit_file)"
	@if test -n "$(have_headers)"; then \
		install -D -m 644 "$(BUILD)/native/kmod/$(KREL)/eevdf_audit.ko" \
			"$(module_dir)/eevdf_audit.ko" && \
		{ test -n "$(DESTDIR)" || depmod -a "$(KREL)"; }; \
	else \
		$(MAKE) --no-print-directory dkms && \
		echo 'install: no headers for $(KREL), so no module yet; the scheduler runs without it'; \
	fi

dkms:
	$(if $(word 2,$(DESTDIR)),$(error make dkms cannot install into a folder with a blank in its path))
	@$(MAKE) --no-print-directory -s -C kmod dkms DESTDIR="$(abspath $(DESTDIR))"
	@echo "dkms: the module's source is in $(dkms_dir)," \
		"'dkms install eevdf_audit/$(version)' builds it"

uninstall:
	@rm -f "$(DESTDIR)$(PREFIX)/bin/scx_ledger" "$(DESTDIR)$(PREFIX)/bin/eevdf-audit" \
		"$(module_dir)/eevdf_audit.ko" "$(unit_file)"
	@test -n "$(DESTDIR)" || ! command -v dkms >/dev/null || \
		dkms remove eevdf_audit/$(version) --all >/dev/null 2>&1 || true
	@rm -rf "$(dkms_dir)"
	@for f in $(man_pages); do \
		rm -f "$(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/$${f##*/}"; \
	done
	@test -n "$(DESTDIR)" || ! command -v depmod >/dev/null || depmod -a "$(KREL)"

# Only what we made: BUILD= may name a folder with other things in it
clean:
	@cd "$(BUILD)" 2>/dev/null || exit 0; \
	rm -rf bin obj include unit unit-san fuzz kmod native console tools-*.mk tools-*.mk.new *.bpf.o; \
	cd / && rmdir "$(BUILD)" 2>/dev/null || true

distclean: clean
	@vm/root --remove
