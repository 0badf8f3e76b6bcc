# make            the server and its applications, in build/
# make run        install what is missing, build, start with config.lua
# make test       install what the tests need, build, run all of them
#                 (SAN=address or SAN=thread: with that sanitizer)
# make unit       the unit tests; make flow: whole sessions, also quick
# make check      layers, lone headers, exported names, sizes
# make docs       write the pages' tables of keys anew
# make api        accept the exported names: rewrites tools/check/api.txt
# make fuzz       each fuzz entry for SECONDS=60 seconds
# make bench      what it costs, beside bare loops, nginx-rtmp and coturn
# make install    into DESTDIR, with headers and a pkg-config file
#
# B=dir builds in another folder, CC=clang with another compiler.  What is
# needed stands in tools/setup/packages.

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(origin CC),default)
CC = gcc
endif
VERSION = 0.1.0
SAN =
PREFIX = /usr/local
SECONDS = 60
B = build$(if $(SAN),/$(SAN))
CFLAGS ?= -O2 -g

LUA := $(shell for p in lua5.4 lua-5.4 lua54 lua; do \
	pkg-config --exists $$p 2>/dev/null && echo $$p && break; done)
LUA_CFLAGS := $(if $(LUA),$(shell pkg-config --cflags $(LUA)))
# Optional; without it there is no HTTP/2.
NGHTTP2 := $(shell pkg-config --libs libnghttp2 2>/dev/null)
OMIT = $(if $(NGHTTP2),,protocols/httpd/http2_node.c \
	protocols/httpd/http2_stream.c)
LIBS := $(if $(LUA),$(shell pkg-config --libs $(LUA)),-llua5.4) \
	$(NGHTTP2) -lssl -lcrypto -ldl -lm

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual \
	-Wmissing-prototypes -Wvla -Werror
X86 := $(filter x86_64 i686,$(shell uname -m))
HARDEN = -fstack-protector-strong \
	$(if $(X86),-fstack-clash-protection -fcf-protection) \
	$(if $(SAN),,$(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)), \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
UBSAN = undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_FLAGS_address = -fsanitize=address,$(UBSAN)
SAN_FLAGS_thread = -fsanitize=thread -fno-omit-frame-pointer
# clang, not gcc, minds NULL + 0, which an empty slice may well do.
SAN_FLAGS_fuzz = -fsanitize=fuzzer-no-link,address,$(UBSAN) \
	-fno-sanitize=pointer-overflow
SAN_FLAGS = $(SAN_FLAGS_$(SAN))

CPPFLAGS_ALL = -D_GNU_SOURCE -DSLUICE_VERSION=\"$(VERSION)\" \
	-DSLUICE_LEFT_OUT=\"$(LEFT_OUT_TEXT)\" \
	-Icore -Iprotocols $(LUA_CFLAGS) $(if $(NGHTTP2),-DHAVE_NGHTTP2) \
	$(APP_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(WARN) $(HARDEN) $(CFLAGS) $(SAN_FLAGS) -pthread \
	-fvisibility=hidden -fPIC -fno-semantic-interposition -MMD -MP
LDFLAGS_ALL = $(SAN_FLAGS) -pthread -Wl,-z,relro,-z,now,-z,noexecstack \
	$(LDFLAGS)
COMPILE = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
LINK = $(CC) $(LDFLAGS_ALL)

# ---- sources ------------------------------------------------------------

objects = $(patsubst %.c,$(B)/%.o,$(sort $(filter-out $(OMIT), \
	$(wildcard $(1)))))
folders = $(patsubst %/,%,$(sort $(dir $(wildcard $(1)))))
archive = $(B)/lib/$(subst /,-,$(1)).a

