-- The conversation on one report, step by step: what is open at each position.
set local search_path = htx;
insert into period values (1, 1, 'nd09', '2025-S1', 'half', '', '', '2024-12-15', '2025-06-14',
  '2025-05-15', '2025-06-14', '2025-06-16', null);
insert into unit values (1, 2, '106', '2004-01-01', null, 'Tam Đường', 'district', '12', '');
insert into report select 1, s, 'nd09', '2025-S1', 'actual', 'htx_list', 1, '106', '2004-01-01',
  'htx', 'tax:' || s, 'territorial', 1, 'warnings', false, true, h, h, null, null,
  gen_random_uuid(), h, 0, 1, 'HTX ' || s, 'agri', '', 'active', '{}', null, '', null
  from (values (10, sha256('a')), (11, sha256('b'))) v(s, h);
insert into finding values
  (1, 10, 0, 'SUM', 'warning', 7, 'agri', '', 'C7', '', '{}', false, false),
  (1, 10, 1, 'SUM', 'warning', 8, 'agri', '', 'C8', '', '{}', false, false),
  (1, 10, 2, 'LATE', 'note', 0, '', '', '', '', '{}', false, false),
  (1, 11, 0, 'SUM', 'warning', 7, '', '', 'D7', '', '{}', false, false);
create function pg_temp.say(seq bigint, about bytea, finding text, indicator integer, place text,
  counts boolean) returns void language sql as $$
  insert into htx.answer values (1, seq, '106', '2004-01-01', 'nd09', '2025-S1', 'actual', about,
    about, false, finding, indicator, 'agri', '', place, 'vì ' || seq, '', 'accepted', counts,
    sha256(seq::text::bytea), gen_random_uuid(), about) $$;
create function pg_temp.remark(seq bigint, act text, about bytea, finding text) returns void
language sql as $$
  insert into htx.remark values (1, seq, act, '106', '2004-01-01', 'nd09', '2025-S1', 'actual',
    about, finding, '', 'lời ' || seq, 'an') $$;
\o /dev/null
select pg_temp.say(20, sha256('a'), 'SUM', 7, '', true);     -- one indicator
select pg_temp.remark(21, 'ask', sha256('a'), 'SUM');         -- about every SUM
select pg_temp.say(22, sha256('a'), 'SUM', 0, 'C8', true);    -- one cell
select pg_temp.say(23, sha256('b'), 'SUM', 0, '', false);     -- refused: says nothing
select pg_temp.remark(24, 'ask', sha256('b'), '');            -- about the whole report
select pg_temp.remark(25, 'accept', sha256('a'), '');         -- all of it
select pg_temp.say(26, sha256('b'), '', 0, '', true);         -- answers the whole
select pg_temp.remark(27, 'return', sha256('b'), '');
\o
insert into extension values (1, 28, '106', '2004-01-01', 'nd09', '2025-S1', '2025-06-20', '', 'an'),
  (1, 29, '106', '2004-01-01', 'nd09', '2025-S1', '2025-06-18', '', 'an');
insert into notice values (1, 30, 'reminder', '106', '2004-01-01', 'nd09', '2025-S1', 'actual',
  null, '', '', 'gửi đi', null, 'an');
insert into supersession values (sha256('b'), sha256('c'), 1, 31); -- corrected or withdrawn
\echo findings after each step
select p.seq as at, string_agg(t.seq || '#' || t.ord || ' ' || t.code || ' ' || t.state, ', '
  order by t.seq, t.ord) filter (where t.state <> '') as said
from generate_series(19, 31) p(seq),
  finding_talk_at('nd09', '2025-S1', 'actual', 1, p.seq) t group by p.seq order by p.seq;
\echo whole reports after each step
select p.seq as at, string_agg(t.act || case when t.open then ' (open)' else '' end, ', '
  order by t.at_seq) as said
from generate_series(19, 31) p(seq),
  report_talk_at('nd09', '2025-S1', 'actual', 1, p.seq) t group by p.seq order by p.seq;
\echo the unit after each step
select p.seq as at, t.to_explain, t.explained, t.accepted, t.asked, t.returned, t.extended_to,
  t.reminded_at
from generate_series(19, 31) p(seq),
  talk_at('nd09', '2025-S1', 'actual', 1, p.seq) t order by p.seq;
