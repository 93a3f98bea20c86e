#!/bin/sh
# The filled sample of every form through the province's desk: judged, stored, shown, and
# rolled up without counting anything twice.
#   tests/flow/forms.sh [BUILD]   (default: BIN, else build/release)
cd "$(dirname "$0")/../.." || exit 1
build=${1:-${BIN:-build/release}}
. tests/lib/pg.sh
pg_start || exit $?
work=$(mktemp -d) || exit 1
trap 'pg_stop; rm -rf "$work"' EXIT

failed=0
ok() { # ok NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/last" 2>&1; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        sed 's/^/# /' "$work/last" | head -20
        failed=1
    fi
}
same() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "got: $1"; false; }; }
htx() { LC_ALL=vi_VN.UTF-8 "$build/htx-aggregator" -c "$work/conf" "$@"; }

cat >"$work/conf" <<CONF
[province]
code = 12
name = Tỉnh Lai Châu
[state]
dir = $work/state
catalogue = $PWD/schema/catalogue
[database]
owner = host=$PG_DIR dbname=htx user=postgres
admin = host=$PG_DIR dbname=htx user=htx_admin
serve = host=$PG_DIR dbname=htx user=htx_serve
read = host=$PG_DIR dbname=htx user=htx_read
[serve]
civil_date = 2025-12-16
CONF
{
    printf 'code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n'
    printf '12\t2004-01-01\t\tTỉnh Lai Châu\tprovince\t\t\n'
    printf '105\t2004-01-01\t2025-06-30\tThành phố Lai Châu\tdistrict\t12\t\n'
    printf '106\t2004-01-01\t2025-06-30\tHuyện Tam Đường\tdistrict\t12\t\n'
    printf '03390\t2025-07-01\t\tXã Bình Lư\tcommune\t12\t\n'
} >"$work/units.tsv"
printf 'code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\nan\tNguyễn An\tconsolidator\tChuyên viên\t\t2020-01-01\t\ndao\tLò Đào\tentry\tVăn thư\t\t2020-01-01\t\n' \
    >"$work/people.tsv"
echo 'bản chụp' >"$work/paper.txt"

mkdir -p "$work/state"
psql -X -q -h "$PG_DIR" -U postgres -d postgres -c 'create database htx' || exit 1
ok migrate htx migrate
for o in a b c; do
    "$build/htx-aggregator" keys new "$work/$o.key" >/dev/null || exit 1
done
ok genesis htx genesis --officer "a=$work/a.key,A" --officer "b=$work/b.key,B" \
    --officer "c=$work/c.key,C" --sign "$work/a.key" --sign "$work/b.key"
ok 'catalogue load' htx catalogue load
ok 'catalogue activate' htx catalogue activate 1 --sign "$work/a.key" --sign "$work/b.key"
ok 'unit load' htx unit load "$work/units.tsv"
ok 'person load' htx person load "$work/people.tsv"
desk=$("$build/htx-aggregator" keys new "$work/dao.key")
ok 'desk key' htx keys enroll "enroll desk=dao sign=$desk" --by an
[ $failed = 0 ] || exit 1

# submit FILE UNIT: 0 or 2 (with findings), never more
submit() {
    file=$1
    unit=$2
    [ -f "$file" ] || file=tests/data/bieu_mau/$file.xlsx
    htx submit "$file" --for "$unit" --by dao --key "$work/dao.key" \
        --why "đơn vị chưa có máy gửi" --paper "$work/paper.txt" --signer "Lò Văn Nam" \
        --title "Chủ tịch" --complete
    status=$?
    [ $status = 0 ] || [ $status = 2 ]
}
# the last declaration of a period counts: the list of cooperatives is complete
for pair in bieu-04-bien-dong:106 bieu-05-to-hop-tac:03390 \
    bieu-06-lien-hiep:106 bieu-07-quy-tin-dung:105 bieu-08-vay-von:106 bieu-09-ho-tro:106 \
    bieu-10-so-nganh:106 bieu-11-thuyet-minh:106 bieu-01-hop-tac-xa:106; do
    ok "${pair%%:*}" submit "${pair%%:*}" "${pair##*:}"
done

