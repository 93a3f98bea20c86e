# shellcheck shell=bash
# Parts of the demo: words, waiting, PostgreSQL, daemons, memory. Sourced by demo.sh.
#
# Everything lies below $VAR. A process is only ever signalled through a pid file of ours
# and after a look at its program.

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
FAILED=0
STEP=0
declare -A RSS=() # name -> most kB its processes ever had together

TTY='' BOLD='' DIM='' RED='' PLAIN=''
if [ -t 1 ]; then
    TTY=1 BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
fi

# ---- words ----

title() { printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
step() {
    STEP=$((STEP + 1))
    title "$STEP. $*"
}
note() { printf '   %s\n' "$*"; }

ok() { printf '   ✓ %s\n' "$*"; }
bad() {
    printf '   %s✗ %s%s\n' "$RED" "$*" "$PLAIN"
    FAILED=$((FAILED + 1))
    printf 'FAILED: %s\n' "$*" >>"$LOG/commands.log"
}

# check TEXT COMMAND...: an expectation of the story
check() {
    local text=$1
    shift
    if "$@" >>"$LOG/commands.log" 2>&1; then ok "$text"; else bad "$text"; fi
}
equal() { [ "$1" = "$2" ] || { echo "got \"$1\", expected \"$2\"" && return 1; }; }
# expect TEXT EXPECTED GOT
expect() {
    if [ "$2" = "$3" ]; then ok "$1"; else bad "$1: được \"$3\", phải là \"$2\""; fi
}

exec 3>&2 # a condition that is polled has no stderr of its own
die() {
    [ -z "$TTY" ] || printf '\r\e[K'
    printf '\n%sLỖI: %s%s\nNhật ký: %s\n' "$RED" "$*" "$PLAIN" "$LOG" >&3
    exit 1
}

# must COMMAND...: quiet; what it says goes to the log, and to the terminal when it fails
must() {
    local out rc
    out=$("$@" 2>&1)
    rc=$?
    printf '$ %s\n%s\n' "$*" "$out" >>"$LOG/commands.log"
    [ $rc = 0 ] || die "$* (mã $rc)"$'\n'"$(tail -n 5 <<<"$out")"
}

# said CODES COMMAND...: its output to stdout, both channels to the log; dies when it ends
# with none of these codes ("0,2": 2 means findings)
said() {
    local codes=$1 out rc
    shift
    out=$("$@" 2>>"$LOG/commands.log")
    rc=$?
    printf '$ %s\n%s\n' "$*" "$out" >>"$LOG/commands.log"
    case ",$codes," in
    *",$rc,"*) printf '%s\n' "$out" ;;
    *) die "$* (mã $rc)" ;;
    esac
}

# wait_for SECONDS TEXT COMMAND...: polls a condition; a live line on a terminal
wait_for() {
    local limit=$1 text=$2 end polls=0 began=$SECONDS
    shift 2
    end=$((SECONDS + limit))
    until "$@" 2>/dev/null; do
        [ $SECONDS -lt $end ] || die "chờ quá $limit giây: $text"
        [ -z "$TTY" ] || printf '\r   %s… %s giây\e[K' "$text" $((SECONDS - began))
        [ $((polls++ % 5)) != 0 ] || rss_sample
        sleep 0.1
    done
    [ -z "$TTY" ] || printf '\r\e[K'
}

# busy TEXT LOGFILE COMMAND...: a long command, with the seconds on a terminal
busy() {
    local text=$1 log=$2 began=$SECONDS pid
    shift 2
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        [ -z "$TTY" ] || printf '\r   %s… %s giây\e[K' "$text" $((SECONDS - began))
        sleep 0.2
    done
    [ -z "$TTY" ] || printf '\r\e[K'
    wait $pid
}

