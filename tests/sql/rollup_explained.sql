-- Run on the database of every roll-up test: each total, at every seventh position, is the
-- sum of the cells that explain names. Prints how many were compared, and those that are
-- not.
set search_path = htx, pg_temp;
set client_min_messages = warning;
create temp table compared as
  select g.n as grp, p.period, p.seq, e.*
  from (select scheme, period, seq,
      row_number() over (partition by scheme, period order by seq desc) as n
    from htx.report where epoch = 1) p,
    (values (1, false, false), (2, false, true), (3, true, false), (4, true, true))
      g (n, by_unit, by_sector),
    htx.explain_check(p.scheme, p.period, null, 1, p.seq, 1, g.by_unit, g.by_sector, null) e
  where p.n % 7 = 1;
select case when count(*) > 500 then 'many' else count(*)::text end || ' totals compared, '
  || count(*) filter (where not same) || ' are not the sum of their lines' from compared;
select * from compared where not same order by seq, grp limit 20;
select 'a figure without a line: ' || indicator from compared
  where numerator <> 0 and lines = 0 limit 5;
