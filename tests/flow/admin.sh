#!/bin/sh
# The administrator's commands on a database of their own, from an empty cluster to
# enrolled and revoked keys; good files, the same files again, bad lines.
# BIN: folder of htx-aggregator (build/release by default). Exit 77: no PostgreSQL 15.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=$(realpath "${BIN:-build/release}")
CATALOGUE=$(realpath schema/catalogue)
. tests/lib/check.sh
. tests/lib/pg.sh
export LC_ALL=C

pg_start || exit $?
WORK=$(mktemp -d)
trap 'pg_stop; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM
cd "$WORK" || exit 1

role() { echo "host=$PG_DIR dbname=postgres user=$1"; }
cat >agg.conf <<CONF
[province]
code = 12
name = Tỉnh Lai Châu
[state]
dir = state
[database]
owner = $(role postgres)
admin = $(role htx_admin)
serve = $(role htx_serve)
read = $(role htx_read)
[serve]
civil_date = 2025-06-15
CONF

agg() { "$BIN/htx-aggregator" -c agg.conf "$@"; }
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$(role postgres)" -c "$1"; }
tsv() { printf '%b' "$2" >"$1"; } # FILE TEXT, with \t and \n

# ---- the program itself ----
expect_exit "no command" 64 "$BIN/htx-aggregator"
expect_exit "unknown command" 64 agg frobnicate
expect_exit "group without sub-command" 64 agg keys
expect_has "lists the sub-commands" "keys revoke" "$ERR"
expect_exit "unknown option" 64 agg unit list --nonsense
expect_exit "help" 0 "$BIN/htx-aggregator" -h
expect_has "help names a command" "catalogue activate VERSION" "$OUT"
expect_exit "help of one command" 0 agg keys enroll -h
expect_exit "release" 0 "$BIN/htx-aggregator" -V
OUT=$(LC_ALL=vi_VN.UTF-8 "$BIN/htx-aggregator" -h)
expect_has "help in Vietnamese" "đơn vị báo cáo" "$OUT"
expect_exit "no configuration" 78 "$BIN/htx-aggregator" -c nowhere.conf unit list
"$BIN/htx-aggregator" --sample | sed 's/^code =.*/code = 12/; s/^name =.*/name = X/' >sample.conf
expect_exit "the sample is a configuration: only the database is missing" 75 \
    env PGHOST="$WORK" "$BIN/htx-aggregator" -c sample.conf unit list

# ---- migrate ----
expect_exit "list before migrate" 78 agg unit list
expect_has "says what to run" "htx-aggregator migrate" "$ERR"
expect_exit "genesis before migrate" 78 agg genesis --officer a=x
expect_exit "migrate" 0 agg migrate
expect_has "says what it did" "0001_log.sql: done" "$OUT"
expect_exit "migrate again" 0 agg migrate
expect_eq "nothing to do" "nothing to do" "$OUT"
expect_exit "acts need a genesis" 78 agg catalogue load "$CATALOGUE"
expect_has "and say so" "genesis" "$ERR"

# ---- genesis ----
for k in a b c d; do
    expect_exit "keys new $k" 0 agg keys new "$k.key"
    echo "$OUT" >"$k.pub"
done
expect_exit "a key is not overwritten" 78 agg keys new a.key
expect_eq "key file is private" 600 "$(stat -c %a a.key)"
expect_exit "two officers are too few" 65 agg genesis --officer a=a.key --officer b=b.key \
    --sign a.key --sign b.key
