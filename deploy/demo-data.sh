# shellcheck shell=bash
# make demo DATA=DIR: the same story with other people's sheets. Sourced by demo.sh.
#
# A folder named by a unit's code ("106", "106 - Tam Đường") gives the unit of the sheets
# below it, else "(mã NNN)" in the sheet's head does, else a code in the file's name, else
# the name of a district in the head, a folder or the file's name. Each sheet is sent on a
# civil date that its periods ask for, the oldest first. A sheet with figures of nobody
# known is not sent: no unit gets the figures of another.

declare -a FILES=()          # every sheet below DIR
declare -A FILE_UNIT=()      # file -> unit
declare -A FILE_DATE=()      # file -> civil date it is sent on; "" while unknown
declare -A FILE_CONTENTS=()  # file -> "scheme:period vintage" lines
declare -A UNIT_NAME=()      # unit -> name
declare -A COLLECTOR_OF=()   # unit -> collector
declare -A SENT_AS=()        # unit/name -> 1
declare -a DATA_COLLECTORS=()
declare -a DROPPED=()        # collector/unit/name
declare -a NOBODYS=()        # files with figures whose unit is not known
DESK_UNIT=
DESK_FILES=0
DESK_ANSWERED=0

LAI_CHAU="105 106 107 108 109 110 111 112"

data_find() {
    [ -d "$DATA" ] || { echo "DATA=$DATA: không có thư mục này" >&2 && exit 1; }
    DATA=$(cd "$DATA" && pwd)
    case $DATA/ in "$VAR"/*) echo "DATA=$DATA: var/demo bị xóa khi chạy" >&2 && exit 1 ;; esac
    mapfile -d '' FILES < <(find -L "$DATA" -type f \( -iname '*.xlsx' -o -iname '*.csv' \) \
        ! -name '~$*' ! -name '.*' -print0 | sort -z)
    [ ${#FILES[@]} -gt 0 ] || { echo "DATA=$DATA: không có tệp .xlsx hay .csv" >&2 && exit 1; }
}

# probe UNIT FILE: what `check` says of the file as that unit's
probe() {
    cat >"$RUN/probe.conf" <<CONF
[collector]
state = $RUN/probe
catalogue = $ROOT/schema/catalogue
genesis = $VAR/aggregator/genesis.conf
endpoint = tcp://127.0.0.1:1
civil_date = 2025-06-16
[unit $1]
valid_from = 2004-01-01
inbox = $RUN/probe
CONF
    env LC_ALL=vi_VN.UTF-8 "$BIN/htx-collector" -c "$RUN/probe.conf" check --json "$2" 2>>"$LOG/commands.log"
}

# code_of TEXT: the unit's code it consists of, or starts with, or that stands in it as "(mã NNN)"
code_of() {
    local text=$1
    if [[ $text =~ \([Mm]ã\ *([0-9A-Za-z_-]+)\) ]] ||
        [[ $text =~ ^([0-9]{5}|[0-9]{3})([^0-9]|$) ]]; then
        echo "${BASH_REMATCH[1]}"
    fi
}

# name_key TEXT: small letters without marks, one space between words
name_key() {
    sed 's/[đĐÐ]/d/g' <<<"$1" | iconv -c -f UTF-8 -t ASCII//TRANSLIT | tr -d "?'\`^~" |
        tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9]\+/ /g; s/.*/ & /; s/ tp / thanh pho /; s/  */ /g'
}

