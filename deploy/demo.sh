#!/bin/bash
# deploy/demo.sh: the main job on this machine, from spreadsheets to the ministry's extract.
#
#   demo.sh [run]    DATA=DIR: with the sheets below DIR instead of the sample
#                    KEEP=1: leave everything running
#   demo.sh stop     stop what an earlier run left, PostgreSQL included
#
# Everything is made anew below var/demo; PostgreSQL goes on running afterwards, so that
# var/demo/aggregator.conf can be asked. Exit 1 when an expectation does not hold.
set -u
export LC_ALL=C.UTF-8
ROOT=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$ROOT" || exit 1
BIN=$ROOT/build/release
VAR=$ROOT/var/demo
LOG=$VAR/log
RUN=$VAR/run
CONF=$VAR/aggregator.conf
SHEETS=$ROOT/tests/data
PERIOD=2025-S1 # the half-year of the sample
KEEP=${KEEP:-}
DATA=${DATA:-}
TODAY=
ENDPOINT=tcp://127.0.0.1:0
. deploy/demo-lib.sh
. deploy/demo-print.sh
. deploy/demo-data.sh
. deploy/demo-ministry.sh

case ${1:-run} in
run) ;;
stop)
    stop_daemons
    pg_stop
    echo "Đã dừng các chương trình chạy thử. Thư mục var/demo vẫn còn."
    exit 0
    ;;
*)
    echo "usage: demo.sh [run | stop]" >&2
    exit 64
    ;;
esac

build() {
    mkdir -p build
    busy "dịch chương trình" build/demo.log \
        "${MAKE:-make}" -s --no-print-directory "-j$(nproc)" VARIANT=release all && return
    tail -n 20 build/demo.log >&2
    echo "Không dịch được chương trình. Nhật ký: build/demo.log" >&2
    exit 1
}

# ---- the province ----

province_conf() {
    cat >"$CONF" <<CONF
# Chạy thử: PostgreSQL riêng trong $PG. Dừng: make demo-stop
[province]
code = 12
name = Tỉnh Lai Châu
[state]
dir = $VAR/aggregator
catalogue = $ROOT/schema/catalogue
[database]
owner = $(pg_conninfo postgres)
admin = $(pg_conninfo htx_admin)
serve = $(pg_conninfo htx_serve)
read = $(pg_conninfo htx_read)
feed = $(pg_conninfo htx_feed)
[serve]
endpoint = $ENDPOINT
civil_date = $TODAY
CONF
}

# The officers' keys; two of them sign the genesis file.
province_make() {
    local who
    must agg migrate
    mkdir -p "$VAR/officers" "$VAR/register"
    chmod 700 "$VAR/officers"
    for who in an binh chi; do
        must agg keys new "$VAR/officers/$who.key"
    done
    must agg genesis --officer "an=$VAR/officers/an.key,Lò Thị An" \
        --officer "binh=$VAR/officers/binh.key,Giàng A Bình" \
        --officer "chi=$VAR/officers/chi.key,Vàng Thị Chi" \
        --sign "$VAR/officers/an.key" --sign "$VAR/officers/binh.key"
    must agg catalogue load --by an
    must agg catalogue activate 1 --sign "$VAR/officers/an.key" --by an
    must agg catalogue activate 1 --sign "$VAR/officers/binh.key" --by binh
}

# Someone for the province's desk, with a key of her own.
desk_make() {
    printf 'code\tname\trole\ttitle\tkey\tvalid_from\n%s\t%s\t%s\t%s\t\t%s\n' \
        dao "Lý Thị Dào" consolidator "Chuyên viên" 2020-01-01 >"$VAR/register/people.tsv"
    must agg person load "$VAR/register/people.tsv" --by an
    DESK=$(said 0 agg keys new "$VAR/officers/dao.key") || exit 1
    must agg keys enroll "enroll desk=dao sign=$DESK" --by an
}

# set_date DATE: the civil date of the province; of each collector too
set_date() {
    local file
    TODAY=$1
    for file in "$CONF" "$VAR"/collectors/*/collector.conf; do
        [ ! -f "$file" ] || sed -i "s/^civil_date = .*/civil_date = $TODAY/" "$file"
    done
}

# desk UNIT FILE PAPER-NUMBER PAPER-DATE: the province files what came on paper
desk() {
    printf 'Bản chụp văn bản giấy của đơn vị %s (mẫu)\n' "$1" >"$VAR/register/paper-$1.txt"
    said 0,2 agg submit "$2" --for "$1" --by dao --why "đơn vị chưa có máy gửi, gửi văn bản giấy" \
        --key "$VAR/officers/dao.key" --paper "$VAR/register/paper-$1.txt" --complete \
        --paper-number "$3" --paper-date "$4" --signer "Tao Văn Mẫu" --title "Phó Chủ tịch" \
        >"$LOG/desk-$1.txt"
}

