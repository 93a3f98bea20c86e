-- Who sent, partly, late, nothing; coverage; findings that are still open.
\i tests/sql/rollup_fixture.sql

select pg_temp.entity(10, 'tax:1', '105', 'crops'), pg_temp.entity(11, 'tax:2', '105', 'craft');
update entity set confirmed = false where subject = 'tax:2';

\echo -- nobody yet
select unit, name, state, late, entities_expected from status_at('nd09', '2025-S1', null, 1, 11);

select pg_temp.report(20, '2025-S1', 'actual', '105', 'list', 'tax:1', 'member.total=10');
select pg_temp.report(21, '2025-S1', 'actual', '105', 'list', 'tax:2', 'member.total=9',
  p_verdict => 'warnings');
select pg_temp.report(22, '2025-S1', 'actual', '105', 'list', 'tax:7', 'member.total=8');
select pg_temp.report(23, '2025-S1', 'actual', '105', 'list', 'tax:8', 'member.total=-1',
  p_verdict => 'refused');
select pg_temp.report(24, '2025-S1', 'actual', '106', 'statement', 'unit', 'member.total=1');
select pg_temp.submission(25, '2025-S1', 'actual', '107', true, '{}', '{}');
insert into finding values
  (1, 21, 1, 'M01', 'warning', 8, '', '', 'Biểu 01!C7', '9', '{7}', false, false),
  (1, 23, 1, 'M02', 'error', 8, '', '', 'Biểu 01!C9', '-1', '{}', true, false);

\echo -- reports without a declaration are partly sent; nothing to report; coverage
select unit, state, late, forms, rows, declared, refused, entities_reported,
  entities_expected, last_seq from status_at('nd09', '2025-S1', null, 1, 25);
\echo -- declared: fewer rows than declared is partly, all is sent; late
select pg_temp.submission(26, '2025-S1', 'actual', '105', false, '{list,statement}', '{4,60}');
select pg_temp.submission(27, '2025-S1', 'actual', '106', false, '{statement}', '{60}');
update submission set late = true where seq = 27;
select unit, state, late, forms, rows, declared from status_at('nd09', '2025-S1', null, 1, 27);
\echo -- the refused row is put right: it leaves the list, its unit is complete
select unit, seq, subject, verdict, code, severity, place, args from finding_at('nd09', '2025-S1', null, 1, 27);
select pg_temp.report(28, '2025-S1', 'actual', '105', 'list', 'tax:8', 'member.total=1');
select pg_temp.report(29, '2025-S1', 'actual', '105', 'statement', 'unit', 'member.total=28');
select unit, state, forms, rows, declared, refused from status_at('nd09', '2025-S1', null, 1, 29)
  where unit = '105';
select seq, code from finding_at('nd09', '2025-S1', null, 1, 29);
\echo -- entities nobody confirmed
select unit, subject, name from unconfirmed_at('nd09', '2025-S1', null, 1, 29);
\echo -- a unit that has ended and still sends: held, and not among the expected
select pg_temp.report(30, '2025-S2', 'actual', '106', 'statement', 'unit', 'member.total=5',
  p_verdict => 'held');
select unit, expected, state, rows, held from status_at('nd09', '2025-S2', null, 1, 30);
\echo -- as of an earlier position
select unit, state from status_at('nd09', '2025-S1', null, 1, 24) where state <> 'none';
\echo -- what is held was sent: it waits for the province, not for its unit
select pg_temp.report(31, '2025-S1', 'actual', 'NN', 'list', 'tax:9', 'member.total=7',
  p_verdict => 'held');
select pg_temp.submission(32, '2025-S1', 'actual', 'NN', false, '{list}', '{1}');
select unit, state, forms, rows, declared, held from status_at('nd09', '2025-S1', null, 1, 32)
  where unit = 'NN';
\echo -- a later version of a form about others changes nothing of what was declared before
create temp table was as select * from status_at('nd09', '2025-S1', null, 1, 27);
insert into cat_form (form, version, subject, layout, rank, name_vi, name_en)
  select form, 99, case subject when 'unit' then 'htx' else 'unit' end, layout, rank, '', ''
  from cat_form where version = 1;
select unit, state, forms from (
  select * from status_at('nd09', '2025-S1', null, 1, 27) except select * from was) n;
