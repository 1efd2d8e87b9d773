# Build, test and check bugforbug. `make help` lists the targets.
#
# CONFIG chooses how it is built; each configuration has a folder of its own, build/CONFIG/, and shares no object with
# another. Sources are found by name: a new file needs no line here.
#
#   bugforbug.c, {recorder,corpus,differ,reports,suites}/**/*.c    the program
#   **/t/test_*.c      unit tests, a program each                  build/CONFIG/**/t/test_*
#   **/t/fuzz_*.c      fuzz targets, a program each; the files of **/t/fuzz_NAME/ are its seeds
#   suites/t/*.c       helpers of the end-to-end tests             build/CONFIG/NAME
#   **/t/*.c           other files in t/ are shared by all tests
#   differ/rules/*.json    part of the program: embed_NAME_start, embed_NAME_end

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
SHELL := /bin/sh
export LC_ALL := C

CONFIG ?= release
CONFIGS := release asan tsan coverage fuzz
ifeq ($(filter $(CONFIG),$(CONFIGS)),)
$(error CONFIG=$(CONFIG): no such configuration (one of: $(CONFIGS)))
endif

.DEFAULT_GOAL := all
B := build/$(CONFIG)

ifneq ($(filter default undefined,$(origin CC)),)
CC := $(if $(filter fuzz,$(CONFIG)),clang,cc)
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := ar
endif
PKG_CONFIG ?= pkg-config

# --- Sources -----------------------------------------------------------------------------------------------------