# named_in TEXT: the district of Lai Châu whose name stands in it
named_in() {
    local text code name
    text=$(name_key "$1")
    while IFS=$'\t' read -r code _ _ name _; do
        name=$(name_key "$name")
        name=${name# huyen}
        [[ ! $text == *"$name"* ]] || { echo "$code" && return; }
    done < <(grep '^1[01][0-9]' "$ROOT/deploy/demo-units.tsv")
}

# From the folders below DATA, deepest first; from the head; from the file's name.
unit_of() {
    local file=$1 head=$2 path=${1#"$DATA"/} part code=
    local -a parts
    IFS=/ read -ra parts <<<"$path"
    for ((part = ${#parts[@]} - 2; part >= 0; part--)); do
        code=$(code_of "${parts[part]}")
        [ -z "$code" ] || break
    done
    [ -n "$code" ] || code=$(sed -n 's/.*(mã *\([0-9A-Za-z_-]*\)).*/\1/p' <<<"$head")
    [ -n "$code" ] || code=$(code_of "${path##*/}")
    [ -n "$code" ] || code=$(grep -oE '(^|[^0-9])1(0[5-9]|1[0-2])([^0-9]|$)' <<<"${path##*/}" | head -n 1 | tr -cd '0-9')
    [ -n "$code" ] || code=$(named_in "$head")
    [ -n "$code" ] || code=$(named_in "$path")
    [ -n "$code" ] || code=$(grep -xE '[0-9]{3}|[0-9]{5}' <<<"${DATA##*/}")
    echo "$code"
}

# date_for SCHEME PERIOD VINTAGE: "OPENS WISH RANK": when it may be sent, when it usually is
date_for() {
    awk -F '\t' -v s="$1" -v p="$2" -v v="$3" '
        $1 == s && $2 == p {
            wish = $8; rank = 0
            if ($3 != "multi") {
                if (v == "actual") { wish = $10; rank = 3 }
                else if (v == "estimate") { wish = $3 == "year" ? p "-09-20" : $9; rank = 2 }
                else { wish = $3 == "year" ? (p - 1) "-09-20" : $8; rank = 1 }
            }
            print $8, wish, rank
        }' "$ROOT/schema/catalogue/periods.tsv"
}

# The civil date a file is sent on: what it reports ends with asks for the window; nothing
# in it may lie before its window opens.
file_date() {
    local scheme period vintage opens wish rank best=-1 date='' latest=''
    while read -r scheme period vintage; do
        read -r opens wish rank < <(date_for "$scheme" "$period" "$vintage") || continue
        [[ ! $opens > $latest ]] || latest=$opens
        if [ "$rank" -gt $best ] || { [ "$rank" = $best ] && [[ $wish > $date ]]; }; then
            best=$rank date=$wish
        fi
    done
    [[ ! $latest > $date ]] || date=$latest
    echo "$date"
}

contents_of() { # of a probe's answer: "scheme period vintage" lines
    awk -F '"' '/"scheme":/ { s = $4 } /"period":/ { p = $4 } /"vintage":/ { v = $4 }
        /"findings":/ { exit } /"reports":/ && s != "" { print s, p, v; s = "" }' | sort -u
}

# Which unit, which date: every file once.
data_sort() {
    local file head unit out n=0
    for file in "${FILES[@]}"; do
        n=$((n + 1))
        [ -z "$TTY" ] || printf '\r   xem đầu biểu: %s/%s\e[K' $n ${#FILES[@]}
        head=$(probe khong-co "$file" | grep -A 9 -E '"(WRONG|NO)_UNIT"' | sed -n 's/.*"value": "\(.*\)",*$/\1/p' | head -n 1)
        unit=$(unit_of "$file" "$head")
        FILE_UNIT[$file]=$unit
        [ -n "$unit" ] || continue
        case $head in *"(mã $unit)"*) UNIT_NAME[$unit]=${head%% (mã*} ;; esac
        [ -n "${UNIT_NAME[$unit]-}" ] || UNIT_NAME[$unit]=$(awk -F '\t' -v c="$unit" '$1 == c { print $4 }' "$ROOT/deploy/demo-units.tsv")
        case $head in
        '' | *'(mã'*) : "${UNIT_NAME[$unit]:=Đơn vị $unit}" ;;
        *) : "${UNIT_NAME[$unit]:=$head}" ;;
        esac
    done
    [ ${#UNIT_NAME[@]} -gt 0 ] || die "không tệp nào nêu đơn vị: đặt tệp vào thư mục mang mã đơn vị, hoặc ghi \"Đơn vị báo cáo: TÊN (mã NNN)\" ở đầu biểu"
    local -a sent=()
    for file in "${FILES[@]}"; do
        unit=${FILE_UNIT[$file]}
        # what is no report at all gets its answer at the first unit
        [ -n "$unit" ] || unit=$(printf '%s\n' "${!UNIT_NAME[@]}" | sort | head -n 1)
        out=$(probe "$unit" "$file")
        FILE_CONTENTS[$file]=$(contents_of <<<"$out")
        if [ -z "${FILE_UNIT[$file]}" ] && [ -n "${FILE_CONTENTS[$file]}" ]; then
            NOBODYS+=("$file")
            continue
        fi
        FILE_UNIT[$file]=$unit
        FILE_DATE[$file]=$(file_date <<<"${FILE_CONTENTS[$file]}")
        sent+=("$file")
    done
    FILES=("${sent[@]}")
    [ -z "$TTY" ] || printf '\r\e[K'
}

valid_from() {
    case $1 in
    112) echo 2012-11-02 ;;
    ?????) echo 2025-07-01 ;; # a commune of the map of 2025
    *) echo 2004-01-01 ;;
    esac
}
valid_to() {
    case $1 in ???) echo 2025-06-30 ;; esac
}

data_units() {
    local unit known=''
    for unit in $LAI_CHAU; do
        [ -z "${UNIT_NAME[$unit]-}" ] || known=1
    done
    {
        printf 'code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n'
        printf '12\t2004-01-01\t\tTỉnh Lai Châu\tprovince\t\t\n'
        while read -r unit; do
            printf '%s\t%s\t%s\t%s\t%s\t12\t\n' "$unit" "$(valid_from "$unit")" "$(valid_to "$unit")" \
                "${UNIT_NAME[$unit]}" "$(case $unit in ?????) echo commune ;; *) echo district ;; esac)"
        done < <(printf '%s\n' "${!UNIT_NAME[@]}" | sort)
        # districts of the province that sent nothing are expected all the same
        [ -z "$known" ] || awk -F '\t' '$1 ~ /^1[01][0-9]$/' "$ROOT/deploy/demo-units.tsv" |
            while IFS= read -r unit; do
                [ -n "${UNIT_NAME[${unit%%$'\t'*}]-}" ] || printf '%s\n' "$unit"
            done
    } >"$VAR/register/units.tsv"
    must agg unit load "$VAR/register/units.tsv" --by an
}

# One unit goes through the desk, the others over up to seven collectors.
data_collectors() {
    local -a units
    local unit n=0 i
    local -A served=()
    mapfile -t units < <(printf '%s\n' "${!UNIT_NAME[@]}" | sort)
    if [ ${#units[@]} -gt 1 ]; then
        DESK_UNIT=${units[-1]}
        [ -z "${UNIT_NAME[112]-}" ] || DESK_UNIT=112
    fi
    for unit in "${units[@]}"; do
        [ "$unit" != "$DESK_UNIT" ] || continue
        i=$((n++ % 7))
        [ -n "${DATA_COLLECTORS[i]-}" ] || DATA_COLLECTORS[i]=$unit
        COLLECTOR_OF[$unit]=${DATA_COLLECTORS[i]}
        served[${DATA_COLLECTORS[i]}]="${served[${DATA_COLLECTORS[i]}]-} $unit=$(valid_from "$unit")"
    done
    for unit in "${DATA_COLLECTORS[@]}"; do
        # shellcheck disable=SC2086 # a list of words
        collector_make "$unit" ${served[$unit]}
    done
}

# data_drop FILE: into its unit's folder under a name of its own, or to the desk
data_drop() {
    local file=$1 unit=${FILE_UNIT[$1]} name=${1##*/} out n=1
    if [ "$unit" = "$DESK_UNIT" ]; then
        DESK_FILES=$((DESK_FILES + 1))
        out=$(agg submit "$file" --for "$unit" --by dao --why "đơn vị gửi văn bản giấy" \
            --key "$VAR/officers/dao.key" --complete --signer "Tao Văn Mẫu" --title "Phó Chủ tịch" 2>&1)
        printf '== %s\n%s\n' "$file" "$out" >>"$LOG/desk-$unit.txt"
        [ -z "$out" ] || DESK_ANSWERED=$((DESK_ANSWERED + 1))
        return
    fi
    while [ -n "${SENT_AS[$unit/$name]-}" ]; do
        n=$((n + 1))
        name="lần $n - ${file##*/}"
    done
    SENT_AS[$unit/$name]=1
    DROPPED+=("${COLLECTOR_OF[$unit]}/$unit/$name")
    drop "${COLLECTOR_OF[$unit]}" "$unit" "$file" "$name"
}

data_declare() { # DATE
    local file unit line scheme period vintage
    local -A seen=()
    for file in "${FILES[@]}"; do
        unit=${FILE_UNIT[$file]}
        [ "${FILE_DATE[$file]}" = "$1" ] && [ "$unit" != "$DESK_UNIT" ] || continue
        while read -r scheme period vintage; do
            line="$unit $scheme $period $vintage"
            [ -n "$scheme" ] && [ -z "${seen[$line]-}" ] || continue
            seen[$line]=1
            # nothing of it was good: there is nothing to declare either
            col "${COLLECTOR_OF[$unit]}" declare "$scheme:$period" --unit "$unit" --vintage "$vintage" \
                --signer "Nguyễn Văn Mẫu" --title "Chủ tịch UBND" >>"$LOG/commands.log" 2>&1
        done <<<"${FILE_CONTENTS[$file]}"
    done
}

data_phase() { # DATE MAIN: "1" for the day of the special steps
    local date=$1 main=$2 file unit name n=0 down='' twice=''
    local -a later=()
    step "Ngày $(date -d "$date" +%d/%m/%Y): gửi các biểu của kỳ đang mở"
    set_date "$date"
    serve_start
    for name in "${DATA_COLLECTORS[@]}"; do collector_start "$name"; done
    for name in "${DATA_COLLECTORS[@]}"; do
        wait_for 60 "máy gửi $name nối với tỉnh" linked "$name"
    done
    for file in "${FILES[@]}"; do
        [ "${FILE_DATE[$file]}" = "$date" ] || continue
        if [ -n "$main" ] && [ -n "${FILE_CONTENTS[$file]}" ] && [ "${FILE_UNIT[$file]}" != "$DESK_UNIT" ]; then
            : "${twice:=$file}"
            down=${FILE_UNIT[$file]}
        fi
    done
    for file in "${FILES[@]}"; do
        [ "${FILE_DATE[$file]}" = "$date" ] || continue
        n=$((n + 1))
        if [ "${FILE_UNIT[$file]}" = "$down" ] && [ "$file" != "$twice" ]; then
            later+=("$file")
        else
            data_drop "$file"
        fi
    done
    wait_for 180 "chờ phiếu tiếp nhận" settled "${DATA_COLLECTORS[@]}"
    if [ -n "$twice" ]; then
        data_drop "$twice"
        wait_for 60 "chờ trả lời cho tệp thả hai lần" settled "${DATA_COLLECTORS[@]}"
        ok "thả hai lần: ${twice#"$DATA"/}"
        unit=${FILE_UNIT[$twice]}
        revoked_key "$unit" "$(valid_from "$unit")" "$twice"
        ok "máy thứ hai của $unit có khóa đã thu hồi: không có phiên, $REVOKED_WAITS báo cáo nằm lại"
    fi
    if [ ${#later[@]} -gt 0 ]; then
        serve_stop
        for file in "${later[@]}"; do data_drop "$file"; done
        wait_for 60 "đơn vị $down nhận tệp khi tỉnh đang tắt" taken_in "${COLLECTOR_OF[$down]}"
        serve_start
        wait_for 120 "tỉnh chạy lại, $down gửi phần đang chờ" settled "${DATA_COLLECTORS[@]}"
        ok "đơn vị $down gửi lúc tỉnh đang tắt"
    fi
    data_declare "$date"
    wait_for 120 "chờ phiếu cho bản kê khai" settled "${DATA_COLLECTORS[@]}"
    ok "$n tệp đã gửi và có trả lời"
    for name in "${DATA_COLLECTORS[@]}"; do collector_stop "$name"; done
    serve_stop
}

# One line a file: its unit, what became of its reports; and the first things to correct.
print_answers() {
    local at name unit file text n
    step "Kết quả từng tệp"
    for at in "${DROPPED[@]}"; do
        IFS=/ read -r name unit file <<<"$at"
        text=$(answer "$name" "$unit" "$file")
        n=$(sed -n '/^Số báo cáo trong tệp/,/^$/s/^- //p' <<<"$text" | paste -sd';' | sed 's/;/; /g')
        printf '   %s %s  %s\n' "$(pad 7 "$unit")" "$(pad 36 "$file")" "${n:-không có báo cáo nào}"
        n=$(grep -c '\[phải sửa\]' <<<"$text")
        grep '\[phải sửa\]' <<<"$text" | head -n 2 | sed 's/^ *- */           - /'
        [ "$n" -le 2 ] || note "        … còn $((n - 2)) điều phải sửa trong $file.ket-qua.txt"
    done
    [ "$DESK_FILES" = 0 ] || note "$(pad 7 "$DESK_UNIT") $DESK_FILES tệp nhập thay: var/demo/log/desk-$DESK_UNIT.txt"
}

data_story() {
    local file date dates main period vintage dropped answered=0 stated name unit
    local period_word="case when scheme = 'nd09' then period else scheme || ':' || period end"
    data_sort
    dates=$(printf '%s\n' "${FILE_DATE[@]}" | grep . | sort -u)
    # the day of most sheets; what cannot be read is answered then as well as on any other
    main=$(printf '%s\n' "${FILE_DATE[@]}" | grep . | sort | uniq -c | sort -n | awk 'END { print $2 }')
    : "${main:=2025-06-16}"
    for file in "${FILES[@]}"; do
        [ -n "${FILE_DATE[$file]}" ] || FILE_DATE[$file]=$main
    done
    data_units
    ok "${#FILES[@]} tệp của ${#UNIT_NAME[@]} đơn vị"
    for file in "${NOBODYS[@]}"; do
        note "không gửi, không rõ là của đơn vị nào: ${file#"$DATA"/}. Ghi \"Đơn vị báo cáo: TÊN (mã NNN)\" ở đầu biểu"
    done
    serve_start
    data_collectors
    serve_stop
    for date in ${dates:-$main}; do
        data_phase "$date" "$([ "$date" != "$main" ] || echo 1)"
    done

    print_answers
    IFS='|' read -r PERIOD vintage < <(sql "select $period_word, vintage from htx.report
        where counts and scheme <> 'plan' group by 1, 2 order by count(*) desc, 1 desc limit 1")
    if [ -n "$PERIOD" ]; then
        print_period "$PERIOD" "$vintage"
        while IFS='|' read -r period stated; do
            print_stated "$period" "$stated"
        done < <(sql "select distinct $period_word, vintage from htx.report
            where counts and kind = 'unit' and scheme <> 'plan' and vintage <> 'plan' order by 1, 2")
        publish_and_extract "$PERIOD" "$vintage"
    else
        note "Không báo cáo nào được tiếp nhận: không có gì để tổng hợp. Xem trả lời cạnh từng tệp."
    fi
    step "Kiểm tra"
    dropped=${#DROPPED[@]}
    for file in "${DROPPED[@]}"; do
        IFS=/ read -r name unit file <<<"$file"
        if [ -n "$(answer "$name" "$unit" "$file")" ]; then
            answered=$((answered + 1))
        else
            bad "không có trả lời: $unit/$file"
        fi
    done
    expect "mỗi tệp thả vào đều có trả lời" "$dropped" "$answered"
    expect "mỗi tệp nhập thay đều có trả lời" "$DESK_FILES" "$DESK_ANSWERED"
    [ -z "${REVOKED_RECEIPTS-}" ] || expect "khóa đã thu hồi: không phiếu nào" 0 "$REVOKED_RECEIPTS"
    check_counts "${DESK_UNIT:-}"
}