counted() { # reports that count, by form
    psql -X -q -A -t -h "$PG_DIR" -U postgres -d htx -c \
        "select string_agg(form || ' ' || n, ', ' order by form) from (select form, count(*) n
         from htx.report where counts group by form) f"
}
ok 'all are kept' same "$(counted)" "bien_dong 6, ho_tro 1, htx_list 4, lhhtx_list 2, qtdnd_list 2, so_nganh 3, tht_list 4, thuyet_minh 1, vay_von 1"

# figure PERIOD UNIT INDICATOR [B1 [B2]]: value numerator denominator source
figure() {
    htx rollup "$1" --by unit --json | jq -r --arg u "$2" --arg i "$3" --arg b "${4-}" '
      .[] | select(.unit == $u and .indicator == $i and .breakdown == $b)
      | [.value, .numerator, .denominator, .source] | join(" ")'
}
ok 'cooperatives are counted by their list alone' same "$(figure 2024 106 htx.total)" '4   entity'
ok 'led by women' same "$(figure 2024 106 htx.women)" '2   entity'
ok 'founded by' same "$(figure 2024 106 htx.founded_by hnd)" '1   entity'
ok 'women among members' same "$(figure 2024 106 member.women)" '20   entity'
ok 'a union is no cooperative' same "$(figure 2024 106 lh.total)" '2   entity'
ok 'members of unions' same "$(figure 2024 106 lh.member_htx)" '7   entity'
ok 'revenue of a union is not that of cooperatives' same "$(figure 2024 106 revenue.total)" '7100.5   entity'
ok 'bad loans over loans' same "$(figure 2024 105 qtd.npl_ratio)" '1 1182.4 115600 entity'
ok 'products by star' same "$(figure 2024 106 ocop.products 3)" '2   entity'
ok 'products' same "$(figure 2024 106 ocop.products)" '3   entity'
ok 'tax owed' same "$(figure 2024 106 tax.owed)" '49   entity'
ok 'need by source' same "$(figure 2024 106 support.need nstw)" '28124   statement'
ok 'founded in the half-year' same "$(figure 2025-S1 106 htx.new)" '2   entity'
ok 'dissolved' same "$(figure 2025-S1 106 htx.dissolved)" '1   entity'
ok 'a group is no cooperative' same "$(figure 2025-S1 106 tht.new)" '1   entity'
ok 'movements count nobody' same "$(figure 2025-S1 106 htx.total)" ''
ok 'loans' same "$(figure 2025-S1 106 loan.amount)" '4884   statement'
ok 'loans by lender' same "$(figure 2025-S1 106 loan.amount nhcsxh)" '884   statement'
ok 'groups of a commune' same "$(figure 2025-S2 03390 tht.member)" '60   entity'
ok 'their mean is weighted' same "$(figure 2025-S2 03390 tht.income_avg)" '21.45 1179.6 55 entity'

# the statement of the unit says its loans as well: one of two forms counts, the list
cat >"$work/statement.csv" <<'CSV'
Mẫu số: Biểu 02/ĐV
Đơn vị báo cáo: Huyện Tam Đường (mã 106)
Kỳ báo cáo: 6 tháng đầu năm 2025
Loại số liệu: thực hiện
STT,Chỉ tiêu,Đơn vị tính,Tổng số
1,Số tiền vay,triệu đồng,9.999
2,HTX thành lập mới,HTX,5
3,Tổng số HTX,HTX,53
CSV
ok 'a statement beside it' submit "$work/statement.csv" 106
ok 'loans are counted once' same "$(figure 2025-S1 106 loan.amount)" '4884   statement'
ok 'of statement and movements the statement counts' same "$(figure 2025-S1 106 htx.new)" '5   statement'
htx rollup 2025-S1 --differences >"$work/differences.txt"
ok 'and the movements are a difference' grep -q 'HTX thành lập mới' "$work/differences.txt"

shown() { # FORM TEXT: on the page of a report of the form
    psql -X -q -A -t -h "$PG_DIR" -U postgres -d htx -c \
        "select epoch || '.' || seq from htx.report where form = '$1' order by seq" |
        while read -r position; do htx report show "$position"; done | grep -q "$2"
}
ok 'texts are shown' shown thuyet_minh 'cao hơn thị trường khoảng 8%'
ok 'a certificate is shown' shown so_nganh '02/GCN-OCOP'
ok 'a decision is shown' shown bien_dong '112/QĐ-UBND'
exit $failed