declare_complete() { # NAME UNIT PERIOD [OPTION...]
    local name=$1 unit=$2 period=$3
    shift 3
    must col "$name" declare "$period" --unit "$unit" --signer "Nguyễn Văn Mẫu" \
        --title "Chủ tịch UBND" --maker "Lò Văn Mẫu" "$@"
}

# ---- the sample story ----

UNITS="105 106 107 108 109 110 111"

units_make() {
    cp deploy/demo-units.tsv "$VAR/register/units.tsv"
    must agg unit load "$VAR/register/units.tsv" --by an
    must agg entity load "$SHEETS/lai_chau_2025_s1/danh-ba.tsv" --by an
}

story_2023() {
    step "Tháng 9/2023: huyện Tam Đường gửi số liệu ước thực hiện 2023 và kế hoạch 2024"
    serve_start
    collector_make 106 106=2004-01-01
    collector_start 106
    drop 106 106 "$SHEETS/tam_duong/tam-duong-2023.xlsx"
    wait_for 60 "chờ phiếu tiếp nhận của huyện Tam Đường" settled 106
    ok "đã có phiếu tiếp nhận cho $(col 106 receipts --json | grep -c '"report"') báo cáo (ước thực hiện, kế hoạch, mục tiêu)"
    collector_stop 106
    serve_stop
}

start_2025() {
    local unit from
    set_date 2025-06-16
    serve_start
    for unit in $UNITS; do
        set -- "$unit=2004-01-01"
        [ "$unit" != 109 ] || set -- "$@" KKT=2025-01-01
        if [ "$unit" != 106 ]; then collector_make "$unit" "$@"; fi
        collector_start "$unit"
    done
    for unit in $UNITS; do
        wait_for 30 "máy gửi của đơn vị $unit nối với tỉnh" linked "$unit"
    done
}

# A second machine of a unit: its key is revoked while it is connected, then it dials again.
revoked_key() {
    local unit=$1 from=$2 file=$3 key curve
    collector_make may-cu "$unit=$from"
    collector_start may-cu
    wait_for 30 "máy thứ hai của $unit nối với tỉnh" linked may-cu
    for key in sign curve; do
        must agg keys revoke --reason "máy bị mất" --by chi -- \
            "$(sed "s/.* $key=\([^ ]*\).*/\1/" "$VAR/collectors/may-cu/enroll")"
    done
    curve=$(sed 's/.* curve=\([^ ]*\).*/\1/' "$VAR/collectors/may-cu/enroll")
    drop may-cu "$unit" "$file"
    wait_for 30 "máy đó nhận tệp" taken_in may-cu
    collector_stop may-cu
    collector_start may-cu
    wait_for 60 "máy có khóa đã thu hồi gõ cửa" \
        grep -qF "key_refused key=$curve" "$LOG/serve.log"
    REVOKED_WAITS=$(unanswered may-cu)
    REVOKED_RECEIPTS=$(col may-cu receipts --json | grep -c '"hash"')
    REVOKED_LINES=$(grep -cF " key=$curve" "$LOG/serve.log")
    collector_stop may-cu
}

