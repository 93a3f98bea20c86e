#!/bin/sh
# Commands from roll-up to extract, on a throwaway cluster whose reports were written as
# ingest would. KEEP=DIR leaves the files there.
#   tests/flow/rollup.sh [BUILD]   (default: BIN, else build/release)
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
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$PG_DIR" -U postgres -d htx "$@"; }

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
civil_date = 2025-06-16
CONF
printf 'code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n' >"$work/units.tsv"
printf '12\t2004-01-01\t\tTỉnh Lai Châu\tprovince\t\t\n' >>"$work/units.tsv"
while read -r code name; do
    printf '%s\t2004-01-01\t2025-06-30\t%s\tdistrict\t12\t\n' "$code" "$name"
done >>"$work/units.tsv" <<UNITS
105 Thành phố Lai Châu
106 Huyện Tam Đường
107 Huyện Mường Tè
108 Huyện Sìn Hồ
109 Huyện Phong Thổ
110 Huyện Than Uyên
111 Huyện Tân Uyên
112 Huyện Nậm Nhùn
UNITS
printf 'code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\nan\tNguyễn An\tconsolidator\tChuyên viên\t\t2020-01-01\t\n' \
    >"$work/people.tsv"

sql -d postgres -c 'create database htx' || exit 1
mkdir -p "$work/state"
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
ok 'sample reports' sql -f tests/lib/rollup_sample.sql
# the sample's commits have no statement, and a closing names that of the last one
act() { printf 'code\tname\trole\ttitle\tkey\tvalid_from\tvalid_to\nlan%s\tLan\treader\t\t\t2020-01-01\t\n' "$1" \
    >"$work/act.tsv" && htx person load "$work/act.tsv"; }
closed() { htx close "$1" --sign "$work/a.key" && htx close "$1" --sign "$work/b.key"; }
ok 'an act behind them' act 1
[ $failed = 0 ] || exit 1

# ---- the roll-up the office's own document needs
htx rollup 2023 --by unit --json >"$work/2023.json"
figure() { # figure INDICATOR: value numerator denominator stated source
    jq -r --arg i "$1" '.[] | select(.unit == "106" and .indicator == $i)
      | [.value, .numerator, .denominator, .stated, .source] | join(" ")' "$work/2023.json"
}
ok 'revenue.avg' same "$(figure revenue.avg)" '706.4 37440 53 1100 statement'
ok 'profit.avg' same "$(figure profit.avg)" '20.9 1107 53 40 statement'
ok 'income.worker_avg' same "$(figure income.worker_avg)" '33.14 20880 630 42 statement'
ok 'worker.regular' same "$(figure worker.regular)" '630    statement'
ok 'member.total' same "$(figure member.total)" '420    statement'
ok 'the vintage is in the row' same \
    "$(jq -r '[.[].vintage] | unique | join(" ")' "$work/2023.json")" estimate
htx rollup 2023 --by unit --json >"$work/again.json"
ok 'the same question, the same bytes' cmp "$work/2023.json" "$work/again.json"
ok 'readable table' sh -c "LC_ALL=vi_VN.UTF-8 $build/htx-aggregator -c $work/conf rollup 2023 | grep -q '706,4'"
htx rollup 2025-S1 --by unit,sector >"$work/by.txt"
ok 'by unit and sector' grep -q 'Nông, lâm' "$work/by.txt"
htx rollup 2025-S1 --differences >"$work/differences.txt"
ok 'the other source is a difference' grep -q 'Huyện Tam Đường' "$work/differences.txt"
htx rollup 2025-S1 --compare --by unit --json >"$work/beside.json"
ok 'a comparison for every total, each empty one with its reason' same "$(jq \
    '[.[] | select(.previous == null and .previous_reason == "not_reported" and .plan_reason == "no_plan")] | length' \
    "$work/beside.json")" "$(htx rollup 2025-S1 --by unit --json | jq length)"
htx rollup 2025-S1 --compare >"$work/said"
ok 'in words' grep -q 'kỳ đó chưa có số liệu; chưa có kế hoạch' "$work/said"
htx rollup 2025-S1 --by nobody 2>/dev/null
ok 'usage' same $? 64
htx rollup 2099 2>/dev/null
ok 'unknown period' same $? 65

