# make            the server and its applications, in build/
# make run        install what is missing, build, start with config.lua
# make test       install what the tests need, build, run all of them
#                 (SAN=address or SAN=thread: with that sanitizer)
# make check      layers, lone headers, exported names, sizes
# make fuzz       each fuzz entry for SECONDS seconds
# make bench      what it costs, beside a bare loop and nginx-rtmp
# make install    into DESTDIR, with headers and a pkg-config file

MAKEFLAGS += --no-builtin-rules
CC ?= gcc
ifeq ($(origin CC),default)
CC = gcc
endif
SAN ?=
PREFIX ?= /usr/local
B = build$(if $(SAN),/$(SAN))

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual \
	-Wmissing-prototypes -Wvla -Werror
HARDEN = $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIC
SAN_FLAGS_address = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
SAN_FLAGS_thread = -fsanitize=thread -fno-omit-frame-pointer
SAN_FLAGS = $(SAN_FLAGS_$(SAN))
CFLAGS ?= -O2 -g
CPPFLAGS_ALL = -D_GNU_SOURCE -Icore -Iprotocols $(LUA_CFLAGS)
CFLAGS_ALL = -std=c11 $(WARN) $(HARDEN) $(CFLAGS) $(SAN_FLAGS) \
	-fvisibility=hidden -pthread -MMD -MP
LDFLAGS_ALL = $(SAN_FLAGS) -pthread -Wl,-z,relro,-z,now $(LDFLAGS)
LUA_CFLAGS = $(shell pkg-config --cflags lua5.4 2>/dev/null)
LIBS = $(shell pkg-config --libs lua5.4 2>/dev/null || echo -llua5.4) \
	-lssl -lcrypto -ldl -lm

# Lowest first: a layer may use what stands before it (tools/check/layers).
LAYERS = core/base core/io core/stack core/media core/host \
	protocols/amf protocols/flv protocols/codec \
	protocols/rtmp protocols/tls
SRC = $(foreach l,$(LAYERS),$(wildcard $(l)/*.c))
OBJ = $(SRC:%.c=$(B)/%.o)
LAYER_LIBS = $(foreach l,$(LAYERS),$(if $(wildcard $(l)/*.c),$(B)/lib/$(subst /,-,$(l)).a))
APPS = $(foreach d,$(wildcard applications/*),$(B)/applications/$(notdir $(d)).so)

all: $(B)/sluice $(APPS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

define LAYER_LIB
$(B)/lib/$(subst /,-,$(1)).a: $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call LAYER_LIB,$(l))))

WHOLE = -Wl,--whole-archive $(LAYER_LIBS) -Wl,--no-whole-archive

$(B)/sluice: $(B)/main.o $(LAYER_LIBS)
	@echo LD $@
	@$(CC) -pie -rdynamic $(LDFLAGS_ALL) -o $@ $< $(WHOLE) $(LIBS)

define APP_SO
$(B)/applications/$(1).so: $(patsubst %.c,$(B)/%.o,$(wildcard applications/$(1)/*.c))
	@mkdir -p $$(@D)
	@echo LD $$@
	@$(CC) -shared $(LDFLAGS_ALL) -o $$@ $$^
endef
$(foreach d,$(wildcard applications/*),$(eval $(call APP_SO,$(notdir $(d)))))

UNIT_SRC = $(wildcard tests/unit/*.c tests/unit/*/*.c tests/flow/*.c)
UNIT_OBJ = $(UNIT_SRC:%.c=$(B)/%.o)
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

$(B)/tests/%.o: CPPFLAGS_ALL += -Itests/unit -Itests -I$(B)/tests

$(B)/tests/cases.h: $(UNIT_SRC)
	@mkdir -p $(@D)
	sed -n 's/^TEST(\([a-z0-9_]*\))$$/CASE(\1)/p' $^ >$@

$(B)/tests/unit/main.o: $(B)/tests/cases.h

$(B)/unit: $(UNIT_OBJ) $(LAYER_LIBS)
	@echo LD $@
	@$(CC) $(LDFLAGS_ALL) $(WRAP) -o $@ $(UNIT_OBJ) \
		-Wl,--start-group $(LAYER_LIBS) -Wl,--end-group \
		$(shell pkg-config --libs check) $(LIBS)

unit: $(B)/unit
	$(B)/unit

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)

.PHONY: all unit clean run test check fuzz bench install
.SECONDARY:
