#!/bin/sh
# A throwaway PostgreSQL 15 cluster: its own folder, unix socket only, trust, durable.
#
#   . tests/lib/pg.sh      functions pg_start, pg_stop; PG_DIR, PG_CONNINFO, PG_BIN are set
#   tests/lib/pg.sh start  prints the folder; the conninfo is "host=FOLDER dbname=postgres
#                          user=postgres"; exit 77: PostgreSQL 15 is not installed
#   tests/lib/pg.sh stop FOLDER | crash FOLDER | again FOLDER
#
# The server runs as user postgres when we are root. Only the process named in the folder's
# own postmaster.pid is ever signalled.

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}

pg_as() { # runs a command as the owner of the cluster
    if [ "$(id -u)" = 0 ]; then
        (cd "$PG_DIR" && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

pg_there() {
    [ -x "$PG_BIN/initdb" ] || return 1
    [ "$(id -u)" != 0 ] || { command -v runuser >/dev/null && id postgres >/dev/null 2>&1; }
}

# Starts the server on an initialised folder and waits until it answers, PG_WAIT seconds at most.
pg_again() {
    pg_as "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -l "$PG_DIR/log" -s -w -t "${PG_WAIT:-60}" start >&2
}

# pg_start [EXTRA CONFIGURATION LINE...]
pg_start() {
    pg_there || return 77
    PG_DIR=$(mktemp -d "${TMPDIR:-/tmp}/htx-pg.XXXXXX") || return 1
    # shellcheck disable=SC2034 # for whoever sources us
    PG_CONNINFO="host=$PG_DIR dbname=postgres user=postgres"
    chmod 711 "$PG_DIR"
    [ "$(id -u)" != 0 ] || chown postgres "$PG_DIR"
    pg_as "$PG_BIN/initdb" -D "$PG_DIR/data" -U postgres -A trust -E UTF8 --locale=C \
        --no-sync >/dev/null || return 1
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$PG_DIR'"
        echo "shared_buffers = 32MB"
        echo "max_connections = 40"
        echo "log_min_messages = warning"
        for pg_line in "$@"; do
            echo "$pg_line"
        done
    } >>"$PG_DIR/data/postgresql.conf"
    pg_again
}

pg_pid() {
    [ -f "$PG_DIR/data/postmaster.pid" ] && sed -n 1p "$PG_DIR/data/postmaster.pid"
}

# pg_halt SIGNAL: INT ends sessions in order, QUIT is a crash. Returns when it is gone.
pg_halt() {
    pg_old=$(pg_pid) || return 0
    kill -s "$1" "$pg_old" 2>/dev/null
    for _ in $(seq 300); do
        kill -0 "$pg_old" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "PostgreSQL $pg_old does not end" >&2
    return 1
}

pg_stop() {
    [ -n "$PG_DIR" ] || return 0
    pg_halt QUIT # nothing in it is worth a checkpoint
    case $PG_DIR in
    */htx-pg.??????) rm -rf "$PG_DIR" ;;
    esac
    PG_DIR=
}

case ${0##*/} in
pg.sh)
    case ${1:-} in
    start)
        shift
        pg_start "$@" || exit $?
        echo "$PG_DIR"
        ;;
    stop) PG_DIR=$2 && pg_stop ;;
    crash) PG_DIR=$2 && pg_halt QUIT ;;
    again) PG_DIR=$2 && pg_again ;;
    *)
        echo "usage: pg.sh start [LINE...] | stop DIR | crash DIR | again DIR" >&2
        exit 64
        ;;
    esac
    ;;
esac
