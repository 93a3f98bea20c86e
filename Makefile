# HTX: one file, no configure; all it makes lands in build/.
#
#   make            build/$(VARIANT)/htx-collector, htx-aggregator and htx-pdf
#   make demo       the main job on this machine, from a bare Debian 12 [DATA=DIR] [KEEP=1]
#   make demo-stop  stops what the demo left running
#   make deps       installs the packages that deploy/packages lists
#   make check      all tests
#   VARIANT=release|debug|asan|cov   CC, CFLAGS, LDFLAGS are honoured   V=1 shows commands

VARIANT ?= release
BUILD   := build/$(VARIANT)
PREFIX  ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config
INSTALL ?= install

PACKAGES := libzmq libprotobuf-c sqlite3 libzip expat xlsxwriter libutf8proc libsodium \
            libpq jansson libseccomp

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 \
        -Wmissing-prototypes -Wstrict-prototypes -Wundef -Wvla
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
FLAGS_debug   := -O0 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                 -fno-omit-frame-pointer
FLAGS_cov     := -O0 -g --coverage
LINK_release  := -pie -Wl,-z,relro,-z,now
LINK_asan     := -fsanitize=address,undefined
LINK_cov      := --coverage

CFLAGS ?=
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -I$(BUILD) $(WARN) $(FLAGS_$(VARIANT)) \
             $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(CFLAGS)
LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES))

Q := $(if $(V),,@)

PROTO      := $(wildcard proto/base/*.c proto/*.c proto/forms/*.c)
COLLECTOR  := $(wildcard collectors/*.c)
AGGREGATOR := $(filter-out aggregator/pdf/%,$(wildcard aggregator/*.c aggregator/*/*.c))
PDF        := $(wildcard aggregator/pdf/*.c)
UNIT       := $(wildcard tests/unit/test_*.c)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
PROTO_OBJ      := $(call obj,$(PROTO)) $(BUILD)/proto/htx.pb-c.o
COLLECTOR_OBJ  := $(call obj,$(COLLECTOR)) $(BUILD)/collectors/outbox_sql.o
AGGREGATOR_OBJ := $(call obj,$(AGGREGATOR)) $(BUILD)/aggregator/schema_files.o
PDF_OBJ        := $(call obj,$(PDF))
UNIT_BIN       := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT))
# a unit test may reach every module but the mains; both programs have modules of one
# name, so its own side comes first
PARTS_collectors := $(filter-out %/main.o,$(COLLECTOR_OBJ))
PARTS_aggregator := $(filter-out %/main.o,$(AGGREGATOR_OBJ))
side_of = $(if $(shell grep '"collectors/' $(1)),collectors aggregator,aggregator collectors)

all: $(BUILD)/htx-collector $(BUILD)/htx-aggregator $(BUILD)/htx-pdf

$(BUILD)/proto/htx.pb-c.c: proto/htx.proto
	@mkdir -p $(@D)
	$(Q)protoc-c --c_out=$(BUILD) $<

$(BUILD)/proto/htx.pb-c.o: $(BUILD)/proto/htx.pb-c.c
	$(Q)$(CC) $(filter-out -W%,$(ALL_CFLAGS)) -c -o $@ $<

# the steps of the outbox travel inside the binary, in the order of their numbers
$(BUILD)/collectors/outbox_sql.c: $(sort $(wildcard schema/outbox/[0-9]*.sql))
	@mkdir -p $(@D)
	$(Q)( echo '#include "collectors/outbox.h"'; echo; \
	  echo 'const char *const outbox_steps[] = {'; \
	  for f in $^; do sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/    "&\\n"/' $$f; echo '    ,'; done; \
	  echo '    NULL,'; echo '};' ) > $@

$(BUILD)/collectors/outbox_sql.o: $(BUILD)/collectors/outbox_sql.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# and so do the steps of PostgreSQL, then its views and functions
$(BUILD)/aggregator/schema_files.c: $(sort $(wildcard schema/pg/[0-9]*.sql)) \
    $(sort $(wildcard schema/pg/again/*.sql))
	@mkdir -p $(@D)
	$(Q)( echo '#include "aggregator/migrate.h"'; echo; \
	  echo 'const struct schema_file schema_files[] = {'; \
	  for f in $^; do echo "    {\"$${f#schema/pg/}\","; \
	    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/     "&\\n"/' $$f; echo '    },'; done; \
	  echo '};'; \
	  echo 'const size_t schema_files_n = sizeof schema_files / sizeof schema_files[0];' \
	) > $@

$(BUILD)/aggregator/schema_files.o: $(BUILD)/aggregator/schema_files.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/%.o: %.c | $(BUILD)/proto/htx.pb-c.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libhtx.a: $(PROTO_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/htx-collector: $(COLLECTOR_OBJ) $(BUILD)/libhtx.a
	$(Q)$(CC) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/htx-aggregator: $(AGGREGATOR_OBJ) $(BUILD)/libhtx.a
	$(Q)$(CC) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

# what draws is a program of its own: no other loads pango and cairo
$(PDF_OBJ): ALL_CFLAGS += $(shell $(PKG_CONFIG) --cflags pangocairo)
$(BUILD)/htx-pdf: $(PDF_OBJ) $(BUILD)/libhtx.a
	$(Q)$(CC) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ \
	    $(shell $(PKG_CONFIG) --libs pangocairo libutf8proc)

$(BUILD)/parts-collectors.a: $(PARTS_collectors)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/parts-aggregator.a: $(PARTS_aggregator)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/parts-collectors.a \
    $(BUILD)/parts-aggregator.a $(BUILD)/libhtx.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $< \
	    $(patsubst %,$(BUILD)/parts-%.a,$(call side_of,tests/unit/$*.c)) \
	    $(BUILD)/libhtx.a $(LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

# -- tests ----------------------------------------------------------------------------

SQL_TESTS  := $(sort $(wildcard tests/sql/*.sh))
FLOW_TESTS := $(sort $(wildcard tests/flow/*.sh tests/flow/*.py))

# the main suite: unit tests under ASan + UBSan, the schema and the programs as released
check: deps-test
	@$(MAKE) --no-print-directory VARIANT=asan unit
	@$(MAKE) --no-print-directory VARIANT=release all build/release/tests/pour
	@JOBS=$(or $(JOBS),2) tests/run.sh tests/lint.sh $(patsubst tests/unit/%.c,build/asan/tests/%,$(UNIT)) \
	    $(SQL_TESTS) $(FLOW_TESTS)

unit: $(UNIT_BIN)

check-flow: all $(BUILD)/tests/pour
	@tests/run.sh $(FLOW_TESTS)

# the figure of the issue: 300 kills, 0 lost, 0 doubled; prints seed and counts
check-kills: all
	@/usr/bin/python3 tests/flow/kill.py --kills $(or $(KILLS),300)

# the figure of the issue: 10,000 random corrections, every publication to its bytes
check-corrections: all
	@/usr/bin/python3 tests/flow/corrections.py --corrections $(or $(CORRECTIONS),10000)

# the ministry at its full size: 34 provinces, 107,000 entities, three periods, 200 kills
check-full: all $(BUILD)/tests/pour
	@/usr/bin/python3 tests/flow/ministry.py --provinces 34 --entities 107000 --units 8 \
	    --moved 200 --kills $(or $(KILLS),200) --pause 0.2 1.5 --patience 900 --again 15000 --poll 2000

# every view at every position, and another history
check-reference: all
	@FULL=1 SEED=$(or $(SEED),$$(date +%N)) /usr/bin/python3 tests/flow/reference.py

check-mutants: deps
	@tests/mutants.sh $(MUTANTS)

$(BUILD)/tests/bare_xml: tests/bench/bare_xml.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --libs libzip expat)

# the units of a province, for what needs many reports
$(BUILD)/tests/pour: $(BUILD)/tests/scale/pour.o $(BUILD)/libhtx.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(LIBS)

# ratios and memory, each against its limit
bench: all $(BUILD)/tests/bare_xml $(BUILD)/tests/pour
	@/usr/bin/python3 tests/bench/check_speed.py $(BUILD)
	@/usr/bin/python3 tests/bench/pull_speed.py

check-unit: unit
	@tests/run.sh $(UNIT_BIN)

lint:
	@tests/lint.sh

format:
	clang-format-14 -i $(shell git ls-files '*.c' '*.h')

# -- the demo ---------------------------------------------------------------------------

# what deploy/packages lists and this machine lacks; without root: the line to run
deps:
	@deploy/deps.sh

# and what tests use beside it; without it they are skipped
deps-test: deps
	@deploy/deps.sh deploy/packages-test || \
	    echo "Kiểm thử cần các gói trên sẽ bị bỏ qua (tests that need them are skipped)"

# DATA=DIR: with the sheets below DIR; KEEP=1: leaves all running
demo: deps
	@MAKE="$(MAKE)" DATA="$(DATA)" KEEP="$(KEEP)" deploy/demo.sh run

demo-stop:
	@deploy/demo.sh stop

# -- installing -------------------------------------------------------------------------

BIN_DIR     = $(DESTDIR)$(PREFIX)/bin
SHARE_DIR   = $(DESTDIR)$(PREFIX)/share/htx
DOC_DIR     = $(DESTDIR)$(PREFIX)/share/doc/htx
SYSTEMD_DIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
USERS_DIR   = $(DESTDIR)$(PREFIX)/lib/sysusers.d
FOLDERS_DIR = $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
TEXT        = $(INSTALL) -m 644
# a text that names where the programs are
placed      = sed 's|@PREFIX@|$(PREFIX)|g' $(1) | $(INSTALL) -m 644 /dev/stdin $(2)

# nothing under /etc is touched: the samples in share/doc/htx are copied there by hand
install: all
	$(INSTALL) -d $(BIN_DIR) $(SHARE_DIR)/catalogue $(DOC_DIR) $(SYSTEMD_DIR) $(USERS_DIR) $(FOLDERS_DIR)
	$(INSTALL) -m 755 $(BUILD)/htx-collector $(BIN_DIR)/htx-collector
	$(INSTALL) -m 755 $(BUILD)/htx-aggregator $(BIN_DIR)/htx-aggregator
	$(INSTALL) -m 755 $(BUILD)/htx-pdf $(BIN_DIR)/htx-pdf
	$(TEXT) schema/catalogue/*.tsv $(SHARE_DIR)/catalogue
	$(TEXT) README.md $(DOC_DIR)/README.md
	$(TEXT) collectors/HUONG-DAN.md $(DOC_DIR)/HUONG-DAN-htx-collector.md
	$(TEXT) aggregator/HUONG-DAN.md $(DOC_DIR)/HUONG-DAN-htx-aggregator.md
	$(call placed,deploy/collector.conf,$(DOC_DIR)/collector.conf)
	$(call placed,deploy/aggregator.conf,$(DOC_DIR)/aggregator.conf)
	$(call placed,deploy/htx-collector.service,$(SYSTEMD_DIR)/htx-collector.service)
	$(call placed,deploy/htx-aggregator.service,$(SYSTEMD_DIR)/htx-aggregator.service)
	$(call placed,deploy/htx-feed.service,$(SYSTEMD_DIR)/htx-feed.service)
	$(call placed,deploy/htx-pull.service,$(SYSTEMD_DIR)/htx-pull.service)
	$(TEXT) deploy/htx.sysusers $(USERS_DIR)/htx.conf
	$(TEXT) deploy/htx.tmpfiles $(FOLDERS_DIR)/htx.conf

clean:
	rm -rf build

.PHONY: bench all deps deps-test demo demo-stop check check-unit check-flow check-full check-kills check-reference \
    check-mutants unit lint format install clean
.SECONDARY:

-include $(patsubst %.o,%.d,$(PROTO_OBJ) $(COLLECTOR_OBJ) $(AGGREGATOR_OBJ) $(PDF_OBJ)) \
    $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%.d,$(UNIT))