story_2025() {
    local unit file
    step "Ngày 16/6/2025 (hạn gửi): tám huyện, bảy máy gửi, kỳ $PERIOD"
    start_2025
    ok "tỉnh và bảy máy gửi đã nối"
    for unit in 105 106 107 108 109; do
        for file in "$SHEETS/lai_chau_2025_s1/$unit"/*.*; do
            drop "$unit" "$unit" "$file"
        done
    done
    drop 108 108 "$SHEETS/special/108-o-sai.xlsx"
    drop 111 111 "$SHEETS/special/111-chua-du.csv"
    wait_for 120 "chờ phiếu tiếp nhận của sáu huyện" settled 105 106 107 108 109 111
    ok "sáu huyện đã gửi; mọi tệp đều có trả lời"
    note "108-o-sai.xlsx có ô sai; trả lời cạnh tệp nêu từng ô (các dòng đúng vẫn được nhận):"
    answer 108 108 108-o-sai.xlsx | sed -n 's/^ *- \(\[phải sửa\].*\)/     \1/p'

    drop 105 105 "$SHEETS/lai_chau_2025_s1/105/danh-sach.xlsx"
    drop 109 109 "$SHEETS/special/109-dieu-chinh.xlsx"
    wait_for 60 "chờ trả lời cho tệp thả hai lần và bản điều chỉnh" settled 105 109
    ok "105 thả lại cùng một tệp; 109 gửi bản điều chỉnh"

    serve_stop
    for file in "$SHEETS/lai_chau_2025_s1/110"/*.*; do
        drop 110 110 "$file"
    done
    wait_for 60 "110 nhận tệp khi tỉnh đang tắt" waiting 110
    DOWN_WAITED=$(unanswered 110)
    serve_start
    wait_for 120 "tỉnh chạy lại, 110 gửi phần đang chờ" settled 110
    ok "110 gửi lúc tỉnh đang tắt: $DOWN_WAITED báo cáo chờ trên máy, gửi ngay khi tỉnh chạy lại"

    revoked_key 110 2004-01-01 "$SHEETS/lai_chau_2025_s1/110/danh-sach.xlsx"
    ok "máy có khóa xác thực đã thu hồi: không có phiên nào, $REVOKED_LINES dòng nhật ký, $REVOKED_WAITS báo cáo nằm lại trên máy đó"

    for unit in 105 106 107 108 109 110; do
        declare_complete "$unit" "$unit" "$PERIOD" --paper-number "$unit/BC-UBND" --paper-date 2025-06-16
    done
    declare_complete 109 KKT "$PERIOD" --nothing --paper-number 12/BC-BQL --paper-date 2025-06-16
    wait_for 60 "chờ phiếu cho bản kê khai" settled 105 106 107 108 109 110
    ok "sáu huyện kê khai đủ biểu; Ban quản lý KKT kê khai không phát sinh; 111 mới gửi một phần"

    set_date 2025-06-18
    desk 112 "$SHEETS/lai_chau_2025_s1/112/danh-sach.xlsx" 112/BC-UBND 2025-06-17
    ok "ngày 18/6: tỉnh nhập thay cho 112 theo văn bản giấy (gửi chậm)"
}

# The districts ended with June: a sheet for the second half-year waits for a decision.
story_ended() {
    step "Ngày 02/7/2025: các huyện đã kết thúc hoạt động; 107 gửi một tệp kỳ 2025-S2"
    collector_stop 107
    serve_stop
    set_date 2025-07-02
    serve_start
    collector_start 107
    sed -e 's/6 tháng đầu năm 2025/6 tháng cuối năm 2025/' "$SHEETS/lai_chau_2025_s1/107/danh-sach.csv" |
        head -n 12 >"$VAR/register/107-2025-S2.csv"
    drop 107 107 "$VAR/register/107-2025-S2.csv"
    wait_for 60 "chờ phiếu tiếp nhận" settled 107
    ok "có phiếu, chờ xử lý: $(answer 107 107 107-2025-S2.csv | grep -m 1 'kết thúc hoạt động' | sed 's/^.*\] *//')"
}

# ---- what must have come out of it ----

number_of() { sql "select count(*) from $1"; }

