-- What stands beside a total. One line a comparison: what, value, reason.
\i tests/sql/rollup_fixture.sql

insert into period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends, opens,
    cutoff, due, closes) values
  (1, 20, 'nd09', '2024', 'year', 'Năm 2024', '', '2023-12-15', '2024-12-14', '2023-05-15',
    '2024-12-14', '2024-12-18', null),
  (1, 21, 'nd09', '2024-S1', 'half', '6 tháng đầu năm 2024', '', '2023-12-15', '2024-06-14',
    '2024-05-15', '2024-06-14', '2024-06-16', null),
  (1, 22, 'nd09', '2025', 'year', 'Năm 2025', '', '2024-12-15', '2025-12-14', '2024-05-15',
    '2025-12-14', '2025-12-18', null),
  (1, 23, 'nd09', '2025-9T', 'nine', '9 tháng năm 2025', '', '2024-12-15', '2025-09-14',
    '2025-08-15', '2025-09-14', '2025-09-16', null);

create function pg_temp.beside(p_period text, p_vintage text, p_seq bigint, p_like text,
  grp text default '') returns setof text language sql as $$
  select concat_ws(' ', nullif(unit, ''), vintage, indicator || case when b1 <> ''
      then '/' || b1 else '' end, what, coalesce(value::text, '-'), nullif(reason, ''))
  from htx.compare('nd09', p_period, p_vintage, 1, p_seq, 1, grp like '%u%', grp like '%s%')
  where indicator ~ p_like
$$;

select '-- periods a year apart, and the year around';
select code from htx.period_before('nd09', '2025-S1', 1, 99);
select code from htx.period_before('nd09', '2025', 1, 99);
select code from htx.period_before('nd09', '2025-9T', 1, 99);
select code from htx.period_year('nd09', '2025-S1', 1, 99);
select code from htx.period_year('nd09', '2025', 1, 99);

select '-- nothing a year ago, no plan: each cell says why';
select pg_temp.report(100, '2025-S1', 'actual', '105', 'statement', 'unit',
  'member.total=90 income.worker_avg=50 worker.regular=30 revenue.total=1000 profit.total=-20');
select pg_temp.beside('2025-S1', 'actual', 100, '^member.total|^profit.total');

select '-- a mean is derived again from both years'' sums, and rounded once';
select pg_temp.report(101, '2024-S1', 'actual', '105', 'statement', 'unit',
  'member.total=80 income.worker_avg=40 worker.regular=20 revenue.total=0 profit.total=-10');
select pg_temp.report(102, '2025-S1', 'actual', '106', 'statement', 'unit',
  'member.total=10 income.worker_avg=20 worker.regular=1');
select pg_temp.report(103, '2024-S1', 'actual', '106', 'statement', 'unit',
  'member.total=20 income.worker_avg=10 worker.regular=10');
select pg_temp.beside('2025-S1', 'actual', 103, '^member.total|^income.worker_avg');
select '-- not by zero, not by less than zero';
select pg_temp.beside('2025-S1', 'actual', 103, '^revenue.total|^profit.total');
select '-- each unit beside itself';
select pg_temp.beside('2025-S1', 'actual', 103, '^member.total', 'u');
select '-- at an earlier position nobody knew';
select pg_temp.beside('2025-S1', 'actual', 101, '^member.total');

select '-- one more unit than a year ago: the figures stand, the words say so';
select pg_temp.report(104, '2025-S1', 'actual', '107', 'statement', 'unit', 'member.total=5');
select pg_temp.beside('2025-S1', 'actual', 104, '^member.total');
select '-- the estimate stands in where there is no actual of last year';
select pg_temp.report(105, '2024-S1', 'estimate', '107', 'statement', 'unit',
  'member.total=7 profit.total=3');
select pg_temp.beside('2025-S1', 'actual', 105, '^member.total', 'u');

select '-- and only there';
select pg_temp.report(1051, '2024-S1', 'estimate', '105', 'statement', 'unit',
  'member.total=77');
select pg_temp.beside('2025-S1', 'actual', 1051, '^member.total', 'u') limit 1;
select '-- the year''s plan, until the half has one of its own; nothing is annualised';
select pg_temp.report(106, '2025', 'plan', '105', 'statement', 'unit',
  'member.total=120 revenue.total=4000 income.worker_avg=60 worker.regular=40');
select pg_temp.beside('2025-S1', 'actual', 106, '^member.total|^revenue.total|^income.worker_avg', 'u');
select pg_temp.report(107, '2025-S1', 'plan', '105', 'statement', 'unit', 'member.total=100');
select pg_temp.beside('2025-S1', null, 107, '^member.total|^revenue.total', 'u');
select '-- sectors';
select pg_temp.report(108, '2024', 'actual', '105', 'statement', 'unit',
  'member.total=80 member.total/agri=50 member.total/craft=30 htx.total=4 htx.good=1 htx.fair=1');
