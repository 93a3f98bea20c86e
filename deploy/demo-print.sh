# shellcheck shell=bash
# What the demo prints for people: status, findings, main indicators. Sourced by demo.sh.

SHOWN_LINES=45 # of findings; the whole list is a file
SHOWN_UNKNOWN=9

# columns of the roll-up tables: indicator, decimals, width, head in three lines
MAIN="htx.total|0|6|Số|HTX|
member.total|0|7|Thành|viên|
worker.regular|0|7|Lao|động|
revenue.total|1|14|Doanh thu||triệu đồng
revenue.avg|1|11|Doanh thu|bình quân|tr.đ/HTX
profit.avg|1|11|Lãi|bình quân|tr.đ/HTX
income.worker_avg|2|12|Thu nhập|bình quân|tr.đ/người"

# pivot FILE KEY LABELS: a line for each code of LABELS ("code<tab>name"), a column for each
# main indicator; KEY is unit or breakdown.
pivot() {
    local file=$1 key=$2 labels=$3 code name indicator value decimals width
    local -A cell=()
    while IFS=$'\t' read -r code indicator value; do
        cell[$code/$indicator]=$value
    done < <(sed -n "s/.*\"$key\": \"\([^\"]*\)\".*\"value\": \"\([^\"]*\)\".*/\1\t&\t\2/p" "$file" |
        sed 's/\t.*"indicator": "\([^"]*\)".*\t/\t\1\t/')
    while IFS=$'\t' read -r code name; do
        printf '   %s' "$(pad 38 "$name")"
        while IFS='|' read -r indicator decimals width _; do
            value=${cell[$code/$indicator]-}
            [ -z "$value" ] || value=$(vnum "$value" "$decimals")
            printf ' %s' "$(pad "-$width" "${value:-…}")"
        done <<<"$MAIN"
        printf '\n'
    done <<<"$labels"
}

pivot_head() {
    local line width text i
    for i in 4 5 6; do
        line=$(pad 38 '')
        while read -r width text; do
            line="$line $(pad "-$width" "$text")"
        done < <(cut -d '|' -f "3,$i" --output-delimiter=' ' <<<"$MAIN")
        printf '   %s%s%s\n' "$BOLD" "$line" "$PLAIN"
    done
}

# The units of a roll-up file and, for a whole province, its sum: "code<tab>name".
unit_labels() {
    sed -n 's/.*"unit": "\([^"]*\)".*"unit_name": "\([^"]*\)".*/\1\t\1 \2/p' "$1" | sort -u
}

# print_part FILE LINES: its first lines
print_part() {
    local n
    [ -s "$1" ] || return 0
    n=$(wc -l <"$1")
    head -n "$2" "$1" | sed 's/^/   /'
    [ "$n" -le "$2" ] || note "… còn $((n - $2)) dòng: var/demo/log/findings-$period.txt"
}

print_period() {
    local period=$1 vintage=$2 rows
    rows=$RUN/rollup-$period
    step "Tình hình gửi báo cáo kỳ $period"
    said 0 agg status "$period" --vintage "$vintage" >"$RUN/status-$period.txt"
    sed 's/^/   /' "$RUN/status-$period.txt"

    step "Những điều phải sửa, cần giải trình, lưu ý của kỳ $period"
    said 0,2 agg findings "$period" --vintage "$vintage" >"$LOG/findings-$period.txt"
    # findings; who is not confirmed; what does not count: each cut by itself
    awk -v to="$rows-findings" '/^Tổ chức chưa xác nhận/ { part = 1 } /^Báo cáo không tính/ { part = 2 }
        { print > (to "." part + 0) }' "$LOG/findings-$period.txt"
    print_part "$rows-findings.0" $SHOWN_LINES
    print_part "$rows-findings.1" $SHOWN_UNKNOWN
    print_part "$rows-findings.2" $SHOWN_UNKNOWN

    said 0 agg rollup "$period" --vintage "$vintage" --by unit --json >"$rows-unit.json"
    said 0 agg rollup "$period" --vintage "$vintage" --by sector --json >"$rows-sector.json"
    said 0 agg rollup "$period" --vintage "$vintage" --json >"$rows.json"
    step "Tổng hợp kỳ $period theo đơn vị (chỉ tiêu chính; … là chưa có số liệu)"
    jrows "$rows-unit.json" breakdown= >"$rows-unit"
    pivot_head
    pivot "$rows-unit" unit "$(unit_labels "$rows-unit")"
    jrows "$rows.json" breakdown= >"$rows-all"
    pivot "$rows-all" unit "12"$'\t'"Toàn tỉnh"
    step "Tổng hợp kỳ $period theo ngành, lĩnh vực"
    pivot_head
    pivot "$rows-sector.json" breakdown "$(sector_labels "$rows-sector.json")"
    note "Bảng đầy đủ: LANG=vi_VN.UTF-8 build/release/htx-aggregator -c var/demo/aggregator.conf rollup $period --by unit,sector"
}

# Sectors that the file has, in the catalogue's order: "code<tab>name".
sector_labels() {
    local code
    awk -F '\t' 'NR > 1 && $1 == "sector" && $3 == "" { print $2 "\t" $4 }' "$ROOT/schema/catalogue/breakdowns.tsv" |
        while IFS=$'\t' read -r code name; do
            ! grep -qF "\"breakdown\": \"$code\"" "$1" || printf '%s\t%s\n' "$code" "$name"
        done
}

# unit|indicator|value|measure|numerator|denominator|stated of the means that were computed
stated_rows() {
    local q='"\([^"]*\)"'
    grep '"breakdown": ""' "$1" |
        sed -n "s/.*\"unit\": $q.*\"indicator\": $q.*\"value\": $q, \"measure\": $q, \"numerator\": $q, \"denominator\": $q, \"stated\": $q.*/\1|\2|\3|\4|\5|\6|\7/p" |
        awk -F '|' -v OFS='|' 'NR == FNR { split($0, f, "\t"); no[f[2]] = FNR; next } { print no[$2], $0 }' \
            "$ROOT/schema/catalogue/indicators.tsv" - | sort -t '|' -k 2,2 -k 1,1n | cut -d '|' -f 2-
}

# Means that a unit stated beside those that were computed from its parts.
print_stated() {
    local period=$1 vintage=$2 indicator name value stated num den unit code
    said 0 agg rollup "$period" --vintage "$vintage" --by unit --json >"$RUN/stated.json"
    [ -n "$(stated_rows "$RUN/stated.json")" ] || return 0
    step "Số bình quân ghi trong văn bản $period bên cạnh số tính lại"
    printf '   %s%s %s %s  %s%s\n' "$BOLD" "$(pad 50 'Đơn vị, chỉ tiêu')" "$(pad -12 'Văn bản ghi')" \
        "$(pad -10 'Tính lại')" "tử số / mẫu số" "$PLAIN"
    stated_rows "$RUN/stated.json" |
        while IFS='|' read -r code indicator value unit num den stated; do
            name=$(awk -F '\t' -v i="$indicator" '$2 == i { print $3 }' "$ROOT/schema/catalogue/indicators.tsv")
            printf '   %s %s %s  %s / %s, %s\n' "$(pad 50 "$code $name")" "$(pad -12 "$(vnum "$stated")")" \
                "$(pad -10 "$(vnum "$value")")" "$(vnum "$num")" "$(vnum "$den")" "$unit"
        done
    said 0,2 agg findings "$period" --vintage "$vintage" --json >"$RUN/stated-findings.json"
    note "Mọi điều phải sửa, cần giải trình, lưu ý của $period ($(grep -c '"code"' "$RUN/stated-findings.json")): findings $period"
}