# Every receipt of every collector is a row of the database, and the other way round.
check_counts() { # UNIT of the desk
    local name acked stored twice
    for name in "$VAR"/collectors/*/; do
        name=$(basename "$name")
        [ "$name" = may-cu ] || col "$name" receipts --json | grep '"hash"' | jget hash
    done | sort >"$VAR/run/acknowledged"
    # the desk has no collector, and keeps its receipts in the database alone
    sql "select encode(hash, 'hex') from (select hash, unit from htx.report
        union all select hash, unit from htx.submission) x where unit <> '$1'" |
        sort >"$VAR/run/stored"
    acked=$(wc -l <"$VAR/run/acknowledged")
    stored=$(wc -l <"$VAR/run/stored")
    check "phiếu ở các đơn vị = bản ghi ở tỉnh: $acked = $stored, từng mã băm một" \
        cmp "$VAR/run/acknowledged" "$VAR/run/stored"
    twice=$(sql "select count(*) from (select from htx.report r
        where r.counts and r.subject <> '' and not exists (select from htx.supersession s where s.old = r.hash)
        group by r.scheme, r.period, r.vintage, r.unit, r.unit_from, r.form, r.subject, r.channel
        having count(*) > 1) x")
    expect "không báo cáo nào được tính hai lần" 0 "$twice"
}

check_2023() {
    local value
    said 0 agg rollup 2023 --by unit --json >"$VAR/run/2023.json"
    expect_row() { # INDICATOR KEY VALUE...
        local row
        row=$(jrows "$VAR/run/2023.json" unit=106 vintage=estimate "indicator=$1" breakdown=)
        shift
        while [ $# -gt 1 ]; do
            [ "$(jget "$1" <<<"$row")" = "$2" ] || { echo "$1: $(jget "$1" <<<"$row")" && return 1; }
            shift 2
        done
    }
    check "Tam Đường 2023: doanh thu bình quân 706,4 = 37.440/53 (văn bản ghi 1.100)" \
        expect_row revenue.avg value 706.4 numerator 37440 denominator 53 stated 1100 source statement
    check "lãi bình quân 20,9 = 1.107/53 (văn bản ghi 40)" \
        expect_row profit.avg value 20.9 numerator 1107 denominator 53 stated 40 source statement
    check "thu nhập bình quân 33,14 = 20.880/630 (văn bản ghi 42)" \
        expect_row income.worker_avg value 33.14 numerator 20880 denominator 630 stated 42 source statement
    check "lao động 630, thành viên 420, theo biểu tổng hợp của đơn vị" \
        eval 'expect_row worker.regular value 630 source statement && expect_row member.total value 420 source statement'
    said 0,2 agg findings 2023 --unit 106 --json >"$VAR/run/2023-findings.json"
    value=$(jrows "$VAR/run/2023-findings.json" severity=error | jget indicator | sort | paste -sd' ')
    expect "ba mâu thuẫn được nêu, không thêm" "income.worker_avg profit.avg revenue.avg" "$value"
    expect "không phép cộng đúng nào bị nêu" 0 \
        "$(grep -cE '"code": "(SUM_OF_PARTS|STOCK_FLOW)"' "$VAR/run/2023-findings.json")"
}

state_of() { jrows "$VAR/run/status.json" "unit=$1" | jget "$2"; }

check_sample() {
    local cells
    check_2023
    said 0 agg status "$PERIOD" --json >"$VAR/run/status.json"
    expect "sáu huyện đã gửi đủ" "sent sent sent sent sent sent" \
        "$(for u in 105 106 107 108 109 110; do state_of $u state; done | paste -sd' ')"
    expect "111 đã gửi một phần" partly "$(state_of 111 state)"
    expect "KKT không phát sinh" nothing "$(state_of KKT state)"
    expect "112 qua bàn nhập thay, gửi chậm" "sent true" "$(state_of 112 state) $(state_of 112 late)"
    cells=$(answer 108 108 108-o-sai.xlsx | sed -n 's/.*Danh sách!\([A-Z]*[0-9]*\): .*/\1/p' | paste -sd' ')
    expect "tệp có ô sai: nêu đúng bốn ô" "C11 M12 P13 G14" "$cells"
    expect "hai dòng đúng của tệp đó vẫn được nhận: 44 + 2 HTX" 46 \
        "$(sql "select count(*) from htx.report where counts and unit = '108' and form = 'htx_list'")"
    expect "tệp thả hai lần: 96 HTX của 105, không lặp" 96 \
        "$(sql "select count(*) from htx.report where unit = '105' and form = 'htx_list'")"
    expect "bản điều chỉnh: đúng hai HTX của 109 có lần 2" 2 \
        "$(sql "select count(*) from htx.report where unit = '109' and revision = 2 and counts")"
    expect "gửi lúc tỉnh tắt: đủ 48 báo cáo của 110" 48 \
        "$(sql "select count(*) from htx.report where unit = '110'")"
    expect "khóa đã thu hồi: không phiếu nào" 0 "$REVOKED_RECEIPTS"
    expect "kỳ 2025-S2 sau khi đơn vị kết thúc: mọi báo cáo chờ xử lý, có phiếu" held \
        "$(sql "select distinct verdict from htx.report where period = '2025-S2'")"
}

# ---- to the end ----

publish_and_extract() {
    local file
    step "Khóa số liệu kỳ $1: hai người ký; bản phát hành lần 1 và tệp trích xuất"
    for file in an binh; do
        said 0 agg close "$1" --vintage "$2" --sign "$VAR/officers/$file.key" >"$LOG/close-$1-$2-$file.txt"
    done
    sed 's/^/   /' "$LOG/close-$1-$2-binh.txt"
    said 0 agg publish "$1" --vintage "$2" --by an | sed 's/^/   /'
    mkdir -p "$VAR/extract"
    for file in xlsx csv; do
        must agg extract "$1" --vintage "$2" --format $file -o "$VAR/extract"
    done
    (cd "$VAR/extract" && for file in *.b2; do
        printf '   %s\n' "var/demo/extract/${file%.b2}"
        printf '   %s  %s %s\n' "$DIM" "BLAKE2b-256" "$(cut -c1-64 "$file")$PLAIN"
    done)
    check "tệp đúng với mã băm bên cạnh" eval 'cd "$VAR/extract" && b2sum -l 256 --quiet -c ./*.b2'
    check "tính lại từ nhật ký: khớp từng byte" agg publish --verify "$1" --vintage "$2"
}

