-- The register by date: what was known at a position about a day; movements, acts, merges;
-- the source event, and logs that were consolidated without any of it.
\i tests/sql/rollup_fixture.sql
insert into cat_indicator (version, no, ord, code, name_vi, name_en, unit_vi, unit_en, scale,
    decimals, type, level, op, num, den) values
  (1, 20, 20, 'ktt.event', 'Biến động', '', 'lần', '', 1, 0, 'flow', 'C', 'none', '', ''),
  (1, 21, 21, 'ktt.renamed', 'Đổi tên', '', 'lần', '', 1, 0, 'flow', 'C', 'none', '', ''),
  (1, 22, 22, 'htx.new', 'HTX thành lập mới', '', 'HTX', '', 1, 0, 'flow', 'UP', 'sum', '', ''),
  (1, 23, 23, 'htx.dissolved', 'HTX giải thể', '', 'HTX', '', 1, 0, 'flow', 'UP', 'sum', '', '');
insert into cat_form values ('bien_dong', 1, 'htx', 'rows', 3, 'Biến động', ''),
  ('sums', 1, 'unit', 'by_sector', 1, 'Biểu tổng hợp', '');
insert into cat_cell values ('bien_dong', 1, 1, 22, '', '', ''), ('bien_dong', 1, 2, 23, '', '', ''),
  ('sums', 1, 1, 22, '', '', ''), ('sums', 1, 2, 23, '', '', '');
insert into cat_source values (1, 0, 'htx.new', 'year', 'actual', 'event,statement,entity'),
  (1, -1, 'htx.dissolved', 'year', 'actual', 'event,statement,entity');
insert into period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends, opens,
    cutoff, due, closes) values
  (1, 10, 'nd09', '2025', 'year', 'Năm 2025', '', '2024-12-15', '2025-12-14', '2025-06-15',
    '2025-12-14', '2025-12-18', null);
-- version 2 lets movement forms feed the register
insert into cat_indicator select 2, no, ord, code, name_vi, name_en, unit_vi, unit_en, scale,
  decimals, type, level, op, num, den from cat_indicator;
insert into cat_breakdown select 2, dim, code, ord, parent, name_vi, name_en from cat_breakdown;
insert into cat_source select 2, ord, indicator, period_kind, vintage, sources from cat_source;
insert into cat_source values (2, 9, 'ktt.event', 'half', 'actual', 'event,statement,entity');

-- events: "kind@day[@decision] ..."
create function pg_temp.movement(p_seq bigint, p_period text, p_unit text, p_subject text,
  p_events text, p_cells text default '', p_sector text default '', p_old bigint default null)
returns void language plpgsql as $$
begin
  perform pg_temp.report(p_seq, p_period, 'actual', p_unit, 'bien_dong', p_subject, p_cells,
    p_sector, p_old => p_old);
  insert into htx.report_cell
  select 1, p_seq, row_number() over (), null, case when v[1] = 'name' then 21 else 20 end,
    case when v[1] = 'name' then 'cũ' else v[1] end, coalesce(v[3], ''), 1, null, 'v', ' ',
    false, nullif(v[2], '')::date, '', ''
  from (select string_to_array(w, '@') as v
    from regexp_split_to_table(trim(p_events), '\s+') w) x;
end $$;
create function pg_temp.event(p_seq bigint, p_subject text, p_event text, p_day date,
  p_name text default null, p_unit text default null, p_state text default null)
returns void language sql as $$
  insert into htx.entity_event values (1, p_seq, p_subject, p_event, p_day,
    case when p_event = 'founded' then 'htx' end, p_name,
    case when p_event = 'founded' then 'trade' end, p_unit,
    case when p_unit is not null then date '2004-01-01' end, null, p_state, null, 'QĐ', '', 'an')
$$;
create function pg_temp.merge(p_seq bigint, p_subject text, p_into text, p_act text default 'merge')
returns void language sql as $$
  insert into htx.entity_merge values (1, p_seq, p_subject, p_into, p_act, 'một HTX', 'an')
$$;
create function pg_temp.fact(p_seq bigint, p_day date, p_like text default '')
returns setof text language sql as $$
  select concat_ws(' ', subject, kind, '"' || name || '"', nullif(sector, ''), unit,
    nullif(commune, ''), state, 'founded=' || founded, 'dissolved=' || dissolved,
    case when not confirmed then 'unconfirmed' end, source)
  from htx.entity_fact_at(1, p_seq, p_day) where subject ~ p_like order by subject collate "C"
