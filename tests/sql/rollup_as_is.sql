-- Totals on today's map: entities one by one to their home, statements along lineage where a
-- unit went as a whole, all units together what they were.
\i tests/sql/rollup_fixture.sql
insert into unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act, reports) values
  (1, 10, 'c1', '2004-01-01', '2025-06-30', 'Xã Một', 'commune', '105', '', false),
  (1, 11, 'c2', '2004-01-01', '2025-06-30', 'Xã Hai', 'commune', '105', '', false),
  (1, 12, 'c3', '2004-01-01', '2025-06-30', 'Xã Ba', 'commune', '106', '', false),
  (1, 13, 'n1', '2025-07-01', null, 'Xã Một mới', 'commune', '12', 'NQ', true),
  (1, 14, 'n2', '2025-07-01', null, 'Xã Hai mới', 'commune', '12', 'NQ', true),
  (1, 15, 'n3', '2025-07-01', null, 'Đặc khu', 'commune', '12', 'NQ', true);
-- 105 and 106 are divided, 107 becomes n3 as a whole
create function pg_temp.lineage(p_seq bigint, p_old text, p_new text, p_part text)
returns void language sql as $$
  insert into htx.lineage values
    (1, p_seq, p_old, '2004-01-01', p_new, '2025-07-01', '2025-07-01', p_part, 'NQ')
$$;
create function pg_temp.place(p_seq bigint, p_subject text, p_unit text, p_commune text)
returns void language sql as $$
  select pg_temp.entity(p_seq, p_subject, p_unit, 'agri');
  update htx.entity set commune = p_commune where subject = p_subject;
$$;
select pg_temp.place(16, 'tax:1', '105', 'Xã Một'), pg_temp.place(17, 'tax:2', '105', 'Xã Hai'),
  pg_temp.place(18, 'tax:3', '105', 'Xã Nào'), pg_temp.place(19, 'tax:4', '106', 'Xã Ba'),
  pg_temp.place(20, 'tax:5', '107', '');
select pg_temp.report(30, '2025-S1', 'actual', '105', 'list', 'tax:1',
  'member.total=10 worker.regular=5 income.worker_avg=20 revenue.total=100 htx.good=1 htx.fair=-', 'crops');
select pg_temp.report(31, '2025-S1', 'actual', '105', 'list', 'tax:2',
  'member.total=7 worker.regular=10 income.worker_total=300 revenue.total=. htx.good=- htx.fair=1', 'craft', 'stopped');
select pg_temp.report(32, '2025-S1', 'actual', '105', 'list', 'tax:3', 'member.total=4 revenue.total=k', 'craft');
select pg_temp.report(33, '2025-S1', 'actual', '105', 'statement', 'unit', 'revenue.total=160 revenue.yoy=3');
select pg_temp.report(34, '2025-S1', 'actual', '106', 'statement', 'unit', 'htx.total=4 member.total=40 revenue.yoy=4');
select pg_temp.report(35, '2025-S1', 'actual', '107', 'statement', 'unit',
  'htx.total=9 member.total=90 member.total/agri=60 revenue.avg=7 revenue.yoy=5 htx.good=2 htx.fair=1');
select pg_temp.report(36, '2025-S1', 'actual', 'NN', 'list', 'tax:6', 'member.total=11', 'agri', p_channel => 'sectoral');
select pg_temp.lineage(40, 'c1', 'n1', 'full'), pg_temp.lineage(41, 'c2', 'n2', 'full'),
  pg_temp.lineage(42, 'c3', 'n1', 'part'), pg_temp.lineage(43, 'c3', 'n2', 'part'),
  pg_temp.lineage(44, '107', 'n3', 'full');

create function pg_temp.as_is(p_period text, p_seq bigint, p_like text, grp text default 'u')
returns setof text language sql as $$
  select concat_ws(' ', unit, indicator || case when b1 <> '' then '/' || b1 else '' end,
    coalesce(value::text, 'null'), case when denominator is not null then numerator || '/' || denominator end,
    'stated=' || stated, source, 'reported=' || reported || '/' || coalesce(expected::text, '?'))
  from htx.rollup('nd09', p_period, 'actual', 1, p_seq, 1, true, grp like '%s%', true)
  where indicator ~ p_like
