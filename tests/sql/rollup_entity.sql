-- Entity lists: sums, counts by predicate, means by their weight, sources, coverage.
\i tests/sql/rollup_fixture.sql

select pg_temp.entity(10, 'tax:1', '105', 'crops');
select pg_temp.entity(11, 'tax:2', '105', 'craft');
select pg_temp.entity(12, 'tax:3', '105', 'agri');
select pg_temp.entity(13, 'tax:4', '105', 'agri', 'dissolved');
select pg_temp.entity(14, 'tax:9', '107', 'agri');

select pg_temp.report(20, '2025-S1', 'actual', '105', 'list', 'tax:1',
  'member.total=10 worker.regular=5 income.worker_avg=20 revenue.total=100 profit.total=-3
   htx.good=1 htx.fair=- score=80', 'crops');
select pg_temp.report(21, '2025-S1', 'actual', '105', 'list', 'tax:2',
  'member.total=7 worker.regular=10 income.worker_total=300 revenue.total=.
   profit.total=k htx.good=- htx.fair=1', 'craft', 'stopped');
select pg_temp.report(22, '2025-S1', 'actual', '105', 'list', 'tax:5',
  'member.total=- worker.regular=k income.worker_avg=99 revenue.total=51 profit.total=1
   htx.good=- htx.fair=-', 'somewhere');
select pg_temp.report(23, '2025-S1', 'actual', '107', 'list', 'tax:9',
  'member.total=8 worker.regular=- income.worker_avg=10 revenue.total=0.25', 'livestock');

\echo -- sums, counts of distinct entities by kind and state, means by their weight
select s from pg_temp.show('2025-S1', 'actual', 23, '.', 'u') s
  where s like '105%';
\echo -- upper sectors; an unknown sector is named
select s from pg_temp.show('2025-S1', 'actual', 23, 'htx.total|member|revenue|share', 'us') s
  where s like '105%';
\echo -- the province
select pg_temp.show('2025-S1', 'actual', 23, 'htx.total|member|avg', '') union all
select pg_temp.show('2025-S1', 'actual', 23, 'htx.total', 's');

\echo -- half-year: the statement counts where it says something, else the list
select pg_temp.report(30, '2025-S1', 'actual', '105', 'statement', 'unit',
  'htx.total=4 member.total=. revenue.total=160');
select pg_temp.show('2025-S1', 'actual', 30, 'htx.total|member|revenue', 'u') union all
select pg_temp.show('2025-S1', 'actual', 30, 'htx.total|member|revenue', '');
\echo -- mixed sources: how many entities of the units that come from entity reports
select indicator, units_statement, units_entity, entities_reported, entities_expected
  from rollup('nd09', '2025-S1', 'actual', 1, 30, 1, false, false)
  where indicator in ('htx.total', 'member.total', 'revenue.total');
\echo -- and the other source is a difference by name
select vintage, unit, indicator, source, value, other, other_value, difference
  from htx.rollup_difference('nd09', '2025-S1', 'actual', 1, 30, 1) where b1 = '';

\echo -- one entity by two channels: territorial before nhap thay before sectoral, then position
select pg_temp.report(40, '2025-S2', 'actual', 'NN', 'list', 'tax:1', 'member.total=90',
  'crops', p_channel => 'sectoral');
select pg_temp.report(41, '2025-S2', 'actual', '107', 'list', 'tax:1', 'member.total=91',
  'crops', p_channel => 'earlier');
select pg_temp.report(42, '2025-S2', 'actual', '105', 'list', 'tax:1', 'member.total=92',
  'crops', p_channel => 'on_behalf');
select pg_temp.report(43, '2025-S2', 'actual', '105', 'list', 'tax:1', 'member.total=93',
  'crops');
select pg_temp.report(44, '2025-S2', 'actual', '106', 'list', 'tax:1', 'member.total=94',
  'crops');
select p, pg_temp.show('2025-S2', 'actual', p, 'member') from unnest(array[40, 41, 42, 43, 44]) p;

\echo -- the others are listed, each with the report that counts
select unit, channel, seq, other_unit, other_channel, other_seq
  from doubled_at('nd09', '2025-S2', null, 1, 44);

\echo -- years: entity lists only once the unit declared them complete
select pg_temp.report(50, '2023', 'actual', '105', 'list', 'tax:1',
  'member.total=10 revenue.total=5', 'crops');
select pg_temp.report(51, '2023', 'actual', '105', 'list', 'tax:2',
  'member.total=20 revenue.total=.', 'crops');
select pg_temp.report(52, '2023', 'actual', '105', 'statement', 'unit',
  'member.total=31 revenue.total=8 revenue.yoy=3.5');
select pg_temp.submission(53, '2023', 'actual', '105', false, '{list,statement}', '{3,1}');
\echo -- three rows were declared, two are here
select pg_temp.show('2023', 'actual', 53, 'member|revenue');
select pg_temp.submission(54, '2023', 'actual', '105', false, '{list,statement}', '{2,1}');
select pg_temp.show('2023', 'actual', 54, 'member|revenue');
\echo -- never both for one unit and indicator
select count(*) from (select 1 from htx.rollup_source('nd09', '2023', 'actual', 1, 54, 1)
  where chosen group by unit, indicator having count(distinct source) > 1) s;
\echo -- a correction of an entity
select pg_temp.report(55, '2023', 'actual', '105', 'list', 'tax:2',
  'member.total=25 revenue.total=6', 'crops', p_old => 51);
select p, pg_temp.show('2023', 'actual', p, 'member|revenue.t') from unnest(array[54, 55]) p;
\echo -- every vintage, each with its own
select pg_temp.report(56, '2023', 'plan', '106', 'table', 'unit', 'member.total=500');
select pg_temp.show('2023', null, 56, 'member');
\echo -- one row a unit and indicator in the view, arrays unfolded
select unit, subject, cell, indicator, value, mark from htx.observation
  where epoch = 1 and seq = 51 order by cell;

\echo -- half away from zero, once, at the printed digit
select htx.quotient(5, 2, 0), htx.quotient(-5, 2, 0), htx.quotient(1, 3, 2),
  htx.quotient(2, -3, 1), htx.quotient(1, 0, 1) is null,
  htx.quotient(49999999999999999999999999, 100000000000000000000000000, 0),
  htx.quotient(37440, 53, 1);

\echo -- a unit of whose entities a department reported some is no department
select pg_temp.report(60, '2025-S2', 'plan', '105', 'list', 'tax:1', 'member.total=5',
  'crops', p_channel => 'sectoral');
select pg_temp.report(61, '2025-S2', 'plan', '105', 'list', 'tax:2', 'member.total=6', 'craft');
select pg_temp.report(62, '2025-S2', 'plan', '106', 'statement', 'unit', 'member.total=9');
select pg_temp.report(63, '2025-S2', 'plan', 'NN', 'list', 'tax:7', 'member.total=7', 'craft',
  p_channel => 'sectoral');
select pg_temp.show('2025-S2', 'plan', 63, 'member', '');
