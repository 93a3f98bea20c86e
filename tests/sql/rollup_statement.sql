-- Statements: Tam Đường's own document, means from parts, ratios, given values, gaps.
\i tests/sql/rollup_fixture.sql

select pg_temp.report(20, '2023', 'estimate', '106', 'statement', 'unit', '
  htx.total=53 htx.total/agri=32 htx.total/craft=11 htx.total/construction=5
  htx.total/trade=4 htx.total/other=1 htx.active=49 member.total=420
  worker.regular=~630 worker.regular/agri=~300 worker.regular/craft=~150
  worker.regular/construction=~100 worker.regular/trade=~60 worker.regular/other=20
  revenue.avg=1100 revenue.avg/agri=~400 revenue.avg/craft=1250
  revenue.avg/construction=1150 revenue.avg/trade=1050 revenue.avg/other=940
  profit.avg=40 profit.avg/agri=9 profit.avg/craft=37 profit.avg/construction=40
  profit.avg/trade=38 profit.avg/other=60
  income.worker_avg=42 income.worker_avg/agri=23.4 income.worker_avg/craft=42
  income.worker_avg/construction=42 income.worker_avg/trade=42 income.worker_avg/other=42
  revenue.yoy=9.5 loan.amount/nhno=115800 loan.amount/other=884');

\echo -- the three means of the document, derived and stated
select pg_temp.show('2023', 'estimate', 20, 'avg|worker.reg|member|htx.total');
\echo -- by sector a mean is what was stated, with its weight
select pg_temp.show('2023', 'estimate', 20, 'revenue.avg|htx.total|share', 'us');
\echo -- shares and given values of the unit; a lender called "other" is no sector
select pg_temp.show('2023', 'estimate', 20, 'agri_pct|share|yoy|loan');
\echo -- given values never enter a total; the province has one unit of four
select pg_temp.show('2023', 'estimate', 20, 'yoy|revenue.avg|agri_pct', '');

\echo -- a mean that was only stated: mean x weight, marked; without weight it never enters
select pg_temp.report(21, '2023', 'estimate', '105', 'table', 'unit',
  'htx.total=10 revenue.avg=100 profit.avg=7 income.worker_avg=30');
select pg_temp.show('2023', 'estimate', 21, 'avg', 'u') union all
select pg_temp.show('2023', 'estimate', 21, 'avg', '');
\echo -- a sum that was reported goes before parts; an open part gives way to the stated mean
select pg_temp.report(22, '2023', 'estimate', '107', 'statement', 'unit', '
  htx.total=4 htx.total/agri=3 htx.total/craft=1 revenue.total=1000 revenue.avg=9
  revenue.avg/agri=1 revenue.avg/craft=1 profit.avg=5 profit.avg/agri=2
  htx.good=1 htx.fair=2');
select pg_temp.show('2023', 'estimate', 22, '(revenue|profit).avg|good_pct');
\echo -- as of position 20 and 21 nothing has changed
select count(*) from pg_temp.show('2023', 'estimate', 20, '.') s where s like '10[57]%';
select pg_temp.show('2023', 'estimate', 21, 'revenue.avg', '');

\echo -- sub-sectors fill a blank upper sector and never add to a given one
select pg_temp.report(23, '2025-S1', 'actual', '107', 'statement', 'unit', '
  member.total/crops=10 member.total/livestock=5 member.total/craft=2
  worker.regular/agri=9 worker.regular/crops=4 worker.regular=12');
select pg_temp.show('2025-S1', 'actual', 23, 'member|worker', 'us') union all
select pg_temp.show('2025-S1', 'actual', 23, 'member|worker', 'u');

\echo -- nil counts as 0; refused, not available and missing are counted
select pg_temp.report(24, '2025-S1', 'actual', '105', 'statement', 'unit',
  'member.total=- worker.regular=k profit.total=. revenue.total=-0.5');
select pg_temp.show('2025-S1', 'actual', 24, 'member|worker|(profit|revenue).total', '');

\echo -- two forms of one unit: the lower rank counts cell by cell, blanks are filled
select pg_temp.report(25, '2025-S1', 'actual', '106', 'statement', 'unit', 'member.total=50');
select pg_temp.report(26, '2025-S1', 'actual', '106', 'table', 'unit',
  'member.total=60 worker.regular=70');
select s from pg_temp.show('2025-S1', 'actual', 26, 'member|worker', 'u') s
  where s like '106%';

\echo -- supersession and late corrections: a log prefix stays what it was
select pg_temp.report(27, '2025-S1', 'actual', '106', 'statement', 'unit', 'member.total=55',
  p_old => 25);
select p, (select pg_temp.show('2025-S1', 'actual', p, 'member') limit 1 offset 1)
  from unnest(array[26, 27]) p;
\echo -- held, refused and conflicting statements count nowhere
select pg_temp.report(28, '2025-S1', 'actual', 'NN', 'table', 'unit', 'member.total=999',
  p_verdict => v, p_channel => 'sectoral', p_epoch => 1 + n)
  from unnest(array['held', 'refused', 'conflict']) with ordinality t (v, n);
select unit, value from htx.rollup('nd09', '2025-S1', null, 9, 99, 1, true, false)
  where indicator = 'member.total';
\echo -- a statement by a department fills gaps and never adds
select pg_temp.report(29, '2025-S1', 'actual', 'NN', 'table', 'unit',
  'member.total=500 fund.support=8', p_channel => 'sectoral');
select pg_temp.show('2025-S1', 'actual', 29, 'member|fund', '');
\echo -- nhap thay gives way to a statement of the unit itself, whichever came first
select pg_temp.report(30, '2025-S1', 'estimate', '105', 'statement', 'unit',
  'member.total=1', p_channel => 'on_behalf');
select pg_temp.report(31, '2025-S1', 'estimate', '105', 'statement', 'unit',
  'member.total=2');
select pg_temp.show('2025-S1', null, 30, 'member') union all
select pg_temp.show('2025-S1', null, 31, 'member');
\echo -- who declares that there is nothing to report has answered
select pg_temp.show('2025-S1', 'actual', 31, 'worker.reg', '');
select pg_temp.submission(32, '2025-S1', 'actual', 'NN', true, '{}', '{}');
select pg_temp.report(33, '2025-S1', 'plan', '106', 'table', 'unit', 'worker.regular=9');
select pg_temp.submission(34, '2025-S1', 'plan', '107', true, '{}', '{}');
select pg_temp.show('2025-S1', null, 34, 'worker.reg', '');

\echo -- means and ratios of sectors never add up to a whole that nobody stated
select pg_temp.report(90, '2025-S2', 'estimate', '105', 'statement', 'unit',
  'worker.regular=100 worker.regular/agri=60 worker.regular/construction=40
   income.worker_avg/agri=20 income.worker_avg/craft=30 htx.total=10 htx.total/agri=6
   htx.total/craft=4 htx.good_pct/agri=50 htx.good_pct/craft=40');
select pg_temp.show('2025-S2', 'estimate', 90, 'income|good_pct', 'u');

\echo -- the same by method 1, which sealed publications are recomputed with: it added them up
select unit, indicator, b1, value, numerator, denominator, stated, basis
from htx.rollup_1('nd09', '2025-S2', 'estimate', 1, 90, 1, true, false)
where indicator ~ 'income|good_pct';