select pg_temp.report(109, '2025', 'actual', '105', 'statement', 'unit',
  'member.total=90 member.total/agri=55 member.total/trade=35 htx.total=3 htx.good=1 htx.fair=1');
select pg_temp.beside('2025', 'actual', 109, '^member.total', 's');
select '-- a ratio from its two sides';
select pg_temp.beside('2025', 'actual', 109, '^htx.good_pct');

select '-- the second half: stocks are the year''s; flows only from the same reporters';
select pg_temp.report(110, '2025', 'actual', '105', 'statement', 'unit',
  'member.total=90 revenue.total=2500 revenue.avg=500 htx.total=5 profit.total=10 revenue.yoy=3 income.worker_avg=60 worker.regular=40',
  p_old => 109);
select pg_temp.beside('2025', 'actual', 110, '^member.total|^revenue|^profit.total|^income.worker_avg');
select pg_temp.report(111, '2025', 'actual', '106', 'statement', 'unit',
  'member.total=20 revenue.total=100');
select pg_temp.beside('2025', 'actual', 111, '^revenue.total');
select pg_temp.beside('2025', 'actual', 111, '^revenue.total', 'u');
select '-- by entity: the very same ones, not as many';
select pg_temp.report(120, '2025-S1', 'actual', '107', 'list', 'tax:1', 'revenue.total=10 income.worker_total=5 worker.regular=1 income.worker_avg=5');
select pg_temp.report(121, '2025-S1', 'actual', '107', 'list', 'tax:2', 'revenue.total=20');
select pg_temp.report(122, '2025', 'actual', '107', 'list', 'tax:1', 'revenue.total=30 income.worker_total=15 worker.regular=2 income.worker_avg=7.5');
select pg_temp.report(123, '2025', 'actual', '107', 'list', 'tax:3', 'revenue.total=25');
select pg_temp.submission(124, '2025', 'actual', '107', false, '{list}', '{2}');
select pg_temp.beside('2025', 'actual', 124, '^revenue.total', 'u');
select pg_temp.report(125, '2025', 'actual', '107', 'list', 'tax:2', 'revenue.total=25',
  p_old => 123);
select pg_temp.beside('2025', 'actual', 125, '^revenue.total', 'u');

select '-- earlier data ranks last: beside what the unit said itself it only fills blanks';
select pg_temp.report(130, '2024', 'actual', '106', 'statement', 'unit', 'member.total=60',
  p_channel => 'earlier');
select pg_temp.report(131, '2024', 'actual', '106', 'table', 'unit',
  'member.total=50 worker.regular=7');
select pg_temp.show('2024', 'actual', 130, '^member.total$|^worker.regular$') where true;
select pg_temp.show('2024', 'actual', 131, '^member.total$|^worker.regular$');
select '-- the province''s own old table fills gaps, and never adds to its units'' figures';
select pg_temp.report(132, '2024', 'actual', '12', 'table', 'unit',
  'member.total=200 revenue.total=900', p_channel => 'earlier');
select pg_temp.show('2024', 'actual', 132, '^member.total$|^revenue.total$', '');
select '-- a second half a year ago that only its year and first half tell of';
insert into period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends, opens,
    cutoff, due, closes) values
  (1, 24, 'nd09', '2024-S2', 'half', '6 tháng cuối năm 2024', '', '2024-06-15', '2024-12-14',
    '2024-06-15', '2024-12-14', '2024-12-18', null);
select pg_temp.report(140, '2024', 'actual', '105', 'statement', 'unit',
  'revenue.total=700 member.total=80', p_old => 108);
select pg_temp.report(141, '2024-S1', 'actual', '105', 'statement', 'unit',
  'revenue.total=300 member.total=80', p_old => 101);
select pg_temp.report(142, '2025-S2', 'actual', '105', 'statement', 'unit',
  'revenue.total=500 member.total=88');
select pg_temp.beside('2025-S2', 'actual', 142, '^member.total|^revenue.total', 'u');
select '-- a unit that a reform changed: its own row says so, the province''s does not';
insert into unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act) values
  (1, 150, '106', '2025-07-01', null, 'Xã Bình Lư', 'commune', '12', '');
insert into lineage (epoch, seq, old, old_from, new, new_from, day, part, act) values
  (1, 151, '106', '2004-01-01', '106', '2025-07-01', '2025-07-01', 'part', 'NQ 1670'),
  (1, 152, '105', '2004-01-01', '106', '2025-07-01', '2025-07-01', 'part', 'NQ 1670');
insert into htx.report select (jsonb_populate_record(null::htx.report, to_jsonb(r)
    || '{"seq": 153, "unit": "106", "unit_from": "2025-07-01"}'::jsonb
    || jsonb_build_object('hash', '\x' || repeat('ab', 32)))).* from htx.report r where seq = 142;
select pg_temp.beside('2025-S2', 'actual', 153, '^member.total', 'u');
select pg_temp.beside('2025-S2', 'actual', 153, '^member.total', '');
