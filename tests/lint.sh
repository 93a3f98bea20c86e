#!/bin/bash
# Who includes whom, from the #include lines: the arrows of the design and no others; each
# library behind its one door; the layout closed at the top. Prints each surprise.
surprises=0

surprise() {
    surprises=$((surprises + 1))
    echo "lint: $*"
}

includes() { # PATTERN FILE...: files that include it
    local pattern=$1
    shift
    grep -lE "^#include [<\"]$pattern" "$@" 2>/dev/null
}

for f in $(includes 'aggregator/' collectors/*.[ch] proto/*.[ch] proto/*/*.[ch]); do
    surprise "$f looks at aggregator/"
done
for f in $(includes 'collectors/' aggregator/*.[ch] aggregator/*/*.[ch] proto/*.[ch] proto/*/*.[ch]); do
    surprise "$f looks at collectors/"
done
for f in $(grep -lE '^#include "proto/' proto/base/*.[ch] |
    xargs grep -LE '^#include "proto/base/' 2>/dev/null); do
    surprise "$f: base knows no business"
done
for f in $(grep -hE '^#include "proto/' proto/base/*.[ch] | grep -v '"proto/base/' ); do
    surprise "proto/base includes $f"
done

door() { # HEADER ALLOWED-REGEX
    local f
    for f in $(includes "$1" collectors/*.[ch] aggregator/*.[ch] aggregator/*/*.[ch] proto/*.[ch] \
        proto/*/*.[ch]); do
        [[ $f =~ ^($2)$ ]] || surprise "$f opens $1 beside its door"
    done
}
door 'sqlite3\.h' 'collectors/(outbox.*|db)\.[ch]'
door 'libpq-fe\.h' 'aggregator/store/pg\.c'
door '.*\.pb-c\.h' 'proto/wire(_read|_back|_feed|_reconcile|_own)?\.[ch]'
door 'sodium\.h' 'proto/crypto\.c'
door '(cairo.*|pango/.*)\.h' 'aggregator/pdf/draw\.c'
door '(zip|expat)\.h' 'proto/forms/sheet_.*\.[ch]'
door 'utf8proc\.h' 'proto/base/text\.c'
door 'xlsxwriter\.h' 'proto/forms/paper(_form)?\.c'

extra=$(git ls-files | cut -d/ -f1 | sort -u |
    grep -vxE 'collectors|aggregator|proto|schema|tests|deploy|Makefile|README\.md|LICENSE|\..*')
[ -z "$extra" ] || surprise "top level: $extra"
for f in $(git ls-files '*.c' '*.h' '*.sql' '*.sh' '*.py'); do
    [ "$(wc -l <"$f")" -le 900 ] || surprise "$f: more than 900 lines"
done

# sealed publications are recomputed with them
sha256sum --status -c - <<'SUMS' || surprise "schema/pg/again: a method of the totals was edited"
0027dd3b6f188723bba4e1d8cc1184da59fd8b5f711663d242ac5b51f98385b6  schema/pg/again/35_method_1.sql
SUMS
if [ $surprises = 0 ]; then
    echo "1 passed, 0 failed"
else
    echo "0 passed, $surprises failed"
    exit 1
fi
