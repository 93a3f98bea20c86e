-- Where units and entities are on the map of a day: merges, splits, pieces, moves, renames,
-- codes used again. Positions: units 1-40, entities 41-70, lineage 71-, later acts 101-.
set search_path = htx;
insert into unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act, reports, aliases)
select 1, row_number() over (), v.* from (values
  ('12', date '2004-01-01', null::date, 'Tỉnh', 'province', '', '', true, ''),
  ('A', '2004-01-01', '2025-06-30', 'Huyện A', 'district', '12', '', true, ''),
  ('B', '2004-01-01', '2025-06-30', 'Huyện B', 'district', '12', '', true, ''),
  ('a1', '2004-01-01', '2025-06-30', 'Thị trấn Bình Lư', 'commune', 'A', '', false, ''),
  ('a2', '2004-01-01', '2025-06-30', 'Xã Bình Lư', 'commune', 'A', '', false, ''),
  ('a3', '2004-01-01', '2025-06-30', 'Xã Lả Nhì Thàng', 'commune', 'A', '', false, 'Xã Lản Nhì Thàng; Lã Nhì Thàng'),
  ('a4', '2004-01-01', '2025-06-30', 'Xã Phong Phú', 'commune', 'A', '', false, ''),
  ('b1', '2004-01-01', '2025-06-30', 'Xã Pa Khoá', 'commune', 'B', '', false, ''),
  ('b2', '2004-01-01', '2019-12-31', 'Xã Cũ', 'commune', 'B', '', false, ''),
  ('b3', '2020-01-01', '2025-06-30', 'Xã Mới', 'commune', 'B', '', false, ''),
  ('a1', '2025-07-01', null, 'Xã Tam Đường', 'commune', '12', 'NQ 1', true, ''), -- the code used again
  ('n1', '2025-07-01', null, 'Xã Phan Rí', 'commune', '12', 'NQ 1', true, ''),
  ('n2', '2025-07-01', null, 'Xã Tuy Phong', 'commune', '12', 'NQ 1', true, ''),
  ('C', '2004-01-01', null, 'Huyện C', 'district', '12', '', true, ''),
  ('D', '2004-01-01', null, 'Huyện D', 'district', '12', '', true, ''),
  ('c1', '2004-01-01', '2024-12-31', 'Xã Đi', 'commune', 'C', '', false, ''),
  ('c1', '2025-01-01', null, 'Xã Đi', 'commune', 'D', 'NQ 2', false, ''),
  ('c2', '2004-01-01', null, 'Xã Ở', 'commune', 'C', '', false, ''),
  ('c3', '2004-01-01', '2024-12-31', 'Xã Chia', 'commune', 'C', '', false, ''),
  ('c4', '2025-01-01', null, 'Xã Chia Một', 'commune', 'C', 'NQ 2', false, ''),
  ('c5', '2025-01-01', null, 'Xã Chia Hai', 'commune', 'C', 'NQ 2', false, ''),
  ('P', '2004-01-01', '2025-06-30', 'Huyện Đảo', 'district', '12', '', true, ''),
  ('p1', '2004-01-01', '2025-06-30', 'Xã Long Hải', 'commune', 'P', '', false, ''),
  ('Q', '2025-07-01', null, 'Đặc khu Đảo', 'commune', '12', 'NQ 1', true, ''),
  ('X', '2004-01-01', '2025-06-30', 'Sở cũ', 'department', '12', '', true, ''),
  ('L', '2004-01-01', null, 'Xã còn', 'commune', '12', '', true, ''),
  ('M', '2025-07-01', null, 'Xã nhận một phần', 'commune', '12', 'NQ 1', true, '')) v;