check_memory() {
    local name serve=0 most=0
    rss_sample
    for name in "${!RSS[@]}"; do
        case $name in
        serve) serve=${RSS[$name]} ;;
        collector-*) [ "${RSS[$name]}" -le $most ] || most=${RSS[$name]} ;;
        esac
    done
    check "bộ nhớ cao nhất của serve (năm tiến trình): $((serve / 1024)) MB, dưới 64 MB" [ "$serve" -lt 65536 ]
    check "bộ nhớ cao nhất của một máy gửi: $((most / 1024)) MB, dưới 32 MB" [ "$most" -lt 32768 ]
}

where_things_lie() {
    title "Mọi thứ nằm ở đâu"
    cat <<TEXT
   var/demo/aggregator.conf         cấu hình của tỉnh; PostgreSQL vẫn chạy để hỏi tiếp, ví dụ:
     LANG=vi_VN.UTF-8 build/release/htx-aggregator -c var/demo/aggregator.conf status $1
     build/release/htx-aggregator -c var/demo/aggregator.conf rollup $1 --by unit --json
   var/demo/bo/aggregator.conf      cấu hình của Bộ: province list, rollup $1
   var/demo/extract/                tệp trích xuất (bảng tính, CSV) và mã băm
   var/demo/collectors/MÃ/          máy gửi của từng đơn vị; thu-muc-gui/MÃ/da-xu-ly: tệp và trả lời
   var/demo/log/                    nhật ký đầy đủ
   Dừng PostgreSQL: make demo-stop. Chạy lại từ đầu: make demo.
TEXT
}

cleanup() {
    [ -n "$KEEP" ] || stop_daemons
}

keep_running() {
    title "Đang chạy tiếp (KEEP=1)"
    cat <<TEXT
   Thả thêm một tệp:   cp TỆP var/demo/collectors/105/thu-muc-gui/105/
   Máy gửi nói gì:     LANG=vi_VN.UTF-8 build/release/htx-collector -c var/demo/collectors/105/collector.conf status
   Tỉnh nhận được gì:  LANG=vi_VN.UTF-8 build/release/htx-aggregator -c var/demo/aggregator.conf report list $1 --unit 105
   Nhật ký của tỉnh:   tail -f var/demo/log/serve.log
   Dừng tất cả:        make demo-stop
TEXT
}

main() {
    local began=$SECONDS
    if [ -n "$DATA" ]; then data_find; fi
    build
    clear_all
    mkdir -p "$LOG" "$RUN" || exit 1
    trap cleanup EXIT
    trap 'exit 130' INT TERM
    step "Tỉnh: PostgreSQL riêng, cơ sở dữ liệu, ba người giữ khóa, danh mục, đơn vị"
    TODAY=2023-09-20
    pg_start
    province_conf
    province_make
    desk_make
    if [ -n "$DATA" ]; then
        data_story
    else
        units_make
        ok "tám huyện 105 đến 112, danh mục phiên bản 1, kỳ báo cáo, danh bạ HTX"
        story_2023
        story_2025
        story_ended
        print_period "$PERIOD" actual
        print_stated 2023 estimate
        publish_and_extract "$PERIOD" actual
        ministry_story "$PERIOD" actual
        step "Kiểm tra"
        check_sample
        check_counts 112
    fi
    check_memory
    where_things_lie "${PERIOD:=2025-S1}"
    if [ -n "$DATA" ]; then
        note "Số liệu trong bảng tính là của thư mục $DATA; tên người, khóa xác thực, văn bản giấy là mẫu."
    else
        note "DỮ LIỆU MẪU: mọi HTX, người và mã số thuế kỳ $PERIOD đều được đặt ra để thử (chỉ số HTX"
        note "của Tam Đường theo lĩnh vực là thật); số liệu 2023 là của văn bản huyện Tam Đường."
    fi
    [ -z "$KEEP" ] || keep_running "$PERIOD"
    if [ $FAILED != 0 ]; then
        die "$FAILED điều không đúng như mong đợi (xem các dòng ✗)"
    fi
    title "Xong sau $((SECONDS - began)) giây, mọi điều kiểm tra đều đúng."
}

main