$$;
create function pg_temp.expected(p_period text, p_seq bigint) returns text language sql as $$
  select string_agg(unit || ' ' || subject, ', ' order by unit, subject collate "C")
  from htx.entity_expected('nd09', p_period, 'actual', 1, p_seq)
$$;

select pg_temp.entity(11, 'tax:1', '105', 'crops'), pg_temp.entity(12, 'tax:2', '106', 'craft'),
  pg_temp.entity(13, 'tax:3', '107', 'trade');

\echo -- a movement form under a catalogue that does not let it feed the register
select pg_temp.movement(20, '2025-S1', '105', 'tax:1', 'dissolved@2025-03-10@12/QĐ', 'htx.dissolved=1', 'crops');
select pg_temp.fact(20, 'infinity');
select pg_temp.expected('2025-S1', 20);
select pg_temp.show('2025', 'actual', 20, 'htx.(new|dissolved)', '');
\echo -- from the position on where it does
insert into catalogue (epoch, seq, version, act, hash) values (1, 21, 2, 'activate', '');
select pg_temp.fact(20, 'infinity', 'tax:1');
select pg_temp.fact(21, 'infinity', 'tax:1');
\echo -- the day before, the day, and a period before
select pg_temp.fact(21, '2025-03-09', 'tax:1');
select pg_temp.fact(21, '2025-03-10', 'tax:1');
select pg_temp.expected('2023', 21), pg_temp.expected('2025-S1', 21);
\echo -- it is replaced by another one without that row: the fact is gone, as of then it stands
select pg_temp.movement(22, '2025-S1', '105', 'tax:1', 'suspended@2025-04-01@13/QĐ', '', 'crops', 20);
select pg_temp.fact(22, 'infinity', 'tax:1');
select pg_temp.fact(21, 'infinity', 'tax:1');
\echo -- an act dated back: later facts stay, the time between changes
select pg_temp.event(23, 'tax:1', 'renamed', '2025-05-01', 'HTX Mới');
select pg_temp.event(24, 'tax:1', 'renamed', '2025-02-01', 'HTX Giữa');
select pg_temp.fact(24, '2025-01-31', 'tax:1');
select pg_temp.fact(24, '2025-02-01', 'tax:1');
select pg_temp.fact(24, '2025-05-01', 'tax:1');
\echo -- loading the register anew says what holds since ever: a dated fact stays
select pg_temp.entity(25, 'tax:1', '105', 'crops');
select pg_temp.fact(25, '2025-05-01', 'tax:1');
\echo -- from a day on (as_of)
insert into entity values (1, 26, 'tax:1', 'htx', 'HTX Ba', 'crops', '106', '2004-01-01', '',
  'active', '2001-02-03', null, true, '2025-06-01');
select pg_temp.fact(26, '2025-05-31', 'tax:1');
select pg_temp.fact(26, '2025-06-01', 'tax:1');
\echo -- dissolved by an act, by another day, then taken back
select pg_temp.event(27, 'tax:2', 'dissolved', '2025-03-20');
select pg_temp.event(28, 'tax:2', 'dissolved', '2025-08-20');
select pg_temp.fact(27, '2025-06-14', 'tax:2');
select pg_temp.fact(28, '2025-06-14', 'tax:2');
select pg_temp.fact(28, '2025-08-20', 'tax:2');
select pg_temp.expected('2025-S1', 27), pg_temp.expected('2025-S1', 28), pg_temp.expected('2025-S2', 28);
select pg_temp.event(29, 'tax:2', 'resumed', '2025-08-21');
select pg_temp.fact(29, '2025-12-14', 'tax:2');
\echo -- founded by a movement form, by an act; only reported: provisional, expected once confirmed
select pg_temp.movement(30, '2025-S1', '107', 'tax:7', 'new@2025-03-01', 'htx.new=1', 'trade');
select pg_temp.event(31, 'tax:8', 'founded', '2025-04-01', 'HTX Tám', '107');
select pg_temp.report(32, '2025-S1', 'actual', '107', 'list', 'tax:9', 'member.total=7', 'crops');
select pg_temp.fact(32, '2025-02-28', 'tax:[789]');
select pg_temp.fact(32, '2025-04-01', 'tax:[789]');
select pg_temp.expected('2025-S1', 32), pg_temp.expected('2025-S2', 32);
select unit, subject from unconfirmed_at('nd09', '2025-S1', 'actual', 1, 32);
insert into entity values (1, 33, 'tax:9', 'htx', 'HTX Chín', 'crops', '107', '2004-01-01', '',
  'active', null, null, true, null);
