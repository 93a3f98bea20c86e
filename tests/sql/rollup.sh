#!/bin/sh
# Each rollup_*.sql on a fresh database of a throwaway cluster; its output must equal the
# .out beside it. UPDATE=1 writes the .out (then read the difference).
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
pg_start 'fsync = off' || exit $?
trap pg_stop EXIT
work=$(mktemp -d) || exit 1

run() { psql -X -q -A -t -F ' | ' -v ON_ERROR_STOP=1 "$@"; }

export PGHOST="$PG_DIR" PGUSER=postgres PGOPTIONS='-c client_min_messages=warning -c jit=off'
run -d postgres -c 'create database plain' || exit 1
for f in schema/pg/[0-9]*.sql schema/pg/again/*.sql schema/pg/again/*.sql; do
    run -d plain -f "$f" || exit 1 # the second round: they may be run again
done

failed=0
for f in ${ONLY:-tests/sql/rollup_entity.sql tests/sql/rollup_statement.sql
    tests/sql/rollup_status.sql tests/sql/rollup_register.sql tests/sql/rollup_compare.sql
    tests/sql/rollup_as_is.sql tests/sql/rollup_target.sql}; do
    name=$(basename "$f" .sql)
    out=tests/sql/$name.out
    run -d postgres -c "create database $name template plain" || exit 1
    run -d "$name" -f "$f" >"$work/out" 2>&1 || echo "psql failed" >>"$work/out"
    run -d "$name" -f tests/sql/rollup_explained.sql >>"$work/out" 2>&1 ||
        echo "psql failed" >>"$work/out"
    grep -v '^$' "$work/out" >"$work/$name"
    [ -z "$UPDATE" ] || cp "$work/$name" "$out"
    if diff -u "$out" "$work/$name"; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        failed=1
    fi
done
rm -rf "$work"
exit $failed
