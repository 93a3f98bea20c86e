#!/bin/sh
# make install into a folder: what lies there and with which rights, units that are shut
# tight, samples that say what the programs say.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
export LC_ALL=C

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM
ROOT=$WORK/root
P=/opt/htx
(umask 077 && make --no-print-directory VARIANT=release install DESTDIR="$ROOT" PREFIX=$P >"$WORK/log" 2>&1)
expect_eq "make install" 0 $?

# ---- what lies there ----
{
    echo "755 bin/htx-aggregator"
    echo "755 bin/htx-collector"
    echo "755 bin/htx-pdf"
    echo "644 lib/systemd/system/htx-aggregator.service"
    echo "644 lib/systemd/system/htx-collector.service"
    echo "644 lib/systemd/system/htx-feed.service"
    echo "644 lib/systemd/system/htx-pull.service"
    echo "644 lib/sysusers.d/htx.conf"
    echo "644 lib/tmpfiles.d/htx.conf"
    echo "644 share/doc/htx/HUONG-DAN-htx-aggregator.md"
    echo "644 share/doc/htx/HUONG-DAN-htx-collector.md"
    echo "644 share/doc/htx/README.md"
    echo "644 share/doc/htx/aggregator.conf"
    echo "644 share/doc/htx/collector.conf"
    for f in schema/catalogue/*.tsv; do
        echo "644 share/htx/catalogue/${f##*/}"
    done
} >"$WORK/expected"
(cd "$ROOT$P" && find . -type f -printf '%m %P\n' | LC_ALL=C sort -k 2) >"$WORK/got"
expect_eq "these files, these rights, no others" "$(cat "$WORK/expected")" "$(cat "$WORK/got")"
expect_eq "and nothing elsewhere" "" "$(find "$ROOT" -type f ! -path "$ROOT$P/*")"
expect_eq "every text knows its place" "" "$(grep -rl '@PREFIX@' "$ROOT")"

DOC=$ROOT$P/share/doc/htx
COLLECTOR=$ROOT$P/bin/htx-collector
AGGREGATOR=$ROOT$P/bin/htx-aggregator
expect_exit "the installed catalogue holds" 0 \
    "$AGGREGATOR" catalogue check "$ROOT$P/share/htx/catalogue"

# ---- the samples ----
# same keys, same order, same explanations as the program prints; only values are filled in
shape() { sed 's/^\(# \)\{0,1\}\([a-z_]*\) = .*/\2 =/; s/^\[\([a-z]*\) .*\]/[\1]/'; }
for p in collector aggregator; do
    "$ROOT$P/bin/htx-$p" --sample >"$WORK/$p.sample"
    expect_eq "$p.conf follows --sample" "$(shape <"$WORK/$p.sample")" \
        "$(shape <"$DOC/$p.conf")"
    expect_eq "$p.conf: defaults are those of the program" "" \
        "$(grep '^# [a-z_]* = ' "$DOC/$p.conf" | grep -vxFf "$WORK/$p.sample")"
done

sed "s|= /var/lib/|= $WORK/lib/|; s|= /etc/htx/|= $WORK/etc/|; s|= /srv/|= $WORK/srv/|
    s|= $P/|= $ROOT$P/|" "$DOC/collector.conf" >"$WORK/collector.conf"
expect_exit "collector.conf serves" 0 "$COLLECTOR" -c "$WORK/collector.conf" init
expect_has "and prints the enrolment line" "enroll unit=106 valid_from=2004-01-01 sign=" "$OUT"
expect_exit "aggregator.conf serves" 64 "$AGGREGATOR" -c "$DOC/aggregator.conf" unit list x
{
    cat "$DOC/aggregator.conf"
    echo "nonsense = 1"
} >"$WORK/bad.conf"
expect_exit "another key does not" 78 "$AGGREGATOR" -c "$WORK/bad.conf" unit list x

# ---- the units ----
if command -v systemd-analyze >/dev/null; then
    for p in collector aggregator feed pull; do
        # the check wants the program where the unit says it is
        sed "s|$P/|$ROOT$P/|" "$ROOT$P/lib/systemd/system/htx-$p.service" >"$WORK/htx-$p.service"
        expect_exit "htx-$p.service: exposure at most 1.5" 0 \
            systemd-analyze security --offline=true --threshold=15 "$WORK/htx-$p.service"
        expect_exit "htx-$p.service: no unknown word" 0 \
            systemd-analyze verify --man=no "$WORK/htx-$p.service"
        expect_eq "htx-$p.service: nothing to remark" "" "$ERR"
    done
else
    skip "the service units: systemd-analyze is not here"
fi
if command -v systemd-sysusers >/dev/null && command -v systemd-tmpfiles >/dev/null; then
    mkdir -p "$ROOT/etc" "$ROOT/usr"
    cp -r "$ROOT$P/lib" "$ROOT/usr"
    expect_exit "the users can be made" 0 systemd-sysusers --root="$ROOT" htx.conf
    expect_eq "two of them" "htx-aggregator htx-collector" \
        "$(grep -o '^htx-[a-z]*' "$ROOT/etc/passwd" | sort | paste -sd' ')"
    if [ "$(id -u)" = 0 ]; then
        expect_exit "their folders too" 0 systemd-tmpfiles --root="$ROOT" --create htx.conf
        expect_eq "each its own" "700 700" "$(stat -c %a "$ROOT/var/lib/htx" \
            "$ROOT/var/lib/htx-collector" | paste -sd' ')"
    fi
else
    skip "users and folders: systemd is not here"
fi
summary