insert into entity (epoch, seq, subject, kind, name, sector, unit, unit_from, commune, state, confirmed)
select 1, 40 + row_number() over (), v.s, 'htx', v.s, 'agri', v.u, v.f, v.c, 'active', true from (values
  ('by code', 'A', date '2004-01-01', 'a1'), ('by name', 'A', '2004-01-01', 'XÃ BÌNH LƯ'),
  ('two of one bare name', 'A', '2004-01-01', 'Bình Lư'), ('other spelling', 'A', '2004-01-01', 'xã  Lản Nhì Thàng'),
  ('short', 'A', '2004-01-01', 'X. Lã Nhì Thàng'), ('of a split', 'A', '2004-01-01', 'Xã Phong Phú'),
  ('no commune', 'A', '2004-01-01', ''), ('unheard of', 'A', '2004-01-01', 'Xã Nào'),
  ('tone', 'B', '2004-01-01', 'Pa Khóa'), ('two steps', 'B', '2004-01-01', 'Xã Cũ'),
  ('moved with its commune', 'C', '2004-01-01', 'Xã Đi'), ('stays', 'C', '2004-01-01', 'Xã Ở'),
  ('split under one district', 'C', '2004-01-01', 'Xã Chia'),
  ('whole district', 'P', '2004-01-01', 'Xã Nào'), ('whole district, commune', 'P', '2004-01-01', 'Xã Long Hải'),
  ('of a department', 'X', '2004-01-01', ''), ('of a piece', 'L', '2004-01-01', ''),
  ('of that name elsewhere', 'B', '2004-01-01', 'Xã Bình Lư'),
  ('new', 'a1', '2025-07-01', 'Xã Bình Lư')) v (s, u, f, c);
insert into lineage (epoch, seq, old, old_from, new, new_from, day, part, act)
select 1, 70 + row_number() over (), v.o, v.f, v.n, v.d, v.d, v.p, 'NQ' from (values
  ('a1', date '2004-01-01', 'a1', date '2025-07-01', 'full'), ('a2', '2004-01-01', 'a1', '2025-07-01', 'full'),
  ('a3', '2004-01-01', 'n1', '2025-07-01', 'full'),
  ('a4', '2004-01-01', 'n1', '2025-07-01', 'part'), ('a4', '2004-01-01', 'n2', '2025-07-01', 'part'),
  ('b1', '2004-01-01', 'n2', '2025-07-01', 'full'), ('b2', '2004-01-01', 'b3', '2020-01-01', 'full'),
  ('b3', '2020-01-01', 'n2', '2025-07-01', 'full'), ('c1', '2004-01-01', 'c1', '2025-01-01', 'full'),
  ('c3', '2004-01-01', 'c4', '2025-01-01', 'part'), ('c3', '2004-01-01', 'c5', '2025-01-01', 'part'),
  ('P', '2004-01-01', 'Q', '2025-07-01', 'full'), ('L', '2004-01-01', 'M', '2025-07-01', 'part')) v (o, f, n, d, p);
\echo units: by the map before, between, and today
select unit, unit_from, string_agg(home || case when moved then '*' else '' end || coalesce(' ' || nullif(open, ''), ''), ', ' order by n) as homes
from (values (1, date '2019-06-30'), (2, date '2025-06-14'), (3, date 'infinity')) d (n, day),
  unit_home_on(1, 100, d.day) group by 1, 2 order by 1, 2;
\echo entities: before the reform, and today
select b.subject, b.unit as before, b.open, t.unit as today, t.unit_from, t.open, t.place, t.place_from
from home_on(1, 100, '2025-06-14') b join home_on(1, 100, 'infinity') t using (subject) order by 1;
\echo without lineage everything is its own home, but for who does not report
select count(*), count(*) filter (where unit = was and unit_from = was_from) from home_on(1, 70, 'infinity');
\echo a person settles some
insert into entity_event (epoch, seq, subject, event, day, unit, unit_from, act, note, person) values
  (1, 101, 'of a split', 'moved', '2025-07-01', 'n1', '2025-07-01', '', '', 'a'),
  (1, 102, 'of a piece', 'moved', '2025-07-01', 'L', '2004-01-01', '', '', 'a'),
  (1, 103, 'unheard of', 'moved', '2025-07-01', 'n2', '2025-07-01', '', '', 'a');