set -- --officer "a=$(cat a.pub),Lò Thị A" --officer b=b.key --officer "c=c.key,Vàng C"
expect_exit "one signer is too few" 65 agg genesis "$@" --sign a.key
expect_exit "one signer twice" 65 agg genesis "$@" --sign a.key --sign a.key
expect_exit "a signer who is no officer" 65 agg genesis "$@" --sign a.key --sign d.key
expect_exit "an officer twice" 65 agg genesis "$@" --officer d=a.key --sign a.key --sign b.key
expect_exit "by somebody who is no officer" 65 agg genesis "$@" --sign a.key --sign b.key --by x
expect_eq "nothing was made" "" "$(ls state 2>/dev/null)"
expect_exit "genesis" 0 agg genesis "$@" --sign a.key --sign b.key
GENESIS=$(echo "$OUT" | sed -n 's/^genesis //p')
expect_eq "its hash is stored" "$GENESIS" "$(sql "select encode(genesis, 'hex') from htx.province")"
expect_eq "the file is what was hashed" "$(sha256sum <state/genesis.conf | cut -d' ' -f1)" \
    "$(sql "select encode(sha256(file), 'hex') from htx.province")"
expect_eq "two signatures" 2 "$(wc -l <state/genesis.sig)"
expect_eq "secret keys are private" "600 600" \
    "$(stat -c %a state/keys/server.curve state/keys/receipt.sign | paste -sd' ')"
expect_exit "genesis twice" 78 agg genesis "$@" --sign a.key --sign b.key
expect_eq "first commit is (1, 1), a control commit of 5" "1 1 1 5 t" \
    "$(sql "select concat_ws(' ', epoch, number, first_seq, last_seq, control) from htx.commit")"
expect_exit "officers are people" 0 agg person list --json
expect_has "by name" '"name": "Lò Thị A", "role": "leader"' "$OUT"

# ---- catalogue ----
expect_exit "catalogue check" 0 agg catalogue check "$CATALOGUE"
cp -r "$CATALOGUE" bad
sed -i '3s/\t/\tx\t/' bad/indicators.tsv
expect_exit "a bad catalogue" 65 agg catalogue check bad
expect_has "names file and line" "indicators.tsv:3" "$ERR"
expect_exit "activate before load" 65 agg catalogue activate 1 --sign a.key --by a
expect_exit "catalogue load" 0 agg catalogue load "$CATALOGUE"
expect_exit "the same again" 0 agg catalogue load "$CATALOGUE"
expect_eq "is one record" 1 "$(sql "select count(*) from htx.control where kind = 'catalogue'")"
cp -r "$CATALOGUE" other
sed -i 's/^name_en\t.*/name_en\tOther/' other/catalogue.tsv
expect_exit "same version, other content" 65 agg catalogue load other
sed -i 's/^version\t.*/version\t900/' other/catalogue.tsv
sed -i '2{h;d};3{G}' other/rows.tsv
expect_exit "a known form version with other cells" 65 agg catalogue load other
expect_eq "is not loaded" 1 "$(sql "select count(*) from htx.catalogue_bundle")"
tsv e.tsv 'subject\tkind\tname\tunit\n'
expect_exit "entities need an active catalogue" 78 agg entity load e.tsv
expect_exit "activate needs a signature" 64 agg catalogue activate 1 --by a
expect_exit "of an officer" 0 agg keys new stranger.key
expect_exit "of the genesis" 65 agg catalogue activate 1 --sign stranger.key
expect_exit "who acts has signed" 65 agg catalogue activate 1 --sign a.key --by b
expect_exit "catalogue activate: one proposes" 0 agg catalogue activate 1 --sign a.key --by a
expect_has "another has to confirm" "another officer" "$OUT"
expect_eq "nothing is in force yet" 0 "$(sql "select count(*) from htx.catalogue_now where active")"
expect_exit "entities still wait" 78 agg entity load e.tsv
expect_exit "the same officer does not confirm" 65 agg catalogue activate 1 --sign a.key --by a
expect_exit "another one confirms" 0 agg catalogue activate 1 --sign c.key --by c
expect_exit "activate again" 0 agg catalogue activate 1 --sign b.key --by b
expect_has "changes nothing" "in force already" "$OUT"
expect_eq "who signed is recorded" "a propose,c activate" "$(sql "select string_agg(
    person || ' ' || act, ',' order by seq) from htx.catalogue where key is not null")"
