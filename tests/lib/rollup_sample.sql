-- A half-year of sample reports behind the end of the log, one commit: lists and
-- statements of 2025-S1, and Tam Đường's statement for 2023.
set search_path = htx, pg_temp;
set client_min_messages = warning;
\i tests/sql/rollup_rows.sql

create temp table tip as select max(last_seq) as seq, max(number) as number from htx.commit;
create temp sequence at;
create function pg_temp.next_seq() returns bigint language sql as
  $$ select (select seq from tip) + nextval('at') $$;

-- entities of seven districts; every eleventh is unknown to the register, every ninth late
create temp table sample as
  select u.code as unit, n, 'tax:' || u.code || lpad(n::text, 7, '0') as subject,
    (array['crops', 'livestock', 'manufacture', 'building', 'trade_service', 'transport',
      'environment'])[1 + (n * n) % 7] as sector
  from htx.unit_now u, generate_series(1, 53) n
  where u.kind = 'district' and u.code between '105' and '111'
    and n <= case u.code when '106' then 53 when '110' then 20 else 47 end;
insert into htx.entity (epoch, seq, subject, kind, name, sector, unit, unit_from, commune,
    state, confirmed)
  select 1, pg_temp.next_seq(), subject, 'htx', 'HTX ' || subject, sector, unit, '2004-01-01',
    '', 'active', true
  from sample where n % 11 <> 0 order by unit, n;
select count(pg_temp.report(pg_temp.next_seq(), '2025-S1', 'actual', unit, 'htx_list', subject,
    format('member.total=%s worker.regular=%s income.worker_avg=%s revenue.total=%s
      profit.total=%s htx.chain=%s mgr.total=2', 7 + n % 9, 5 + n % 11, 24 + n % 30 + 0.5,
      400 + n * 37.25, case when n % 10 = 0 then '-3.5' when n % 13 = 0 then 'k' else n::text end,
      case when n % 4 = 0 then '1' else '-' end),
    sector, case when n % 17 = 0 then 'stopped' else 'active' end))
  from (select * from sample order by unit, n) s;
update htx.report set late = true where period = '2025-S1' and unit = '107';
select pg_temp.report(pg_temp.next_seq(), '2025-S1', 'actual', '106', 'unit_statement', 'unit',
  'htx.total=55 htx.total/agri=33 member.total=~600 htx.new=2 htx.dissolved=-
   loan.amount/nhno=1234567.89 commune.with_htx=13 commune.total=13');
select count(pg_temp.submission(pg_temp.next_seq(), '2025-S1', 'actual', unit, false,
  '{htx_list}', array[n])) from (select unit, count(*)::int as n from sample
  where unit not in ('110', '111') group by unit order by unit) s;
select pg_temp.submission(pg_temp.next_seq(), '2025-S1', 'actual', '110', false,
  '{htx_list}', '{25}');
select pg_temp.submission(pg_temp.next_seq(), '2025-S1', 'actual', '112', true, '{}', '{}');

select pg_temp.report(pg_temp.next_seq(), '2023', 'estimate', '106', 'unit_statement', 'unit', '
  htx.total=53 htx.total/agri=32 htx.total/industry_craft=11 htx.total/construction=5
  htx.total/trade_service=4 htx.total/environment=1 htx.active=49 htx.stopped=4
  member.total=420 worker.regular=~630 worker.regular/agri=~300
  worker.regular/industry_craft=~150 worker.regular/construction=~100
  worker.regular/trade_service=~60 worker.regular/environment=20
  revenue.avg=1100 revenue.avg/agri=~400 revenue.avg/industry_craft=1250
  revenue.avg/construction=1150 revenue.avg/trade_service=1050 revenue.avg/environment=940
  profit.avg=40 profit.avg/agri=9 profit.avg/industry_craft=37 profit.avg/construction=40
  profit.avg/trade_service=38 profit.avg/environment=60
  income.worker_avg=42 income.worker_avg/agri=23.4 income.worker_avg/industry_craft=42
  income.worker_avg/construction=42 income.worker_avg/trade_service=42
  income.worker_avg/environment=42');

insert into htx.commit (epoch, number, first_seq, last_seq, control, statement,
    statement_hash, leaves, at)
  select 1, number + 1, seq + 1, seq + currval('at'), false, '', sha256(''),
    decode(repeat('00', (32 * currval('at'))::int), 'hex'), now() from tip;
