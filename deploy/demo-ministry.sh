# shellcheck shell=bash
# Part of the demo: a ministry beside the province, with a database of its own, takes the
# province's pages as files (over the wire: feed, pull) and rolls up from its copy. Sourced
# by demo.sh.

BO_CONF=$VAR/bo/aggregator.conf

bo() { env LC_ALL=vi_VN.UTF-8 "$BIN/htx-aggregator" -c "$BO_CONF" "$@"; }
bo_sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$(pg_conninfo postgres bo)" -c "$1"; }

ministry_conf() {
    mkdir -p "$VAR/bo"
    cat >"$BO_CONF" <<CONF
# Chạy thử: Bộ, cơ sở dữ liệu riêng trong cùng PostgreSQL
[province]
code = 00
name = Bộ Tài chính
[state]
dir = $VAR/bo/state
catalogue = $ROOT/schema/catalogue
[database]
owner = $(pg_conninfo postgres bo)
admin = $(pg_conninfo htx_admin bo)
read = $(pg_conninfo htx_read bo)
pull = $(pg_conninfo htx_pull bo)
CONF
}

# What a total is, without the order of its lines.
totals_of() { jget value <"$1" | sort >"$1.values"; }

ministry_story() { # PERIOD VINTAGE
    step "Bộ: theo dõi tỉnh, nhận các trang của luồng dữ liệu, tổng hợp từ bản sao"
    must psql -X -q -d "$(pg_conninfo postgres postgres)" -c "create database bo"
    ministry_conf
    must bo migrate
    must bo province add --genesis "$VAR/aggregator/genesis.conf"
    said 0 agg feed export -o "$VAR/bo/trang" | sed 's/^/   /'
    said 0 bo pull --from "$VAR/bo/trang" | sed 's/^/   /'
    check "tỉnh lập lại mọi trang từ nhật ký: đúng như đã ký" agg feed verify
    expect "mọi báo cáo của tỉnh có trong bản sao của Bộ" "$(number_of htx.report)" \
        "$(bo_sql "select count(*) from htx_12.report")"
    said 0 agg rollup "$1" --vintage "$2" --json >"$RUN/tinh.json"
    said 0 bo rollup "$1" --vintage "$2" --json >"$RUN/bo.json"
    totals_of "$RUN/tinh.json"
    totals_of "$RUN/bo.json"
    check "Bộ tổng hợp kỳ $1: $(wc -l <"$RUN/bo.json.values") số, đúng bằng số của tỉnh" \
        cmp "$RUN/tinh.json.values" "$RUN/bo.json.values"
}