expect_exit "show" 0 agg catalogue show --json
expect_has "is active" '"active": true' "$OUT"
expect_eq "every cell is unfolded" "$(sql "select count(*) from htx.cat_cell")" \
    "$(sql "select sum(n) from (select max(pos) n from htx.cat_cell group by form, version) s")"
expect_eq "its periods are in force" "2025-06-14" \
    "$(sql "select cutoff from htx.period_now where scheme = 'nd09' and code = '2025-S1'")"

# ---- units ----
tsv units.tsv 'code\tvalid_from\tvalid_to\tname\tkind\tparent\tact
12\t2004-01-01\t\tTỉnh Lai Châu\tprovince\t\t
106\t2004-01-01\t2025-06-30\tHuyện Tam Đường\tdistrict\t12\tNĐ
'
expect_exit "unit load" 0 agg unit load units.tsv --by b
expect_eq "says how many" "2 loaded, 0 unchanged" "$OUT"
COMMITS=$(sql "select count(*) from htx.commit")
expect_exit "the same again" 0 agg unit load units.tsv
expect_eq "changes nothing" "0 loaded, 2 unchanged" "$OUT"
expect_eq "and commits nothing" "$COMMITS" "$(sql "select count(*) from htx.commit")"
sed -i 's/Huyện Tam Đường/huyện Tam Đường/' units.tsv
expect_exit "one row changed" 0 agg unit load units.tsv
expect_eq "one is loaded" "1 loaded, 1 unchanged" "$OUT"
expect_exit "unit list" 0 agg unit list
expect_has "dates as people write them" "30/06/2025" "$OUT"
expect_has "the newest name" "huyện Tam Đường" "$OUT"
expect_eq "who did it" "b" "$(sql "select actor from htx.control where kind = 'unit' order by seq limit 1")"
expect_exit "--by somebody unknown" 65 agg unit load units.tsv --by nobody
# as Excel saves it: BOM, CR LF, decomposed letters, no last line end
printf '\357\273\277code\tvalid_from\tname\tkind\r\n107\t2004-01-01\tHuye\314\243n Sìn Hồ\tdistrict' >excel.tsv
sed -i 's/Huye\xcc\xa3n/Huye\xcc\xa3\xcc\x82n/' excel.tsv
expect_exit "as Excel saves it" 0 agg unit load excel.tsv
expect_eq "names are stored composed" "Huyện Sìn Hồ" \
    "$(sql "select name from htx.unit_now where code = '107'")"
BEFORE=$(sql "select count(*) from htx.unit")
tsv bad.tsv 'code\tvalid_from\tvalid_to\tname\tkind
108\t2004-13-01\t\tHuyện A\tdistrict
109\t2004-01-01\t2003-01-01\tHuyện B\tcounty
110\t2004-01-01\t\t\tdistrict
1 1\t2004-01-01\t\tHuyện D\tdistrict
106\t2020-01-01\t\tHuyện E\tdistrict
112\t2004-01-01\t\tHuyện F\tdistrict
112\t2004-01-01\t\tHuyện F\tdistrict
113\t2004-01-01
'
expect_exit "a file that is not there" 65 agg unit load nowhere.tsv
expect_has "names it" "nowhere.tsv: No such file" "$ERR"
expect_exit "bad lines" 65 agg unit load bad.tsv
for place in "bad.tsv:2: valid_from: \"2004-13-01\"" "bad.tsv:3: valid_to" "bad.tsv:3: kind: \"county\"" \
    "bad.tsv:4: name" "bad.tsv:5: code: \"1 1\"" "bad.tsv:6: valid_from" "bad.tsv:8: code" "bad.tsv:9:"; do
    expect_has "each is named: $place" "$place" "$ERR"
