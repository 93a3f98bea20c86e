#!/bin/sh
# Counting for test scripts: one line a check that fails, one line at the end.
#
#   . tests/lib/check.sh
#   pass NAME                        fail NAME [DETAIL]
#   expect_eq NAME EXPECTED ACTUAL   expect_ne NAME UNEXPECTED ACTUAL
#   expect_has NAME NEEDLE TEXT      expect_exit NAME CODE COMMAND [ARGUMENT...]
#   skip NAME                        what could not be tried here, counted as such
#   summary                          prints "N passed, N failed" (", N skipped"); 1 when
#                                    something failed
#
# expect_exit leaves what the command said in $OUT (stdout) and $ERR (stderr).
# CHECK_VERBOSE=1 also names what passed.

CHECK_PASSED=0
CHECK_FAILED=0
CHECK_SKIPPED=0
OUT=
ERR=

pass() {
    CHECK_PASSED=$((CHECK_PASSED + 1))
    [ -z "${CHECK_VERBOSE:-}" ] || printf 'ok   %s\n' "$1"
}

fail() {
    CHECK_FAILED=$((CHECK_FAILED + 1))
    printf 'FAIL %s\n' "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/     /'
}

skip() {
    CHECK_SKIPPED=$((CHECK_SKIPPED + 1))
    printf 'skipped: %s\n' "$1"
}

expect_eq() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "expected: $2
got:      $3"
    fi
}

expect_ne() {
    if [ "$2" != "$3" ]; then
        pass "$1"
    else
        fail "$1" "not expected: $2"
    fi
}

expect_has() {
    case $3 in
    *"$2"*) pass "$1" ;;
    *) fail "$1" "missing: $2
in:      $3" ;;
    esac
}

expect_exit() {
    check_name=$1
    check_code=$2
    shift 2
    check_err=$(mktemp) || return 1
    OUT=$("$@" 2>"$check_err")
    check_got=$?
    ERR=$(cat "$check_err")
    rm -f "$check_err"
    if [ "$check_got" = "$check_code" ]; then
        pass "$check_name"
    else
        fail "$check_name" "expected exit $check_code, got $check_got
stdout: $OUT
stderr: $ERR"
    fi
}

summary() {
    if [ "$CHECK_SKIPPED" = 0 ]; then
        echo "$CHECK_PASSED passed, $CHECK_FAILED failed"
    else
        echo "$CHECK_PASSED passed, $CHECK_FAILED failed, $CHECK_SKIPPED skipped"
    fi
    [ "$CHECK_FAILED" = 0 ]
}
