#!/bin/sh
# deploy/deps.sh [LIST...]: installs what the lists (deploy/packages) name and this machine
# lacks. Needs root; anybody else gets the one line to run. A line of a list: PACKAGE, or
# PACKAGE unless COMMAND.
set -u
cd "$(dirname "$0")/.." || exit 1

missing=
for list in "${@:-deploy/packages}"; do
    while read -r package unless command _; do
        case $package in '' | \#*) continue ;; esac
        [ "$unless" != unless ] || ! command -v "$command" >/dev/null 2>&1 || continue
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) missing="$missing $package" ;;
        esac
    done <"$list"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Còn thiếu gói phần mềm; chạy một lần dòng sau rồi làm lại (packages are missing, run once):"
    echo "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends$missing'"
    exit 1
fi
echo "Cài gói còn thiếu (installing):$missing"
log=$(mktemp) || exit 1
trap 'rm -f "$log.code"' EXIT
export DEBIAN_FRONTEND=noninteractive
{
    apt-get update && apt-get install -y --no-install-recommends $missing
    echo $? >"$log.code"
} >"$log" 2>&1 &
seconds=0
until [ -s "$log.code" ]; do
    [ ! -t 1 ] || printf '\r   … %s giây' "$seconds"
    sleep 1
    seconds=$((seconds + 1))
done
[ ! -t 1 ] || printf '\r                \r'
if [ "$(cat "$log.code")" != 0 ]; then
    tail -20 "$log"
    echo "Không cài được các gói trên (apt-get failed). Nhật ký: $log"
    exit 1
fi
rm -f "$log"