done
expect_eq "and none is loaded" "$BEFORE" "$(sql "select count(*) from htx.unit")"
OUT=$(LC_ALL=vi_VN.UTF-8 agg unit load bad.tsv 2>&1)
expect_has "in Vietnamese too" "không phải ngày, ghi theo dạng 2025-06-30" "$OUT"
tsv bad.tsv 'code\tname\n106\tx\n'
expect_exit "a missing column" 65 agg unit load bad.tsv
expect_has "is named" "valid_from: column is missing" "$ERR"
printf 'code\tvalid_from\tname\tkind\n\377\t\t\t\n' >bad.tsv
expect_exit "not UTF-8" 65 agg unit load bad.tsv

# ---- periods and people ----
tsv p.tsv 'scheme\tcode\tkind\tname_vi\tname_en\tstarts\tends\topens\tcutoff\tdue\tcloses
nd09\t2025-S1\thalf\t6 tháng đầu năm 2025\tFirst half of 2025\t2024-12-15\t2025-06-14\t2025-05-15\t2025-06-14\t2025-06-25\t2025-07-31
'
expect_exit "period load" 0 agg period load p.tsv
expect_eq "the changed period counts" 2025-06-25 \
    "$(sql "select due from htx.period_now where scheme = 'nd09' and code = '2025-S1'")"
sed -i 's/2025-06-25/2024-06-25/' p.tsv
expect_exit "due before it opens" 65 agg period load p.tsv
tsv who.tsv 'code\tname\trole\ttitle\tkey\tvalid_from
tonghop\tGiàng A Tổng\tconsolidator\tChuyên viên\t\t2025-01-01
'
expect_exit "person load" 0 agg person load who.tsv
sed -i "s/viên\t\t/viên\t$(cat a.pub)\t/" who.tsv
expect_exit "somebody else's key" 65 agg person load who.tsv

# ---- entities ----
tsv e.tsv 'subject\tkind\tname\tsector\tunit\tcommune\tstate
tax:0100233488\thtx\tHTX Tả Lèng\tagri\t106\tTả Lèng\tactive
certificate:23B|UBND huyện\ttht\tTổ hợp tác Sơn Bình\t\t106\tSơn Bình\t
'
expect_exit "entity load" 0 agg entity load e.tsv
expect_eq "two" "2 loaded, 0 unchanged" "$OUT"
expect_exit "the same again" 0 agg entity load e.tsv
expect_eq "changes nothing" "0 loaded, 2 unchanged" "$OUT"
tsv be.tsv 'subject\tkind\tname\tsector\tunit
tax:0100233489\thtx\tA\tagri\t106
0100233488\thtx\tB\tagri\t106
tax:0100112437\thtx\tC\tspace\t106
certificate:1\thtx\tD\t\t999
'
expect_exit "bad entities" 65 agg entity load be.tsv
for place in "be.tsv:2: subject" "be.tsv:3: subject" "be.tsv:4: sector" "be.tsv:5: unit"; do
    expect_has "each is named: $place" "$place" "$ERR"
done
expect_exit "entity list of a unit" 0 agg entity list --unit 106 --json
expect_eq "has both" 2 "$(echo "$OUT" | grep -c '"subject"')"
# an entity that only a report knows
sql "insert into htx.report (epoch, seq, scheme, period, vintage, form, form_version, unit, unit_from,
 kind, subject, channel, revision, verdict, late, counts, hash, digest, id, evidence, item, catalogue,
 name, sector, commune, state, value, mark) values (1, 1000000, 'nd09', '2025-S1', 'actual', 'htx_list',
 1, '106', '2004-01-01', 'htx', 'tax:0100112437', 'territorial', 1, 'warnings', false, true,
 decode(repeat('aa', 32), 'hex'), decode(repeat('bb', 32), 'hex'), gen_random_uuid(), '', 0, 1,
 'HTX Bản Giang', 'agri', 'Bản Giang', 'active', '{}', '')"
expect_exit "unconfirmed ones" 0 agg entity list --unconfirmed --json
expect_has "come from reports" '"name": "HTX Bản Giang"' "$OUT"
expect_eq "and no others" 1 "$(echo "$OUT" | grep -c '"subject"')"