select subject, unit, open from home_on(1, 103, 'infinity')
where subject in ('of a split', 'of a piece', 'unheard of') order by 1;
\echo and an error of a line is taken back
insert into lineage (epoch, seq, old, old_from, new, new_from, day, part, act) values
  (1, 104, 'a3', '2004-01-01', 'n1', '2025-07-01', '2025-07-01', 'none', ''),
  (1, 105, 'a3', '2004-01-01', 'n2', '2025-07-01', '2025-07-01', 'full', '');
select subject, unit, open from home_at(1, 104) h join home_on(1, 104, 'infinity') using (subject, unit)
where subject = 'short';
select subject, unit from home_at(1, 105) where subject = 'short';
\echo the work list
select subject, unit, commune, open, cut_day, candidates, said from to_rehome(1, 100) order by 1;
\echo who may report whom: home, a successor where nobody knows, not a stranger; the old unit for then
insert into commit (epoch, number, first_seq, last_seq, control, statement, statement_hash, leaves, at)
  values (1, 1, 1, 100, true, '', sha256(''), decode(repeat('00', 3200), 'hex'), now());
select subject, unit from (values
  (1, 'by name', 'a1', date '2025-07-01'), (2, 'by name', 'n1', '2025-07-01'),
  (3, 'of a split', 'n1', '2025-07-01'), (4, 'of a split', 'n2', '2025-07-01'), (5, 'of a split', 'a1', '2025-07-01'),
  (6, 'unheard of', 'n2', '2025-07-01'), (7, 'unheard of', 'Q', '2025-07-01'), (8, 'by name', 'A', '2004-01-01'),
  (9, 'by name', 'B', '2004-01-01'), (10, 'not in the register', 'n1', '2025-07-01')) v (n, subject, unit, unit_from)
where n in (select n from reports_for(
  '{by name,by name,of a split,of a split,of a split,unheard of,unheard of,by name,by name,not in the register}',
  '{a1,n1,n1,n2,a1,n2,Q,A,B,n1}', '{2025-07-01,2025-07-01,2025-07-01,2025-07-01,2025-07-01,2025-07-01,2025-07-01,2004-01-01,2004-01-01,2025-07-01}'))
order by n;
\echo where series break
insert into period values
  (1, 61, 'nd09', '2024-S2', 'half', '', '', '2024-06-15', '2024-12-14', '2024-06-15', '2024-12-14', '2024-12-18', null),
  (1, 62, 'nd09', '2025-S1', 'half', '', '', '2024-12-15', '2025-06-14', '2025-05-15', '2025-06-14', '2025-06-16', null),
  (1, 63, 'nd09', '2025-S2', 'half', '', '', '2025-06-15', '2025-12-14', '2025-06-15', '2025-12-14', '2025-12-18', null),
  (1, 64, 'nd09', '2026-S1', 'half', '', '', '2025-12-15', '2026-06-14', '2026-05-15', '2026-06-14', '2026-06-16', null),
  (1, 65, 'nd09', '2026-S2', 'half', '', '', '2026-06-15', '2026-12-14', '2026-06-15', '2026-12-14', '2026-12-18', null);
select p.code, b.* from (values ('2024-S2'), ('2025-S1'), ('2025-S2'), ('2026-S1'), ('2026-S2')) p (code),
  break_at('nd09', p.code, 1, 100) b;
\echo what happened after the reform happened in the new unit, what before in the old one
insert into entity_event (epoch, seq, subject, event, day, act, note, person) values
  (1, 106, 'by name', 'suspended', '2025-05-01', '', '', 'a'),
  (1, 107, 'by name', 'resumed', '2025-09-01', '', '', 'a');
select event, unit, unit_from from register_event_at(1, 107, '2025-01-01', '2025-12-14')
where subject = 'by name' order by day;
