#!/bin/bash
# make demo DATA=DIR: whose figures are in a file, by folder, head, file name or district.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
export LC_ALL=C.UTF-8
ROOT=$PWD
DATA=/data/110
. deploy/demo-data.sh

expect_unit() { expect_eq "$2 | $3" "$1" "$(unit_of "$DATA/$2" "$3")"; }

expect_unit 106 "106/a.csv" ""
expect_unit 106 "106 - Tam Đường/nhóm a/b.csv" ""
expect_unit 108 "108_SinHo/danh sách.xlsx" "Huyện Sìn Hồ"
expect_unit 105 "105/a.csv" "Huyện Tam Đường (mã 106)"
expect_unit 593 "a 105.csv" "Thành phố Phan Thiết (mã 593)"
expect_unit 107 "danh sách (mã 107).csv" ""
expect_unit 111 "danh-sach-111.csv" ""
expect_unit 105 "105_2025.xlsx" ""
expect_unit 107 "a.csv" "UBND huyện Mường Tè"
expect_unit 109 "Phong Thổ/a.csv" ""
expect_unit 105 "TP LAI CHAU.csv" ""
expect_unit 108 "$(printf 'Si\314\200n H\303\264\314\200').csv" ""
expect_unit 110 "a 2025.csv" ""
DATA=/data/moi
expect_unit "" "a 2025.csv" ""
expect_unit "" "a.csv" "Tỉnh Lai Châu"
summary