# ---- keys ----
SIGN=$(printf '%064d' 7)
Z85='rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'
LINE="enroll unit=106 valid_from=2004-01-01 sign=$SIGN curve=$Z85"
expect_exit "enroll" 0 agg keys enroll "$LINE" --by a
expect_eq "two keys" "2 keys enrolled, 0 were there" "$OUT"
OUT=$(echo "$LINE" | agg keys enroll -)
expect_eq "the same from stdin" "0 keys enrolled, 2 were there" "$OUT"
expect_exit "for a unit that is not there" 65 agg keys enroll "enroll unit=999 valid_from=2004-01-01 sign=$SIGN curve=$Z85"
expect_exit "for a unit of another time" 65 agg keys enroll "enroll unit=106 valid_from=2005-01-01 sign=$SIGN curve=$Z85"
expect_exit "one key for two units" 65 agg keys enroll "enroll unit=107 valid_from=2004-01-01 sign=$SIGN curve=$Z85"
expect_exit "half a line" 65 agg keys enroll "enroll unit=106 sign=$SIGN"
expect_exit "no key" 65 agg keys enroll "enroll unit=106 valid_from=2004-01-01 sign=12 curve=$Z85"
expect_exit "no CURVE key" 65 agg keys enroll "enroll unit=106 valid_from=2004-01-01 sign=$SIGN curve=12"
expect_exit "desk" 0 agg keys enroll enroll desk=tonghop "sign=$(cat d.pub)"
expect_exit "desk of nobody" 65 agg keys enroll enroll desk=nobody "sign=$(cat c.pub)"
expect_exit "keys list" 0 agg keys list --json
expect_eq "receipt, sign, curve, desk" "curve desk receipt sign" \
    "$(echo "$OUT" | sed -n 's/.*"use": "\([a-z]*\)".*/\1/p' | sort | paste -sd' ')"
expect_exit "revoke without a reason" 64 agg keys revoke --unit 106
expect_exit "revoke" 0 agg keys revoke --unit 106 --reason "máy bị mất" --by b
expect_eq "both keys of the unit" "2 keys revoked" "$OUT"
expect_exit "revoke again" 65 agg keys revoke --unit 106 --reason "máy bị mất"
expect_exit "a revoked key never comes back" 65 agg keys enroll "$LINE"
expect_exit "revoke one key" 0 agg keys revoke "$(cat d.pub)" --reason "bàn giao"
expect_exit "keys list of the unit" 0 agg keys list --unit 106 --json
expect_eq "shows them as revoked" 2 "$(echo "$OUT" | grep -c '"revoked": true, "reason": "máy bị mất"')"
expect_exit "the receipt key is not revoked so" 65 \
    agg keys revoke "$(sql "select public from htx.key where use = 'receipt'")" --reason x

# ---- the log they left ----
expect_eq "positions without a gap" "t" "$(sql "select bool_and(first_seq = before + 1) from (
 select first_seq, lag(last_seq, 1, 0::bigint) over (order by number) before from htx.commit) s")"
expect_eq "each control record is the leaf of its position" 0 "$(sql "select count(*) from htx.control k
 join htx.commit c on k.epoch = c.epoch and k.seq between c.first_seq and c.last_seq
 where substr(c.leaves, (32 * (k.seq - c.first_seq))::int + 1, 32) <> k.hash")"
expect_eq "and every position is a control record" "$(sql "select max(last_seq) from htx.commit")" \
    "$(sql "select count(*) from htx.control")"

# ---- listings of reports ----
expect_exit "reports of no unit" 65 agg report list --unit 777
expect_has "names it" "--unit 777" "$ERR"
expect_exit "findings of no unit" 65 agg findings 2025-S1 --unit 777
expect_exit "no reports yet" 0 agg report list --unit 106

# ---- the database goes away ----
pg_halt QUIT
expect_exit "no database" 75 agg unit list
cd / || exit 1
summary
