# SPDX-License-Identifier: GPL-2.0
# The compile rules. Run inside the root that vm/root makes, or on a machine with the tools itself;
# `make help` shows the front door.
#
#   make -f build.mk [BUILD=DIR] [V=1] [KRELEASES="..."] [MODULE_KDIR=DIR] \
#	[all|programs|mutants|unit|unit-san|kmod|fuzz]

BUILD ?= build
V ?= 0
override BUILD := $(abspath $(BUILD))
inside := $(wildcard /.scx_ledger_root)

ifneq ($(words $(CURDIR)) $(words $(BUILD)),1 1)
$(error make cannot work in a folder with a blank in its path: move the source tree or set BUILD=)
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
MAKEFLAGS += --no-print-directory
endif

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all programs mutants unit unit-san kmod fuzz FORCE

all: programs mutants unit unit-san kmod

# --- tools ---------------------------------------------------------------------------------------

# Finds CLANG, BPFTOOL and VMLINUX_BTF, or says why not
tools_mk := $(BUILD)/tools-$(if $(inside),root,native).mk
$(tools_mk): vm/toolchain vm/lib.sh
	@mkdir -p $(@D)
	@vm/toolchain >$@.new && mv $@.new $@
include $(tools_mk)

CC := gcc
SAN_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all
WARN := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
c_flags = -std=gnu11 $(CFLAGS) $(WARN) -fno-common -MMD -MP

# --- the BPF side --------------------------------------------------------------------------------