# pad WIDTH TEXT: to the left of a column; negative: to the right. By characters.
pad() {
    local w=$1 s=$2 left=
    [ "$w" -gt 0 ] || { w=$((-w)) && left=1; }
    [ ${#s} -le "$w" ] || s=${s:0:w-1}…
    if [ -n "$left" ]; then
        printf '%*s%s' $((w - ${#s})) '' "$s"
    else
        printf '%s%*s' "$s" $((w - ${#s})) ''
    fi
}

# vnum NUMBER [DECIMALS]: 37440.5 as 37.440,5; with at least so many decimals
vnum() {
    local sign='' whole=$1 rest='' decimals=${2:-0}
    [ -n "$1" ] || { printf '…' && return; }
    case $whole in -*) sign=- whole=${whole#-} ;; esac
    case $whole in *.*) rest=,${whole#*.} whole=${whole%%.*} ;; esac
    if [ "$decimals" -gt 0 ]; then
        rest=${rest:-,}
        while [ ${#rest} -le "$decimals" ]; do rest=${rest}0; done
    fi
    while [ ${#whole} -gt 3 ]; do
        rest=.${whole: -3}$rest
        whole=${whole::-3}
    done
    printf '%s' "$sign$whole$rest"
}

# jrows FILE KEY=VALUE...: the objects (one a line) that have all of these
jrows() {
    local file=$1 pair rows
    shift
    rows=$(cat "$file")
    for pair in "$@"; do
        rows=$(grep -F "\"${pair%%=*}\": \"${pair#*=}\"" <<<"$rows")
    done
    printf '%s\n' "$rows"
}
# jget KEY: its value in each object of stdin
jget() {
    sed -n -e "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p;t" -e "s/.*\"$1\": \([^,}]*\).*/\1/p" |
        sed 's/^null$//'
}

# ---- memory ----

# Adds up peak RSS over each daemon's process tree; keeps the most of every name. A child that
# a collector forks for one sheet counts with the pages it has for itself: at its start all
# others are its parent's, which would be counted twice whenever a sample meets a child.
rss_sample() {
    local file name pid roots='' kb
    for file in "$RUN"/*.pid; do
        [ -f "$file" ] || continue
        read -r pid <"$file" || continue
        name=${file##*/}
        roots="$roots ${name%.pid}:$pid"
    done
    [ -n "$roots" ] || return 0
    while read -r name kb; do
        [ "$kb" -le "${RSS[$name]:-0}" ] || RSS[$name]=$kb
    done < <(cat /proc/[0-9]*/status 2>/dev/null | awk -v roots="$roots" '
        /^Pid:/ { p = $2 }
        /^PPid:/ { up[p] = $2 }
        /^VmHWM:/ { kb[p] = $2 }
        function own(p,    file, line, w, sum) {
            file = "/proc/" p "/smaps_rollup"
            while ((getline line < file) > 0)
                if (line ~ /^Private_/) { split(line, w); sum += w[2] }
            close(file)
            return sum + 0
        }
        END {
            n = split(roots, r, " ")
            for (i = 1; i <= n; i++) { split(r[i], a, ":"); name[a[2]] = a[1] }
            for (p in kb) {
                for (q = p; q > 1 && !(q in name); q = up[q]) if (!(q in up)) break
                if (q in name)
                    sum[name[q]] += q != p && name[q] ~ /^collector-/ ? own(p) : kb[p]
            }
            for (s in sum) print s, sum[s]
        }')
}

# ---- daemons ----

# alive NAME: the pid, if the process in the pid file is ours
alive() {
    local pid exe
    { read -r pid <"$RUN/$1.pid"; } 2>/dev/null || return 1
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
    case ${exe% (deleted)} in
    */htx-aggregator | */htx-collector) echo "$pid" ;;
    *) return 1 ;;
    esac
}

# gone NAME: did the process in the pid file end?
gone() {
    local pid state
    { read -r pid <"$RUN/$1.pid"; } 2>/dev/null || return 0
    { read -r _ _ state _ <"/proc/$pid/stat"; } 2>/dev/null || return 0
    [ "$state" = Z ]
}

# start NAME COMMAND...
start() {
    local name=$1
    shift
    printf '$ %s &\n' "$*" >>"$LOG/commands.log"
    # shellcheck disable=SC2094 # one file for both channels
    "$@" >>"$LOG/$name.log" 2>&1 3>&- </dev/null &
    echo $! >"$RUN/$name.pid"
}

# stop NAME: TERM, and KILL after ten seconds
stop() {
    local pid waited=0
    rss_sample
    if pid=$(alive "$1"); then
        kill -TERM "$pid"
        while kill -0 "$pid" 2>/dev/null && [ "$(alive "$1")" = "$pid" ]; do
            [ $((waited += 1)) -lt 100 ] || kill -KILL "$pid" 2>/dev/null
            sleep 0.1
        done
        wait "$pid" 2>/dev/null
    fi
    rm -f "$RUN/$1.pid"
}

stop_daemons() {
    local file name
    for file in "$RUN"/collector-*.pid "$RUN"/serve.pid; do
        [ -f "$file" ] || continue
        name=${file##*/}
        stop "${name%.pid}"
    done
}

serve_start() {
    rm -f "$VAR/aggregator/endpoint"
    start serve env LC_ALL=vi_VN.UTF-8 "$BIN/htx-aggregator" -c "$CONF" serve
    wait_for 60 "chương trình của tỉnh khởi động" serve_ready
    ENDPOINT=$(cat "$VAR/aggregator/endpoint")
    # the port it was given stays its port
    sed -i "s|^endpoint = .*|endpoint = $ENDPOINT|" "$CONF"
}
serve_ready() {
    ! gone serve || die "serve đã dừng:"$'\n'"$(tail -n 5 "$LOG/serve.log")"
    [ -s "$VAR/aggregator/endpoint" ]
}
serve_stop() { stop serve; }

# ---- PostgreSQL ----

as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Where the cluster can live: below $VAR when user postgres can get there and the socket's
# name is short enough, else in /var/tmp with a link from $VAR/pg.
pg_place() {
    PG=$VAR/pg
    mkdir -p "$PG"
    [ "$(id -u)" != 0 ] || chown postgres "$PG"
    if [ ${#PG} -gt 80 ] || ! as_postgres test -w "$PG"; then
        rmdir "$PG"
        PG=$(mktemp -d /var/tmp/htx-demo-pg.XXXXXX) || die "không tạo được thư mục trong /var/tmp"
        [ "$(id -u)" != 0 ] || chown postgres "$PG"
        ln -s "$PG" "$VAR/pg"
    fi
    chmod 700 "$PG"
}

pg_start() {
    pg_place
    must as_postgres "$PG_BIN/initdb" -D "$PG/data" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8
    # trust behind a socket that only its owner and root can open
    as_postgres tee -a "$PG/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$PG'
unix_socket_permissions = 0700
shared_buffers = 64MB
max_connections = 60
CONF
    ln -sf "$PG/server.log" "$LOG/postgresql.log"
    must as_postgres "$PG_BIN/pg_ctl" -D "$PG/data" -l "$PG/server.log" -s -w -t 60 start
    must psql -X -q -d "$(pg_conninfo postgres postgres)" -c "create database htx"
}

pg_conninfo() { echo "host=$PG dbname=${2:-htx} user=$1"; }
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$(pg_conninfo postgres)" -c "$1"; }

# The cluster that an earlier run left, by its own pid file.
pg_stop() {
    local data=$VAR/pg/data pid exe i
    { read -r pid <"$data/postmaster.pid"; } 2>/dev/null || return 0
    exe=$(readlink "/proc/$pid/exe") || return 0
    case $exe in */postgres*) ;; *) return 0 ;; esac
    kill -INT "$pid"
    for ((i = 0; i < 300; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    die "PostgreSQL (pid $pid) không dừng"
}

# Everything an earlier run left.
clear_all() {
    local old
    stop_daemons
    pg_stop
    old=$(readlink "$VAR/pg")
    case $old in /var/tmp/htx-demo-pg.??????) rm -rf "$old" ;; esac
    rm -rf "$VAR"
}

# ---- the two programs ----

agg() { env LC_ALL=vi_VN.UTF-8 "$BIN/htx-aggregator" -c "$CONF" "$@"; }
# col NAME COMMAND...
col() {
    local name=$1
    shift
    env LC_ALL=vi_VN.UTF-8 "$BIN/htx-collector" -c "$VAR/collectors/$name/collector.conf" "$@"
}

# collector_make NAME UNIT=VALID_FROM...: folders, keys, enrolment
collector_make() {
    local name=$1 pair dir=$VAR/collectors/$1
    shift
    mkdir -p "$dir"
    {
        printf '[collector]\nstate = state\ncatalogue = %s\n' "$ROOT/schema/catalogue"
        printf 'genesis = %s\nendpoint = %s\n' "$VAR/aggregator/genesis.conf" "$ENDPOINT"
        printf 'civil_date = %s\nscan_ms = 300\nreconnect_ms = 200\n' "$TODAY"
        printf 'reconnect_max_ms = 1000\nretry_min_ms = 200\nretry_max_ms = 1000\n'
        for pair in "$@"; do
            printf '[unit %s]\nvalid_from = %s\ninbox = thu-muc-gui/%s\n' \
                "${pair%%=*}" "${pair#*=}" "${pair%%=*}"
        done
    } >"$dir/collector.conf"
    said 0 col "$name" init >"$dir/enroll"
    while read -r pair; do
        must agg keys enroll "$pair"
    done <"$dir/enroll"
}

collector_start() { start "collector-$1" env LC_ALL=vi_VN.UTF-8 "$BIN/htx-collector" -c "$VAR/collectors/$1/collector.conf" run; }
collector_stop() { stop "collector-$1"; }

inbox() { echo "$VAR/collectors/$1/thu-muc-gui/$2"; }

# drop NAME UNIT FILE [AS]: as an officer does, with a copy into the folder
drop() {
    must cp "$3" "$(inbox "$1" "$2")/${4:-${3##*/}}"
}

# Is everything that was dropped taken in? Nothing lies in the inboxes or in work.
taken_in() {
    ! gone "collector-$1" || die "collector $1 đã dừng:"$'\n'"$(tail -n 5 "$LOG/collector-$1.log")"
    [ -z "$(find "$VAR/collectors/$1/thu-muc-gui"/* -maxdepth 1 -type f)" ] &&
        [ -z "$(find "$VAR/collectors/$1/state/claims" -type f)" ]
}

# count NAME KEY: a number of `status --json`, added up over its units
count() { col "$1" status --json | jget "$2" | awk '{ n += $1 } END { print n + 0 }'; }

# settled NAME...: is everything taken in and answered?
settled() {
    local name status
    for name in "$@"; do
        taken_in "$name" || return 1
        status=$(col "$name" status --json) || return 1
        [ "$(jget waiting <<<"$status" | sort -u)" = 0 ] || return 1
        [ "$(jget on_the_way <<<"$status" | sort -u)" = 0 ] || return 1
    done
}
linked() { [ "$(col "$1" status --json | jget linked | sort -u)" = true ]; }
unanswered() { echo $(($(count "$1" waiting) + $(count "$1" on_the_way))); }
waiting() { taken_in "$1" && [ "$(unanswered "$1")" -gt 0 ]; }

# answer NAME UNIT FILE: the answer beside a file that was dropped
answer() {
    local box
    box=$(inbox "$1" "$2")
    cat "$box/da-xu-ly/$3.ket-qua.txt" "$box/can-sua/$3.ket-qua.txt" 2>/dev/null
}