$$;
\echo -- members: two entities went each its way, one stays, a statement stays, one went along
select pg_temp.as_is('2025-S1', 44, 'member|htx.total|yoy|revenue');
\echo -- a ratio is taken apart by the entities that it rests on
select pg_temp.as_is('2025-S1', 44, 'good_pct|agri_pct');
\echo -- by sector
select pg_temp.as_is('2025-S1', 44, 'member', 'us');
\echo -- before the reform was known both are one
select count(*) from (
  (select * from rollup('nd09', '2025-S1', null, 1, 36, 1, true, true)
    except select * from rollup('nd09', '2025-S1', null, 1, 36, 1, true, true, true))
  union all
  (select * from rollup('nd09', '2025-S1', null, 1, 36, 1, true, true, true)
    except select * from rollup('nd09', '2025-S1', null, 1, 36, 1, true, true))) d;
\echo -- a person settles the one whose commune nobody knew; nobody gets lost, nobody doubled
insert into entity_event (epoch, seq, subject, event, day, unit, unit_from, act, note, person)
  values (1, 50, 'tax:3', 'moved', '2025-07-01', 'n1', '2025-07-01', '', '', 'a');
select p, pg_temp.as_is('2025-S1', p, 'member') from unnest(array[44, 50]) p;
\echo -- two units become one: their given figures stay with each
insert into unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act, reports) values
  (1, 51, 'n3', '2025-07-01', '2025-12-31', 'Đặc khu', 'commune', '12', 'NQ', true),
  (1, 52, 'n9', '2026-01-01', null, 'Gộp', 'commune', '12', 'NQ', true);
insert into lineage values
  (1, 53, 'n3', '2025-07-01', 'n9', '2026-01-01', '2026-01-01', 'full', 'NQ'),
  (1, 54, '106', '2004-01-01', 'n9', '2026-01-01', '2026-01-01', 'full', 'NQ');
select pg_temp.as_is('2025-S1', 54, 'member|yoy|revenue.avg');

\echo -- all units together give the same on both maps, before and after
with cell as (
  select q.seq, g.s, false as as_is, r.* from (values (44), (54)) q (seq), (values (false), (true)) g (s),
    rollup('nd09', '2025-S1', null, 1, q.seq, 1, true, g.s) r
  union all
  select q.seq, g.s, true, r.* from (values (44), (54)) q (seq), (values (false), (true)) g (s),
    rollup('nd09', '2025-S1', null, 1, q.seq, 1, true, g.s, true) r),
whole as (
  select seq, s, as_is, vintage, indicator, b1, b2,
    sum(coalesce(numerator, value)) as n, sum(denominator) as d
  from cell group by 1, 2, 3, 4, 5, 6, 7)
select case when count(*) > 60 then 'many' else count(*)::text end || ' compared', count(*) filter (
  where b.n is distinct from a.n or b.d is distinct from a.d) as different
from (select * from whole where not as_is) a
full join (select * from whole where as_is) b using (seq, s, vintage, indicator, b1, b2);
\echo -- and each is the sum of its cells
select case when count(*) > 60 then 'many' else count(*)::text end || ' explained', count(*) filter (where not same) as wrong
from (values (44), (54)) q (seq), (values (false), (true)) g (s),
  explain_check('nd09', '2025-S1', null, 1, q.seq, 1, true, g.s, null, true);
\echo -- what a unit of today leaves out, by those who reported
select reason, unit, subject, mark from explain_left_as_is('nd09', '2025-S1', 'actual', 1, 50, 1, false,
  'n1', '2025-07-01', 'revenue.total', '', '');
select reason, unit, subject, mark from explain_left_as_is('nd09', '2025-S1', 'actual', 1, 50, 1, false,
  '105', '2004-01-01', 'revenue.total', '', '');
