#!/bin/bash
# Runs test programs and scripts one after the other, counts, and ends with one line:
# "N passed, N failed" (", N skipped" when something was). Exit 1 when anything failed.
#
#   tests/run.sh FILE...     cmocka programs, scripts that end with "N passed, N failed", or
#                            that print a line "ok ..." or "not ok ..." for each check
#
# A program that ends otherwise than it should (signal, sanitizer, no closing line) counts
# as one failure more. Output of what went well is kept short; V=1 shows all of it.

passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# "[  PASSED  ] 3 test(s)." and its sisters, all groups of one program
cmocka_count() {
    sed -n "s/^\[  $1  \] \([0-9]*\) test(s).*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'
}

tests=("$@")
for t in "${tests[@]}"; do
    began=$SECONDS
    case $t in
    *.sh) bash "$t" >"$log" 2>&1 ;;
    *.py) /usr/bin/python3 "$t" >"$log" 2>&1 ;;
    *) "$t" >"$log" 2>&1 ;;
    esac
    code=$?
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
    if [ -n "$last" ]; then
        set -- $last
        p=$1 f=$3 s=${5:-0}
    elif grep -qE '^(not )?ok ' "$log"; then
        p=$(grep -cE '^ok ' "$log") f=$(grep -cE '^not ok ' "$log") s=0
    else
        p=$(cmocka_count PASSED) f=$(cmocka_count FAILED) s=$(cmocka_count SKIPPED)
        [ $((p + f + s)) -gt 0 ] || [ $code = 77 ] || f=1
    fi
    if [ $code = 77 ]; then
        s=$((s + 1))
    elif [ $code != 0 ] && [ "$f" = 0 ]; then
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-44s %4d passed %3d failed %3d skipped %4d s\n' "${t#build/}" "$p" "$f" "$s" \
        $((SECONDS - began))
    if [ "$f" != 0 ] || [ -n "${V:-}" ]; then
        sed 's/^/    /' "$log" | tail -n 80
    fi
done
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed = 0 ]