RULES := $(shell sed 's/\#.*//' tools/check/layers)
LAYERS := $(foreach l,$(filter core/% protocols/%,$(RULES)), \
	$(if $(wildcard $(l)/*.c),$(l)))
LAYER_LIBS = $(foreach l,$(LAYERS),$(call archive,$(l)))
WHOLE = -Wl,--whole-archive $(LAYER_LIBS) -Wl,--no-whole-archive $(LIBS)
NEEDED = -Wl,--start-group $(LAYER_LIBS) -Wl,--end-group $(LIBS)

# Modules that need libraries (pkg-config's names) are left out without them.
NEEDS_admin = jansson
NEEDS_webhooks = libcurl jansson
NEEDS_jwt = libjwt jansson
# libcurl's resolver has threads that may outlive a module.
LDFLAGS_webhooks = -Wl,-z,nodelete
ALL_APPS := $(notdir $(call folders,applications/*/*.c))
APPS := $(foreach a,$(ALL_APPS),$(if $(NEEDS_$(a)),$(shell \
	pkg-config --exists $(NEEDS_$(a)) && echo $(a)),$(a)))
LEFT_OUT := $(filter-out $(APPS),$(ALL_APPS))
EMPTY =
LEFT_OUT_TEXT := $(subst $(EMPTY) ,,$(foreach a,$(LEFT_OUT), \
	$(a):$(subst $(EMPTY) ,+,$(NEEDS_$(a)))/))
APP_NEEDS := $(sort $(foreach a,$(APPS),$(NEEDS_$(a))))
APP_CFLAGS := $(if $(APP_NEEDS),$(shell pkg-config --cflags $(APP_NEEDS)))
app_libs = $(if $(NEEDS_$(1)),$(shell pkg-config --libs $(NEEDS_$(1))))

APP_LIBS = $(APPS:%=$(B)/applications/%.so)
# applications/x/x.c is the module; what stands beside it has unit tests.
APP_PARTS = $(filter-out $(foreach a,$(APPS),applications/$(a)/$(a).c), \
	$(wildcard $(APPS:%=applications/%/*.c)))
UNIT_OBJ = $(filter-out $(foreach a,$(LEFT_OUT), \
	$(B)/tests/unit/applications/$(a)_%.o), \
	$(call objects,tests/unit/*.c tests/unit/*/*.c)) \
	$(APP_PARTS:%.c=$(B)/%.o)
FLOW_OBJ = $(call objects,tests/flow/*.c) \
	$(B)/tests/flow/main.o $(B)/tests/unit/alloc.o
TOOLS = $(notdir $(call folders,tools/*/*.c))
FUZZ = $(filter-out $(LEFT_OUT:%=%_%), \
	$(notdir $(basename $(wildcard tests/fuzz/*.c))))

# ---- the server ---------------------------------------------------------

all: $(B)/sluice $(APP_LIBS)

# What compiles and links, and from which sources: other words, build anew.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' >$@

$(B)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(LINK) $(SOURCES)' | cmp -s - $@ || \
		echo '$(LINK) $(SOURCES)' >$@

SOURCES = $(wildcard $(LAYERS:%=%/*.c) $(foreach d,unit unit/* flow fuzz, \
	tests/$(d)/*.c) applications/*/*.c tools/*/*.c)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@echo CC $<
	@$(COMPILE) -c -o $@ $<

define layer_rule
$(call archive,$(1)): $(call objects,$(1)/*.c) $(B)/sources
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(B)/sluice: $(B)/main.o $(LAYER_LIBS) $(B)/sources
	@echo LD $@
	@$(LINK) -pie -rdynamic -o $@ $< $(WHOLE)

define app_rule
$(B)/applications/$(1).so: $(call objects,applications/$(1)/*.c) $(B)/sources
	@mkdir -p $$(@D)
	@echo LD $$@
	@$(LINK) -shared -o $$@ $$(filter %.o,$$^) $(LDFLAGS_$(1)) \
		$(call app_libs,$(1))
endef
$(foreach a,$(APPS),$(eval $(call app_rule,$(a))))

define tool_rule
$(B)/$(1): $(call objects,tools/$(1)/*.c) $(LAYER_LIBS) $(B)/sources
	@echo LD $$@
	@$(LINK) -pie -o $$@ $$(filter %.o,$$^) $(NEEDED)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

tools: $(TOOLS:%=$(B)/%)

# Files of an application's folder that are no code are held by its module,
# which includes the list of them: <embedded.h>.  Debian's copy of the library
# that draws the console's charts is one more, if it is there.
CHARTS := $(wildcard /usr/share/javascript/chart.js/chart.min.js)
EMBEDDED = $(filter-out %.c %.h %.md,$(sort $(wildcard $(1)/*.* $(1)/*/*.*)))
EMBEDDED_admin = $(CHARTS:%=console/chart.min.js=%)

$(B)/applications/admin/admin_assets.o: $(B)/applications/admin/embedded.h
$(B)/applications/admin/admin_assets.o: private \
	CPPFLAGS_ALL += -I$(B)/applications/admin

$(B)/applications/%/embedded.h: FORCE
	@mkdir -p $(@D)
	@tools/embed/run $@ applications/$* \
		$(call EMBEDDED,applications/$*) $(EMBEDDED_$*)

run:
	@tools/setup/install build option
	@$(MAKE) $(JOBS) all
	@exec $(B)/sluice config.lua

JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# ---- tests --------------------------------------------------------------

$(B)/tests/%.o: private CPPFLAGS_ALL += -I. -Itests -Itests/unit
$(B)/tests/unit/main.o: private CPPFLAGS_ALL += -I$(B)/tests/unit
$(B)/tests/flow/main.o: private CPPFLAGS_ALL += -I$(B)/tests/flow
$(B)/tests/unit/main.o: $(B)/tests/unit/cases.h
$(B)/tests/flow/main.o: $(B)/tests/flow/cases.h

$(B)/tests/unit/cases.h: $(filter-out $(foreach a,$(LEFT_OUT), \
	tests/unit/applications/$(a)_%.c),$(wildcard tests/unit/*/*.c))
$(B)/tests/flow/cases.h: $(wildcard tests/flow/*.c)
$(B)/tests/%/cases.h: $(B)/sources
	@mkdir -p $(@D)
	@sed -n 's/^TEST(\([a-z0-9_]*\))$$/CASE(\1)/p' \
		$(filter %.c,$^) /dev/null >$@

$(B)/tests/flow/main.o: tests/unit/main.c $(B)/flags
	@mkdir -p $(@D)
	@$(COMPILE) -c -o $@ $<

WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
CHECK = $(shell pkg-config --libs check)

$(B)/unit: $(UNIT_OBJ) $(LAYER_LIBS) $(B)/sources
	@echo LD $@
	@$(LINK) $(WRAP) -o $@ $(UNIT_OBJ) $(CHECK) $(NEEDED) \
		$(APP_NEEDED)

$(B)/flow: $(FLOW_OBJ) $(LAYER_LIBS) $(B)/sources
	@echo LD $@
	@$(LINK) $(WRAP) -rdynamic -o $@ $(FLOW_OBJ) $(CHECK) $(WHOLE)

unit: $(B)/unit
	@$<

flow: $(B)/flow $(APP_LIBS)
	@B=$(B) $<

programs: all tools $(B)/unit $(if $(wildcard tests/flow/*.c),$(B)/flow)

test:
	@tools/setup/install build option test
	+@B=$(B) SAN=$(SAN) MAKER='$(MAKE) $(JOBS)' tools/test/run

check: all
	@$(CHECK_ENV) tools/check/run

selftest: all
	@$(CHECK_ENV) tools/check/selftest

api: $(B)/sluice
	@$(CHECK_ENV) tools/check/run --api

APP_NEEDED = $(if $(APP_NEEDS),$(shell pkg-config --libs $(APP_NEEDS)))
CHECK_ENV = B='$(B)' COMPILE='$(COMPILE)' LINK='$(LINK)' LIBS='$(LIBS)' \
	APP_LIBS='$(APP_NEEDED)'

$(B)/entry/%: $(B)/tests/fuzz/%.o $(LAYER_LIBS) $(B)/sources
	@mkdir -p $(@D)
	@echo LD $@
	@$(LINK) -fsanitize=fuzzer -o $@ $< $(NEEDED) \
		$(if $(APP_NEEDS),$(shell pkg-config --libs $(APP_NEEDS)))

fuzzers: $(FUZZ:%=$(B)/entry/%)

fuzz:
	@$(MAKE) $(JOBS) SAN=fuzz CC=clang B=$(B)/fuzz fuzzers
	@tools/test/fuzz $(SECONDS) $(FUZZ:%=$(B)/fuzz/entry/%)

# The tables of keys, at the end of a page.
define doc
	@sed '/^<!-- From here on/q' $(1) >$(B)/head.md
	@(cat $(B)/head.md; echo; \
		$(B)/sluice --help-config=markdown $(2)) >$(1)

endef
APP_DOCS = $(patsubst applications/%/README.md,%, $(shell grep -l \
	'^<!-- From here on' applications/*/README.md))
docs: $(B)/sluice $(APP_LIBS)
	$(call doc,docs/configuration.md,)
	$(foreach a,$(APP_DOCS),$(call doc,applications/$(a)/README.md, \
		$(B)/applications/$(a).so))
	tools/docs/api applications/admin/openapi.json >docs/api.md

bench:
	@tools/setup/install build option test bench
	@$(MAKE) $(JOBS) all tools
	@B=$(B) tools/bench/run
	@B=$(B) tools/bench/turn
	@B=$(B) tools/bench/api

# ---- install ------------------------------------------------------------

D = $(DESTDIR)$(PREFIX)
HEADERS = $(filter-out %_int.h,$(wildcard $(LAYERS:%=%/*.h)))
AS_INSTALLED = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	-e 's|"build/applications"|"$(PREFIX)/lib/sluice/applications"|'

install: all
	install -D -t $(D)/bin $(B)/sluice
	install -D -t $(D)/lib/sluice/applications $(APP_LIBS)
	install -d $(D)/share/sluice $(D)/lib/pkgconfig
	$(AS_INSTALLED) config.lua >$(D)/share/sluice/config.lua
	$(AS_INSTALLED) tools/setup/sluice.pc >$(D)/lib/pkgconfig/sluice.pc
	@for h in $(HEADERS); do \
		install -D -m 644 $$h $(D)/include/sluice/$${h#*/}; \
	done

clean:
	rm -rf $(B)

-include $(wildcard $(patsubst %,$(B)/%/*.d,. $(LAYERS) applications/* \
	tests/unit tests/unit/* tests/flow tests/fuzz tools/*))

FORCE:
.PHONY: all programs tools run unit flow test check selftest api docs \
	fuzz fuzzers bench install clean FORCE
.SECONDARY:
