#!/bin/sh
# The schema on a throwaway server: migrated, migrated again, then every schema_*.sql in a
# transaction that is rolled back, its output compared with its .out.
# BIN: folder of htx-aggregator (build/release by default). ACCEPT=1 writes the outputs anew.
# Exit 77: no PostgreSQL 15.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build/release}
. tests/lib/check.sh
. tests/lib/pg.sh
export LC_ALL=C

pg_start || exit $?
WORK=$(mktemp -d)
trap 'pg_stop; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

OWNER="host=$PG_DIR dbname=postgres user=postgres"
printf '[province]\ncode = 12\nname = X\n[state]\ndir = state\n[database]\nowner = %s\n' \
    "$OWNER" >"$WORK/agg.conf"

migrate() { "$BIN/htx-aggregator" -c "$WORK/agg.conf" migrate; }
# without the random word that newer releases of pg_dump put around it
dump() { "$PG_BIN/pg_dump" -n htx "$OWNER" | grep -v '^.\(un\)*restrict '; }
ledger() { psql -XAtq "$OWNER" -c "$1"; }

expect_exit "fresh migrate" 0 migrate
dump >"$WORK/fresh"
expect_exit "second migrate" 0 migrate
expect_eq "does nothing" "nothing to do" "$OUT"
dump >"$WORK/second"
expect_eq "dumps alike" "" "$(diff "$WORK/fresh" "$WORK/second")"

# views of an older release, one of them with other columns and one that is gone
ledger "update public.htx_migration set hash = sha256('older') where number = 0;
 create view htx.gone as select 1 as x; drop view htx.person_now;
 create view htx.person_now as select code from htx.person" >/dev/null
expect_exit "migrate over older views" 0 migrate
dump >"$WORK/upgraded"
expect_eq "and dumps like a fresh one" "" "$(diff "$WORK/fresh" "$WORK/upgraded")"

ledger "update public.htx_migration set hash = sha256('edited') where number = 2" >/dev/null
expect_exit "an edited step" 78 migrate
expect_has "is named" "0002_" "$ERR"
ledger "insert into public.htx_migration values (9999, '9999_later.sql', sha256('later'))" >/dev/null
expect_exit "a newer database" 78 migrate
expect_has "asks for the newer program" "9999" "$ERR"

for test in tests/sql/schema_*.sql; do
    name=${test%.sql}
    { echo 'begin;' && echo '\set ON_ERROR_ROLLBACK on' && cat "$test" && echo 'rollback;'; } |
        psql -X -q -A "$OWNER" >"$WORK/out" 2>&1
    [ -z "${ACCEPT:-}" ] || cp "$WORK/out" "$name.out"
    expect_eq "${name##*/}" "" "$(diff "$name.out" "$WORK/out")"
done
summary