# ---- who sent what
htx status 2025-S1 >"$work/status.txt"
state() { htx status 2025-S1 --json | jq -r --arg u "$1" '.[] | select(.unit == $u)
    | [.state, (.late | tostring), .coverage] | join(" ")'; }
ok 'sent, with coverage' same "$(state 106)" 'sent false 53/53 (100%)'
ok 'late' same "$(state 107)" 'sent true 47/47 (100%)'
ok 'fewer than declared' same "$(state 110)" 'partly false 20/20 (100%)'
ok 'no declaration' same "$(state 111)" 'partly false 47/47 (100%)'
ok 'nothing to report' same "$(state 112)" 'nothing false 0/?'
ok 'a line of totals' grep -q 'Tổng số đơn vị phải báo cáo: 8' "$work/status.txt"
ok 'findings: none, exit 0' htx findings 2025-S1
ok 'not confirmed is listed' sh -c "LC_ALL=vi_VN.UTF-8 $build/htx-aggregator -c $work/conf findings 2025-S1 | grep -q 'mã số thuế 1050000011'"

# ---- publication
htx publish 2025-S1 --by an 2>/dev/null
ok 'an open period is not published' same $? 65
ok close closed 2025-S1
ok publish htx publish 2025-S1 --by an
htx publish 2025-S1 --by nobody 2>/dev/null
ok 'only people of the register publish' same $? 65
sql -c "insert into htx.commit select epoch, number + 1, last_seq + 1, last_seq + 1, false, '',
    sha256(''), sha256(''), now() from htx.commit order by number desc limit 1"
sql -f - >/dev/null <<'SQL'
set search_path = htx, pg_temp;
\i tests/sql/rollup_rows.sql
select pg_temp.report((select max(last_seq) from htx.commit), '2025-S1', 'actual', '111',
  'unit_statement', 'unit', 'member.total=9999');
SQL
ok 'computed again, the same bytes, although more has come' htx publish --verify 2025-S1
ok 'an act behind the report' act 2
for k in a b; do
    ok "reopen: $k" htx reopen 2025-S1 --why 'đơn vị 111 gửi lại' --sign "$work/$k.key"
done
ok 'closed once more' closed 2025-S1
ok 'a second one' htx publish 2025-S1 --by an
ok 'the first still holds' htx publish --verify 2025-S1 --number 1
sql -c "update htx.report set value[1] = value[1] + 1 where unit = '105' and kind = 'htx'"
htx publish --verify 2025-S1 --number 1 >/dev/null
ok 'a changed log is noticed' same $? 1
sql -c "update htx.report set value[1] = value[1] - 1 where unit = '105' and kind = 'htx'"

# ---- ones that older releases sealed, with methods 1 and 2: format 1 of the totals
cat >"$work/old.py" <<'PY'
import hashlib, sys
method = sys.argv[1].encode()
totals = bytes.fromhex(sys.stdin.read()).replace(b"\nmethod\t3\n", b"\nmethod\t" + method + b"\n")
totals = totals.replace(b"htx-totals 2\n", b"htx-totals 1\n", 1)
totals = b"".join(line for line in totals.splitlines(True)
                  if line.split(b"\t")[0] not in (b"compare", b"target", b"break", b"warning"))
print("update htx.publication set method = %s, totals = '\\x%s', hash = '\\x%s'"
      " where period = '2025-S1' and number = 1"
      % (sys.argv[1], totals.hex(), hashlib.blake2b(totals, digest_size=32).hexdigest()))
PY
sql -c 'create table public.sealed as select * from htx.publication'
sql -c 'create table public.seals as select * from htx.seal' -c 'delete from htx.seal where number = 1'
for method in 2 1; do
    sql -c "select encode(totals, 'hex') from public.sealed where period = '2025-S1' and number = 1" |
        /usr/bin/python3 "$work/old.py" $method >"$work/old.sql"
    sql -f "$work/old.sql"
    ok "method $method recomputes what it sealed" htx publish --verify 2025-S1 --number 1
    htx explain 2025-S1 member.total --number 1 --json >"$work/cells" 2>"$work/said"
    code=$?
    [ $method = 1 ] || ok 'the sums of method 2 are still those' \
        same "$(jq .sums.publication_same "$work/cells")" true
done
ok 'and is not taken apart by another' same "$code$(grep -c -- '--as-of' "$work/said")" 781
sql -c "update htx.publication p set method = s.method, totals = s.totals, hash = s.hash
    from public.sealed s where s.period = p.period and s.number = p.number"
sql -c 'insert into htx.seal select * from public.seals where number = 1'
sql -c "update htx.publication set method = 4 where number = 2"
htx publish --verify 2025-S1 --number 2 2>/dev/null
ok 'a method of a newer release' same $? 78
sql -c "update htx.publication set method = 3 where number = 2"

# ---- files
out=${KEEP:-$work/out}
ok 'workbook' htx extract 2025-S1 --format xlsx --number 1 -o "$out"
ok 'csv' htx extract 2025-S1 --format csv --number 1 -o "$out"
ok 'hash files hold' sh -c "cd $out && b2sum -l 256 -c laichau_htx_2025-S1_v1.xlsx.b2 laichau_htx_2025-S1_v1.csv.b2"
cp "$out/laichau_htx_2025-S1_v1.xlsx" "$work/first.xlsx"
sql -c 'delete from htx.extract'
sleep 1
ok 'made anew' htx extract 2025-S1 --format xlsx --number 1 -o "$out"
ok 'byte for byte the same workbook' cmp "$work/first.xlsx" "$out/laichau_htx_2025-S1_v1.xlsx"
ok 'sdmx' htx extract 2025-S1 --format sdmx-ml --number 1 -o "$out"
ok 'sdmx of what changed' htx extract 2025-S1 --format sdmx-ml --since 1 -o "$out"
xsd=../shared/sdmx-ml-2.1-schemas
for name in HTX_COOP_1.0_2025-S1_12_v1 HTX_COOP_1.0_2025-S1_12_v2-since-v1; do
    if command -v xmllint >/dev/null && [ -d $xsd ]; then
        ln -sf "$PWD/$xsd"/*.xsd "$out"
        ok "xmllint: $name" xmllint --nonet --noout --schema "$out/${name}_dsd.xsd" "$out/$name.xml"
        rm -f "$out"/SDMX*.xsd "$out/xml.xsd"
    else
        echo "skipped: xmllint: $name: no xmllint, or no $xsd"
    fi
done
ok 'the second version by itself' htx extract 2025-S1 --format csv -o "$out"
ok 'its name' test -f "$out/laichau_htx_2025-S1_v2.csv"
ok 'lines end as RFC 4180 asks' sh -c "[ \$(wc -l <$out/laichau_htx_2025-S1_v1.csv) = \$(grep -c \$(printf '\r')\$ $out/laichau_htx_2025-S1_v1.csv) ]"
ok pdf htx extract 2025-S1 --format pdf --number 1 -o "$out"
cp "$out/laichau_htx_2025-S1_v1.pdf" "$work/first.pdf"
sql -c "delete from htx.extract where format = 'pdf'"
sleep 1
ok 'pdf made anew' htx extract 2025-S1 --format pdf --number 1 -o "$out"
ok 'byte for byte the same pdf' cmp "$work/first.pdf" "$out/laichau_htx_2025-S1_v1.pdf"
if command -v pdffonts >/dev/null; then
    ok 'pdf: paper, fonts, heads, page numbers, signatures' /usr/bin/python3 \
        tests/lib/pdf.py "$out/laichau_htx_2025-S1_v1.pdf"
else
    echo "skipped: pdf: poppler-utils is not installed"
fi
ok docx htx extract 2025-S1 --format docx --number 1 -o "$out"
ok 'docx: paper, font, figures, rows, signatures' /usr/bin/python3 tests/lib/docx.py \
    "$out/laichau_htx_2025-S1_v1.docx"
cp "$out/laichau_htx_2025-S1_v1.docx" "$work/first.docx"
sql -c "delete from htx.extract where format = 'docx'"
ok 'docx made anew' htx extract 2025-S1 --format docx --number 1 -o "$out"
ok 'byte for byte the same docx' cmp "$work/first.docx" "$out/laichau_htx_2025-S1_v1.docx"
ok 'the sample template' htx extract --sample "$work/sample.docx"
ok 'cut by a word processor' /usr/bin/python3 tests/lib/docx.py --cut "$work/sample.docx" \
    "$work/cut.docx"
ok 'the office'"'"'s own template' htx extract 2025-S1 --format docx --number 1 \
    --template "$work/cut.docx" -o "$work/own"
ok 'filled all the same' /usr/bin/python3 tests/lib/docx.py \
    "$work/own/laichau_htx_2025-S1_v1.docx"
ok 'both are kept' same "$(sql -c "select count(*), count(distinct hash) from htx.extract
    where format like 'docx%'")" '2|2'
htx extract 2025-S1 --format docx --template "$out/laichau_htx_2025-S1_v1.xlsx" -o "$out" \
    2>"$work/said"
ok 'a workbook is no template' same "$?$(grep -c 'word/document.xml' "$work/said")" 651
htx extract 2025-S1 --format pdf --template "$work/cut.docx" -o "$out" 2>/dev/null
ok 'templates are for docx' same $? 64
if /usr/bin/python3 -c 'import openpyxl' 2>/dev/null; then
    ok 'page, fonts, heads, footer, signatures' /usr/bin/python3 tests/lib/workbook.py \
        "$out/laichau_htx_2025-S1_v1.xlsx"
fi
exit $failed