# Not v4: 6.16 refuses its sign-extending loads from an arena
BPF_CPU ?= v3
bpf_objs := $(patsubst bpf/%.bpf.c,$(BUILD)/%.bpf.o,$(wildcard bpf/*.bpf.c))
skeletons := $(patsubst $(BUILD)/%.bpf.o,$(BUILD)/include/%.skel.h,$(bpf_objs))

# -isystem: the kernel's own types are not held to our warnings. Callbacks are given arguments that
# they do not need.
bpf_flags = -g -O2 -std=gnu11 --target=bpf -mcpu=$(BPF_CPU) $(WARN) \
	-Wno-unused-parameter -D__TARGET_ARCH_x86 \
	-isystem $(BUILD)/include -Iinclude -Ibpf -MMD -MP $(BPF_CFLAGS)

$(BUILD)/include/vmlinux.h: $(VMLINUX_BTF) $(tools_mk)
	$(say) BTF vmlinux.h
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) btf dump file $(VMLINUX_BTF) format c >$@

$(BUILD)/obj/bpf/%.bpf.o: bpf/%.bpf.c $(BUILD)/include/vmlinux.h build.mk
	$(say) BPF $*.bpf.o
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) -c $< -o $@

# Links the one object to itself: that drops DWARF and checks the BTF
$(BUILD)/%.bpf.o: $(BUILD)/obj/bpf/%.bpf.o
	$(say) BPFLD $*.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $<

$(BUILD)/include/%.skel.h: $(BUILD)/%.bpf.o
	$(say) SKEL $*.skel.h
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< >$@

# --- user space ----------------------------------------------------------------------------------

program_mains := $(wildcard userspace/scx_ledger.c userspace/eevdf-audit.c)
sim_srcs := $(wildcard userspace/eevdf-sim.c userspace/sim_*.c)
SCX_LEDGER_SRCS ?= $(filter-out $(program_mains) $(sim_srcs),$(wildcard userspace/*.c))
program_common := $(SCX_LEDGER_SRCS:userspace/%.c=$(BUILD)/obj/userspace/%.o)
programs := $(program_mains:userspace/%.c=$(BUILD)/bin/%)

# json-c only where it is used, for a native build should not need it
libs := libbpf libelf zlib $(if $(shell grep -ls 'json-c/' userspace/*.[ch]),json-c)

version := $(if $(wildcard VERSION),$(shell head -n 1 VERSION))

$(BUILD)/obj/userspace/%.o: userspace/%.c $(skeletons) build.mk $(wildcard VERSION)
	$(say) CC userspace/$*.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(c_flags) -I$(BUILD)/include -Iinclude -Iuserspace \
		$(if $(version),-DLEDGER_VERSION='"$(version)"') \
		$(shell pkg-config --cflags $(libs)) -c $< -o $@

$(programs): $(BUILD)/bin/%: $(BUILD)/obj/userspace/%.o $(program_common)
	$(say) LD $*
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -Wl,--as-needed $(shell pkg-config --libs $(libs)) -pthread -o $@

# The simulator knows nothing of BPF, and needs no library. It is for whoever works on the algorithm,
# in the tree, so make install leaves it out.
sim := $(if $(sim_srcs),$(BUILD)/bin/eevdf-sim)

$(BUILD)/bin/eevdf-sim: $(sim_srcs:userspace/%.c=$(BUILD)/obj/userspace/%.o) $(BUILD)/obj/userspace/util.o
	$(say) LD eevdf-sim
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

# --- mutants: the same program with mistakes, for selftests/vm/guest/28-mutants.sh -----------------

# What the tables change is a copy; no release source, object or program knows of it
mutants := $(BUILD)/mutants
mutant_tables := $(sort $(wildcard selftests/mutants/*.mutants))

$(mutants)/mutants.h: selftests/mutants/apply $(mutant_tables) $(wildcard include/*/*.h bpf/*)
	$(say) MUTATE
	$(Q)selftests/mutants/apply $(mutants) $(mutant_tables)

$(mutants)/ledger.bpf.o: $(mutants)/mutants.h $(BUILD)/include/vmlinux.h build.mk
	$(say) BPF mutants/ledger.bpf.o
	$(Q)$(CLANG) $(filter-out -I% -MMD -MP,$(bpf_flags)) -include $(mutants)/inject.h \
		-I$(mutants)/include -I$(mutants)/bpf -c $(mutants)/bpf/ledger.bpf.c -o $@.new
	$(Q)$(BPFTOOL) gen object $@ $@.new && rm $@.new

$(mutants)/ledger.skel.h: $(mutants)/ledger.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< >$@

# The loader's own files; the one that knows the program is compiled for this one
$(BUILD)/bin/ledger-mutants: selftests/mutants/ledger-mutants.c userspace/loader.c \
		$(mutants)/ledger.skel.h $(filter-out %/loader.o,$(program_common))
	$(say) LD ledger-mutants
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(c_flags)) -I$(mutants) -I$(mutants)/include -Iuserspace \
		$(LDFLAGS) $(filter %.c %.o,$(filter-out %.bpf.o,$^)) \
		-Wl,--as-needed $(shell pkg-config --cflags --libs $(libs)) -pthread -o $@

# --- helpers that only run in the guest ----------------------------------------------------------

guest_helpers := $(patsubst selftests/vm/guest/%.c,$(BUILD)/bin/%,$(wildcard selftests/vm/guest/*.c))

# Those that load a BPF program of their own
guest_bpf := $(patsubst selftests/vm/guest/%.c,$(BUILD)/bin/%, \
	$(shell grep -ls '\.skel\.h' selftests/vm/guest/*.c))
$(guest_bpf): $(skeletons)
$(guest_bpf): guest_flags = -I$(BUILD)/include -Ibpf $(shell pkg-config --cflags libbpf)
$(guest_bpf): guest_libs = $(shell pkg-config --libs libbpf libelf zlib)

$(guest_helpers): $(BUILD)/bin/%: selftests/vm/guest/%.c build.mk
	$(say) CC selftests/vm/guest/$*
	@mkdir -p $(@D) $(BUILD)/obj/guest
	$(Q)$(CC) $(c_flags) -MF $(BUILD)/obj/guest/$*.d -Iinclude $(guest_flags) $(LDFLAGS) $< \
		-Wl,--as-needed $(guest_libs) -pthread -lm -o $@

# --- tests on the host ---------------------------------------------------------------------------

unit_srcs := $(wildcard selftests/unit/t_*.c)
unit_names := $(unit_srcs:selftests/unit/%.c=%)
unit_flags = $(c_flags) -Iinclude -Ikmod -Iselftests/unit
# Only into those that use it
unit_libs := -Wl,--as-needed $(shell pkg-config --libs json-c 2>/dev/null)

$(BUILD)/unit/%: selftests/unit/%.c build.mk
	$(say) CC selftests/unit/$*
	@mkdir -p $(@D) $(BUILD)/obj/unit
	$(Q)$(CC) $(unit_flags) -MF $(BUILD)/obj/unit/$*.d $(LDFLAGS) $< \
		-pthread -lm $(unit_libs) -o $@

$(BUILD)/unit-san/%: selftests/unit/%.c build.mk
	$(say) CCSAN selftests/unit/$*
	@mkdir -p $(@D) $(BUILD)/obj/unit-san
	$(Q)$(CC) $(unit_flags) $(SAN_CFLAGS) -MF $(BUILD)/obj/unit-san/$*.d $(LDFLAGS) $< \
		-pthread -lm $(unit_libs) -o $@

# Not part of all: only the long tests run it
fuzzers := $(patsubst selftests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard selftests/fuzz/*.c))

$(BUILD)/fuzz/%: selftests/fuzz/%.c build.mk
	$(say) FUZZ selftests/fuzz/$*
	@mkdir -p $(@D) $(BUILD)/obj/fuzz
	$(Q)$(CLANG) $(unit_flags) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-MF $(BUILD)/obj/fuzz/$*.d $(LDFLAGS) $< -o $@

# That one runs the mutants of include/eevdf
mutant_tests := $(BUILD)/unit/t_mutants $(BUILD)/unit-san/t_mutants
$(mutant_tests): $(mutants)/mutants.h
$(mutant_tests): unit_flags = $(c_flags) -I$(mutants) -I$(mutants)/include \
	-include $(mutants)/inject.h -Ikmod -Iselftests/unit

# --- the module ----------------------------------------------------------------------------------

# The newest headers here, or the running kernel's. MODULE_KDIR: the build tree of the one release in
# KRELEASES, which lies elsewhere
ifdef inside
KRELEASES ?= $(patsubst /usr/src/linux-headers-%/vmlinux,%,$(VMLINUX_BTF))
kdir = $(or $(MODULE_KDIR),/usr/src/linux-headers-$*)
else
KRELEASES ?= $(shell uname -r)
kdir = /lib/modules/$*/build
endif
modules := $(if $(wildcard kmod/Makefile),$(KRELEASES:%=$(BUILD)/kmod/%/eevdf_audit.ko))

# kbuild knows itself what is out of date
$(BUILD)/kmod/%/eevdf_audit.ko: FORCE
	@test -e $(kdir)/Makefile || { echo "build.mk: no headers in $(kdir) to build the module" \
		"with; install linux-headers-$*, or build without the module: 'make programs'" >&2; \
		exit 1; }
	$(say) KMOD $*
	@mkdir -p $(@D)
	$(Q)$(MAKE) $(if $(Q),-s) -C kmod KDIR=$(kdir) MO=$(@D) V=$(V)

# -------------------------------------------------------------------------------------------------

programs: $(programs) $(sim) $(guest_helpers)
mutants: $(if $(mutant_tables),$(BUILD)/bin/ledger-mutants)
# The mistakes overflow on purpose.
$(BUILD)/unit-san/t_mutants: c_flags += -fwrapv

unit: $(unit_names:%=$(BUILD)/unit/%)
unit-san: $(unit_names:%=$(BUILD)/unit-san/%)
kmod: $(modules)
fuzz: $(fuzzers)

-include $(wildcard $(BUILD)/obj/*/*.d)