STAGES := recorder corpus differ reports suites
FOUND := $(sort $(shell find $(STAGES) -name '*.c' 2>/dev/null))
IN_T := $(foreach f,$(FOUND),$(if $(findstring /t/,$(f)),$(f)))
LIB_SRCS := $(filter-out $(IN_T),$(FOUND))
TEST_SRCS := $(foreach f,$(IN_T),$(if $(filter test_%,$(notdir $(f))),$(f)))
FUZZ_SRCS := $(foreach f,$(IN_T),$(if $(filter fuzz_%,$(notdir $(f))),$(f)))
OTHER_T := $(filter-out $(TEST_SRCS) $(FUZZ_SRCS),$(IN_T))
HELPER_SRCS := $(foreach f,$(OTHER_T),$(if $(filter suites/t/,$(dir $(f))),$(f)))
SUPPORT_SRCS := $(filter-out $(HELPER_SRCS),$(OTHER_T))
EMBEDDED := $(sort $(wildcard differ/rules/*.json))
MAIN_SRC := $(wildcard bugforbug.c)

objects = $(patsubst %.c,$(B)/%.o,$(1))
LIB_OBJS := $(call objects,$(LIB_SRCS)) $(EMBEDDED:%=$(B)/%.o)
SUPPORT_OBJS := $(call objects,$(SUPPORT_SRCS))
TEST_PROGRAMS := $(TEST_SRCS:%.c=$(B)/%)
FUZZ_PROGRAMS := $(FUZZ_SRCS:%.c=$(B)/%)
HELPERS := $(HELPER_SRCS:suites/t/%.c=$(B)/%)
PROGRAM := $(B)/bugforbug
LIB := $(B)/libbugforbug.a
TEST_LIB := $(if $(SUPPORT_OBJS),$(B)/libtest.a)

# --- Libraries ---------------------------------------------------------------------------------------------------

# The lists stand in .ci/packages, with the packages that hold them.
MODULES := $(shell .ci/deps modules program)
TEST_MODULES := $(shell .ci/deps modules tests)
# Their headers are not ours to warn about.
pkg_cflags = $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null))
pkg_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

# llhttp is a library on most systems; Debian 12 has only its sources, which are compiled into the build folder.
ifeq ($(shell $(PKG_CONFIG) --exists libllhttp 2>/dev/null && echo yes),yes)
MODULES += libllhttp
else
LLHTTP := /usr/share/llhttp
LLHTTP_CPPFLAGS := -isystem /usr/share/include/llhttp
LLHTTP_OBJS := $(patsubst %,$(B)/llhttp/%.o,api http llhttp)
endif

# --- Flags -------------------------------------------------------------------------------------------------------

WERROR := -Werror
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
# Instrumented code hides from gcc what range a value has: there it warns of what the release build knows to be right.
SANITIZE := -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-conversion -Wno-maybe-uninitialized

CONFIG_CFLAGS.release := -O2 -g $(HARDEN) -fPIE
CONFIG_LDFLAGS.release := -pie -Wl,-z,relro,-z,now
CONFIG_CFLAGS.asan := -O1 -g $(SANITIZE) -fsanitize=address,undefined
CONFIG_CFLAGS.tsan := -O1 -g $(SANITIZE) -fsanitize=thread
CONFIG_CFLAGS.coverage := -O0 -g --coverage
CONFIG_CFLAGS.fuzz := -O1 -g $(filter-out -Wno-%,$(SANITIZE)) -fsanitize=fuzzer-no-link,address,undefined

ALL_CPPFLAGS := -D_GNU_SOURCE -I. $(call pkg_cflags,$(MODULES)) $(LLHTTP_CPPFLAGS) $(CPPFLAGS)
ALL_CFLAGS := -std=c11 -pthread $(CONFIG_CFLAGS.$(CONFIG)) $(CFLAGS)
ALL_LDFLAGS := -pthread $(CONFIG_CFLAGS.$(CONFIG)) $(CONFIG_LDFLAGS.$(CONFIG)) -Wl,--as-needed $(LDFLAGS)
LIBS := $(call pkg_libs,$(MODULES)) $(LDLIBS)
TEST_CPPFLAGS := $(call pkg_cflags,$(TEST_MODULES))
TEST_LIBS := $(call pkg_libs,$(TEST_MODULES))

# --- Building ----------------------------------------------------------------------------------------------------

.PHONY: all asan tsan tests fuzzers have-program have-tests FORCE
all: $(if $(filter release,$(CONFIG)),bugforbug,$(PROGRAM)) ## build the program (CONFIG=release, or asan, tsan, coverage, fuzz)
asan: ## build it with the address and undefined behaviour sanitizers
	@$(MAKE) CONFIG=asan all
tsan: ## build it with the thread sanitizer
	@$(MAKE) CONFIG=tsan all
tests: $(PROGRAM) $(TEST_PROGRAMS) $(FUZZ_PROGRAMS) $(HELPERS) ## build the unit tests and test helpers, run nothing

# What is missing is named at once, before anything is compiled.
have-program:
	@.ci/deps need program
have-tests:
	@.ci/deps need program tests

# What a build depends on beside its sources: the flags, and which files there are.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(AR) $(ALL_CPPFLAGS) $(WARNINGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS))' | \
		{ cat >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }
$(B)/objects: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(LIB_OBJS) $(LLHTTP_OBJS) | $(SUPPORT_OBJS)' | \
		{ cat >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }
FORCE:

compile = $(CC) $(ALL_CPPFLAGS) $(1) -MMD -MP $(ALL_CFLAGS) -c -o $@
Q := $(if $(V),,@)
say = $(Q)mkdir -p $(@D) && printf '  %-5s %s\n' $(1) $@ && $(strip $(2))

$(B)/%.o: %.c $(B)/flags | have-program
	$(call say,CC,$(call compile,$(WARNINGS) $(if $(filter $(basename $<).c,$(IN_T)),$(TEST_CPPFLAGS))) $<)

$(call objects,$(IN_T)): | have-tests

$(B)/llhttp/%.o: $(LLHTTP)/%.c $(B)/flags | have-program
	$(call say,CC,$(call compile,-w) $<)

$(B)/%.json.S: %.json
	@mkdir -p $(@D)
	@name=$$(basename $< .json | tr -c 'A-Za-z0-9\n' _) && printf '%s\n' '.section .rodata' \
		".global embed_$${name}_start, embed_$${name}_end" "embed_$${name}_start:" '.incbin "$<"' \
		"embed_$${name}_end:" '.byte 0' '.section .note.GNU-stack,"",%progbits' >$@
$(B)/%.json.o: $(B)/%.json.S %.json $(B)/flags | have-program
	$(call say,EMBED,$(CC) $(ALL_CFLAGS) -c -o $@ $<)

# Removed first: ar would keep the members whose sources are gone.
$(LIB): $(LIB_OBJS) $(LLHTTP_OBJS) $(B)/objects
	$(call say,AR,rm -f $@ && $(AR) rcs $@ $(filter %.o,$^))
$(B)/libtest.a: $(SUPPORT_OBJS) $(B)/objects
	$(call say,AR,rm -f $@ && $(AR) rcs $@ $(filter %.o,$^))

link = $(CC) $(ALL_LDFLAGS) $(1) -o $@ $(filter %.o,$^) $(filter %/libtest.a,$^) $(LIB)
$(PROGRAM): $(call objects,bugforbug.c) $(LIB)
	$(call say,LINK,$(call link) $(LIBS))
$(TEST_PROGRAMS): $(B)/%: $(B)/%.o $(TEST_LIB) $(LIB)
	$(call say,LINK,$(call link) $(TEST_LIBS) $(LIBS))
$(HELPERS): $(B)/%: $(B)/suites/t/%.o $(TEST_LIB) $(LIB)
	$(call say,LINK,$(call link) $(LIBS))
# Without the fuzzer, a target runs over its seeds only.
FUZZ_MAIN := $(if $(filter fuzz,$(CONFIG)),,$(B)/.ci/fuzz-once.o)
$(FUZZ_PROGRAMS): $(B)/%: $(B)/%.o $(FUZZ_MAIN) $(TEST_LIB) $(LIB)
	$(call say,LINK,$(call link,$(if $(FUZZ_MAIN),,-fsanitize=fuzzer)) $(LIBS))

bugforbug: build/release/bugforbug
	@ln -sf build/release/bugforbug $@

-include $(patsubst %.o,%.d,$(call objects,$(MAIN_SRC) $(FOUND)) $(LLHTTP_OBJS) $(FUZZ_MAIN))

# --- Testing -----------------------------------------------------------------------------------------------------

# T names the tests to run, by file name without its ending; % stands for anything: make check T='test_buf test_h1%'
SHELL_TESTS := $(sort $(shell find $(STAGES) .ci -path '*/t/test_*.sh' 2>/dev/null))
ENGINE_TESTS := $(filter suites/t/test_engine_%,$(SHELL_TESTS))
T ?=
chosen = $(if $(T),$(foreach f,$(1),$(if $(filter $(T),$(basename $(notdir $(f)))),$(f))),$(1))
SEEDED := $(foreach f,$(FUZZ_SRCS:.c=),$(if $(wildcard $(f)/*),$(B)/$(f)))
RUN_PROGRAMS := $(call chosen,$(TEST_PROGRAMS) $(SEEDED))
RUN_SCRIPTS := $(call chosen,$(filter-out $(ENGINE_TESTS),$(SHELL_TESTS)) $(ENGINE_TESTS))

.PHONY: check check-now asan-check coverage fuzz demo corpus proof
check: ## run all tests, or T='test_buf test_h1%'; engine tests are skipped where there is no engine (REQUIRE_ENGINES=1: fail)
	@.ci/deps ensure program tests
	@$(MAKE) check-now
check-now: $(PROGRAM) $(RUN_PROGRAMS) $(if $(T),$(if $(RUN_SCRIPTS),$(HELPERS)),$(FUZZ_PROGRAMS) $(HELPERS))
	@BUGFORBUG='$(CURDIR)/$(PROGRAM)' BUILD='$(CURDIR)/$(B)' .ci/run-tests $(RUN_PROGRAMS) $(RUN_SCRIPTS)
asan-check: ## the same with the address and undefined behaviour sanitizers
	@$(MAKE) CONFIG=asan check

coverage: ## run all tests and say which share of the lines they reached, by folder
	@find build/coverage -name '*.gcda' -exec rm -f {} + 2>/dev/null || :
	@$(MAKE) CONFIG=coverage check
	@.ci/coverage build/coverage

FUZZ_SECONDS ?= 60
fuzzers: $(FUZZ_PROGRAMS)
fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	@.ci/deps ensure program tests fuzz
	@$(MAKE) CONFIG=fuzz fuzzers
	@.ci/fuzz '$(FUZZ_SECONDS)' $(patsubst %.c,build/fuzz/%,$(call chosen,$(FUZZ_SRCS)))

demo: ## record Docker, replay against Podman, say what differs
	@.ci/deps ensure program engines
	@$(MAKE) CONFIG=release all
	@suites/demo.sh
corpus: ## record the corpus anew, on the engines of this machine
	@.ci/deps ensure program engines clients
	@$(MAKE) CONFIG=release all
	@corpus/record.sh
proof: ## the whole corpus against a fresh Docker, ROUNDS (10) times: not one finding
	@.ci/deps ensure program engines
	@$(MAKE) CONFIG=release all
	@suites/proof.sh

# --- Looking after it --------------------------------------------------------------------------------------------

.PHONY: lint cppflags format deps deps-all clean help
lint: $(PROGRAM) compile_commands.json ## check format, layering, limits, banned functions, static analysis, spelling
	@.ci/deps need program tests lint
	@LINT_CPPFLAGS='$(strip $(ALL_CPPFLAGS) $(TEST_CPPFLAGS))' LINT_WARNINGS='$(filter-out -Werror,$(WARNINGS))' CC='$(CC)' \
		.ci/lint/all
cppflags:
	@echo '$(strip $(ALL_CPPFLAGS) $(TEST_CPPFLAGS))'
format: ## bring the sources into the format that lint wants
	@clang-format -i $$(git ls-files --cached --others --exclude-standard '*.c' '*.h')

deps: ## install what building and testing need (Debian, Ubuntu, Fedora, Alpine; as root)
	@.ci/deps install program tests
deps-all: ## the same, with the engines and clients of the end-to-end tests, and the tools of lint and fuzz
	@.ci/deps install program tests engines clients lint fuzz

# Holds the flags of this CONFIG, for clang-tidy and for editors.
compile_commands.json: FORCE
	@{ echo '['; sep=; for f in $(MAIN_SRC) $(FOUND); do \
		printf '%s{"directory": "%s", "file": "%s", "command": "%s"}' "$$sep" '$(CURDIR)' "$$f" \
		"$(subst ",\",$(CC) $(ALL_CPPFLAGS) $(TEST_CPPFLAGS) $(WARNINGS) $(ALL_CFLAGS)) -c $$f"; \
		sep=','; done; echo; echo ']'; } >$@

clean: ## remove all that was built
	@rm -rf build bugforbug compile_commands.json
help: ## say what each target does
	@sed -n 's/^\([a-z][a-z_.-]*\):.*## \(.*\)/\1\t\2/p' Makefile | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo "  CONFIG=$(CONFIG) of: $(CONFIGS); CC, CFLAGS, LDFLAGS as ever; WERROR= lets warnings pass; V=1 shows commands"