select pg_temp.event(34, 'tax:7', 'confirmed', '2025-06-20');
select pg_temp.expected('2025-S2', 34);
select unit, subject from unconfirmed_at('nd09', '2025-S1', 'actual', 1, 34);
\echo -- one entity under two numbers: own facts win, blanks are filled; undone again
insert into entity values (1, 35, 'certificate:12|x', 'htx', 'HTX Mười', 'crops', '107',
  '2004-01-01', 'Bum Tở', 'active', '2010-01-01', '2024-01-01', false, null);
select pg_temp.report(36, '2025-S2', 'actual', '107', 'list', 'certificate:12|x', 'member.total=4', 'crops');
select pg_temp.merge(37, 'certificate:12|x', 'tax:3');
select pg_temp.fact(37, '2025-06-14', 'tax:3|cert');
select pg_temp.expected('2025-S2', 36), pg_temp.expected('2025-S2', 37);
select pg_temp.merge(38, 'certificate:12|x', 'tax:3', 'unmerge');
select pg_temp.fact(38, '2025-06-14', 'tax:3|cert');
\echo -- a movement under the other number counts under the first
select pg_temp.merge(39, 'certificate:12|x', 'tax:3');
select pg_temp.movement(40, '2025-S2', '107', 'certificate:12|x', 'renamed@2025-07-07@9/QĐ name@2025-07-07@HTX-Ba-mới', '', 'crops');
select pg_temp.fact(40, '2025-07-07', 'tax:3');
\echo -- the source event: acts and movements by day, unit and sector; once an entity
select pg_temp.report(41, '2025', 'actual', '107', 'sums', 'unit', 'htx.new=5 htx.dissolved=1');
select pg_temp.report(42, '2025', 'actual', '106', 'sums', 'unit', 'htx.new=4 htx.dissolved=0');
select pg_temp.movement(43, '2025-S2', '107', 'tax:8', 'new@2025-04-02@5/GCN', 'htx.new=1', 'trade');
select pg_temp.event(44, 'tax:1', 'dissolved', '2025-10-01');
select subject, event, day, seq, movement, unit, sector
  from register_event_at(1, 44, '2024-12-15', '2025-12-14') order by day, seq;
create function pg_temp.show2(p_seq bigint, grp text) returns setof text language sql as $$
  select concat_ws(' ', nullif(unit, ''), indicator || case when b1 <> '' then '/' || b1 else '' end,
    value, source, 'reported=' || reported || '/' || expected, 'units=' || units_statement || '+'
      || units_entity || '/' || units_expected)
  from htx.rollup('nd09', '2025', 'actual', 1, p_seq, 2, grp like '%u%', grp like '%s%')
  where indicator in ('htx.new', 'htx.dissolved')
$$;
select pg_temp.show2(44, '');
select pg_temp.show2(44, 'u');
select pg_temp.show2(44, 's');
select vintage, unit, indicator, source, value, other, other_value
  from rollup_difference('nd09', '2025', 'actual', 1, 44, 2);
select unit, indicator, of_unit, source, amount, epoch, seq, cell_no, cell_b1, cell_b2
  from explain_line('nd09', '2025', 'actual', 1, 44, 2, false, false, 'htx.new') order by of_unit, seq;
select count(*) filter (where not same) from explain_check('nd09', '2025', 'actual', 1, 44, 2, true, true, null);
\echo -- a unit of which only the register speaks is no reporter, and none is missing for it
select pg_temp.event(45, 'tax:10', 'founded', '2025-02-02', 'HTX Thị xã', '105');
select pg_temp.show2(45, '');
select pg_temp.show2(45, 'u');
\echo -- asked for every vintage at once: silent in one of them is counted once, as by itself
select pg_temp.report(46, '2025', 'estimate', '105', 'sums', 'unit', 'htx.new=1 htx.dissolved=0');
select pg_temp.submission(47, '2025', 'actual', '105', true, '{}', '{}');
select vintage, indicator, value, units_reported, units_expected
  from htx.rollup('nd09', '2025', 'actual', 1, 47, 2, false, false)
  where indicator ~ 'htx.(new|dissolved)';
select vintage, indicator, value, units_reported, units_expected
  from htx.rollup('nd09', '2025', null, 1, 47, 2, false, false)
  where indicator ~ 'htx.(new|dissolved)';
\echo -- half-years do not name it; the former catalogue had no movements in it
select pg_temp.show('2025-S1', 'actual', 44, 'htx.(new|dissolved)', '');
