#!/bin/bash
# Does the suite notice? Each patch of tests/mutants/ breaks the program in one way, and the
# test it names ("# red: ...") must fail with it. All of them must pass without any patch.
#
#   tests/mutants.sh [NAME...]     only these; VARIANT=debug by default; V=1 shows output
#
# Works on a copy in build/mutants. Ends with "N passed, N failed": passed is a mutant that
# its test caught.
cd "$(dirname "$0")/.." || exit 1
root=$PWD
tree=$root/build/mutants/tree
log=$root/build/mutants/log
variant=${VARIANT:-debug}
limit=${LIMIT:-240} # seconds: a test that hangs is a test that failed
passed=0 failed=0

mkdir -p "$tree" || exit 1
# what changed is copied with a new time, what vanished is removed: make does the rest
git ls-files -co --exclude-standard | grep -v '^tests/mutants/' | while read -r f; do
    [ -f "$f" ] || continue
    cmp -s "$f" "$tree/$f" && continue
    mkdir -p "$tree/$(dirname "$f")"
    cp "$f" "$tree/$f"
done
(cd "$tree" && find . -path ./build -prune -o -type f -print | sed 's|^\./||') |
    while read -r f; do [ -f "$f" ] || rm -f "$tree/$f"; done

build() { # build TEST
    case $1 in
    unit/*) make -C "$tree" -s VARIANT="$variant" "build/$variant/tests/${1#unit/}" ;;
    *) make -C "$tree" -s VARIANT="$variant" all ;;
    esac >>"$log" 2>&1
}

run() { # run TEST: 0 green, 77 cannot be run here, else red
    (
        cd "$tree" || exit 1
        export BIN=build/$variant FLOW_PATIENCE=${FLOW_PATIENCE:-0.4}
        case $1 in
        unit/*) timeout "$limit" "build/$variant/tests/${1#unit/}" ;;
        *.py) timeout "$limit" /usr/bin/python3 "tests/$1" ;;
        *) timeout "$limit" bash "tests/$1" ;;
        esac
    ) >>"$log" 2>&1
}

say() { # say MUTANT TEST RESULT SECONDS
    printf '%-34s %-26s %-9s %4d s\n' "$1" "$2" "$3" "$4"
}

names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(cd tests/mutants && ls ./*.patch | sed 's|^\./||; s|\.patch$||')
tests=()
for name in "${names[@]}"; do
    tests+=("$(sed -n 's/^# red: //p' "tests/mutants/$name.patch")")
done

mapfile -t each < <(printf '%s\n' "${tests[@]}" | sort -u)
for t in "${each[@]}"; do
    began=$SECONDS
    : >"$log"
    if build "$t" && run "$t"; then
        say '(none)' "$t" green $((SECONDS - began))
    elif [ $? = 77 ]; then
        say '(none)' "$t" skipped $((SECONDS - began))
        echo "0 passed, 0 failed, ${#names[@]} skipped"
        exit 77
    else
        say '(none)' "$t" RED $((SECONDS - began))
        tail -n 40 "$log"
        failed=$((failed + 1))
    fi
done

for i in "${!names[@]}"; do
    name=${names[$i]} t=${tests[$i]} began=$SECONDS
    patch=$root/tests/mutants/$name.patch
    : >"$log"
    applied=1
    if ! patch -d "$tree" -p1 -s -N --dry-run <"$patch" >>"$log" 2>&1 ||
        ! patch -d "$tree" -p1 -s -N --no-backup-if-mismatch <"$patch" >>"$log" 2>&1; then
        result='no patch' applied=0
    elif ! build "$t"; then
        result='no build'
    elif run "$t"; then
        result=SURVIVED
    else
        result=caught
    fi
    say "$name" "$t" "$result" $((SECONDS - began))
    [ "$result" != caught ] || # by what: the first check that failed
        sed -n 's/^FAIL /    /p; s/^not ok - /    /p; s/^\[  FAILED  \] \([a-z]\)/    \1/p' "$log" |
        head -n 1
    if [ "$result" = caught ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
    { [ "$result" = caught ] && [ -z "${V:-}" ]; } || tail -n 30 "$log" | sed 's/^/    /'
    [ $applied = 0 ] || patch -d "$tree" -p1 -s -R --no-backup-if-mismatch <"$patch"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
