#!/bin/bash
# Runs test programs and scripts, counts, and ends with one line: "N passed, N failed"
# (", N skipped" when something was). Exit 1 when anything failed.
#
#   tests/run.sh FILE...     cmocka programs, scripts that end with "N passed, N failed", or
#                            that print a line "ok ..." or "not ok ..." for each check
#
# JOBS of them run at a time (most of them wait most of the time), each in its turn; lines
# come as they end. A program that ends otherwise than it should (signal, sanitizer, no
# closing line) counts as one failure more. Output of what went well is kept short; V=1
# shows all of it.

jobs=${JOBS:-1}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# "[  PASSED  ] 3 test(s)." and its sisters, all groups of one program
cmocka_count() { # WORD LOG
    sed -n "s/^\[  $1  \] \([0-9]*\) test(s).*/\1/p" "$2" | awk '{n += $1} END {print n + 0}'
}

one() { # NUMBER TEST: its line and output, then NUMBER.counts
    local began=$SECONDS log=$work/$1.log t=$2 code last p f s
    case $t in
    *.sh) bash "$t" >"$log" 2>&1 ;;
    *.py) /usr/bin/python3 "$t" >"$log" 2>&1 ;;
    *) "$t" >"$log" 2>&1 ;;
    esac
    code=$?
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
    if [ -n "$last" ]; then
        read -r p _ f _ s _ <<<"${last//,/}"
        s=${s:-0}
    elif grep -qE '^(not )?ok ' "$log"; then
        p=$(grep -cE '^ok ' "$log") f=$(grep -cE '^not ok ' "$log") s=0
    else
        p=$(cmocka_count PASSED "$log") f=$(cmocka_count FAILED "$log")
        s=$(cmocka_count SKIPPED "$log")
        [ $((p + f + s)) -gt 0 ] || [ $code = 77 ] || f=1
    fi
    if [ $code = 77 ]; then
        s=$((s + 1))
    elif [ $code != 0 ] && [ "$f" = 0 ]; then
        f=1
    fi
    {
        printf '%-44s %4d passed %3d failed %3d skipped %4d s\n' "${t#build/}" "$p" "$f" "$s" \
            $((SECONDS - began))
        if [ "$f" != 0 ] || [ -n "${V:-}" ]; then
            sed 's/^/    /' "$log" | tail -n 80
        fi
    } >"$work/$1.said"
    flock "$work" cat "$work/$1.said" # whole, whoever else ends now
    echo "$p $f $s" >"$work/$1.counts"
    rm -f "$log" "$work/$1.said"
}

number=0
for t in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    number=$((number + 1))
    one $number "$t" &
done
wait

passed=0 failed=0 skipped=0
for ((i = 1; i <= number; i++)); do
    p=0 f=1 s=0 # without counts it did not come to its end
    [ -f "$work/$i.counts" ] && read -r p f s <"$work/$i.counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed = 0 ]
