-- Who sent what for a period, and what is wrong with it. Run again at every migrate.

-- Reports a person still has to look at: not superseded, no duplicates; what was refused,
-- held or in conflict leaves the list once a later report with its key counts, or once it
-- was decided about. counts: as decided.
create or replace function htx.report_open(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint) returns setof htx.report
language sql stable as $$
  with decided as materialized (
    select d.about, d.act from htx.decision_at(p_scheme, p_period, p_epoch, p_seq) d)
  select r.epoch, r.seq, r.scheme, r.period, r.vintage, r.form, r.form_version, r.unit,
    r.unit_from, r.kind, r.subject, r.channel, r.revision, r.verdict, r.late,
    coalesce(d.act = 'count', r.counts) as counts, r.hash, r.digest, r.supersedes,
    r.duplicate_of, r.id, r.evidence, r.item, r.catalogue, r.name, r.sector, r.commune,
    r.state, r.value, r.upper, r.mark, r.qualifier
  from htx.report r left join decided d on d.about = r.hash
  where r.scheme = p_scheme and r.period = p_period
    and (p_vintage is null or r.vintage = p_vintage)
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and (d.act = 'count'
      or (d.act is null and (r.counts or r.verdict in ('held', 'refused', 'conflict'))))
    and not exists (select from htx.supersession s
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))
    and (d.act = 'count' or r.counts or r.subject = '' or not exists (
      select from htx.report n
      where n.counts and n.scheme = r.scheme and n.period = r.period
        and n.vintage = r.vintage and n.unit = r.unit and n.unit_from = r.unit_from
        and n.form = r.form and n.subject = r.subject
        and (n.epoch, n.seq) > (r.epoch, r.seq) and (n.epoch, n.seq) <= (p_epoch, p_seq)
        and not exists (select from decided x where x.about = n.hash and x.act = 'reject')
      union all
      select from decided x join htx.report n on n.hash = x.about
      where x.act = 'count' and n.vintage = r.vintage and n.unit = r.unit
        and n.unit_from = r.unit_from and n.form = r.form and n.subject = r.subject
        and (n.epoch, n.seq) > (r.epoch, r.seq)))
$$;
comment on function htx.report_open is
  'Current reports of a period whatever their verdict, without what was put right or decided about since; counts is as decided.';

drop function if exists htx.status_at(text, text, text, bigint, bigint);
create function htx.status_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (
  unit text, unit_from date, name text, expected boolean, state text, late boolean,
  forms text, rows bigint, declared bigint, warnings bigint, held bigint, refused bigint,
  conflicts bigint, entities_reported bigint, entities_expected bigint,
  last_epoch bigint, last_seq bigint)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
open as materialized (
  select * from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq)),
-- the newest one speaks; it was late when the first was: a paper number given later is
-- no delay
declaration as (
  select distinct on (s.unit, s.unit_from, s.vintage) s.*,
    bool_and(s.late) over (partition by s.unit, s.unit_from, s.vintage) as all_late
  from htx.submission s
  where s.scheme = p_scheme and s.period = p_period
    and (p_vintage is null or s.vintage = p_vintage)
    and (s.epoch, s.seq) <= (p_epoch, p_seq) and s.verdict in ('accepted', 'warnings')
  order by s.unit, s.unit_from, s.vintage, s.epoch desc, s.seq desc),
received as (
  select unit, unit_from, vintage, form, count(*) filter (where counts) as n,
    count(*) as sent
  from open where counts or verdict = 'held' group by unit, unit_from, vintage, form),
promised as (
  select d.unit, d.unit_from, d.vintage, f.form, f.rows, coalesce(r.n, 0) as n,
    coalesce(r.sent, 0) >= case when c.subject = 'unit' then least(f.rows, 1)
      else f.rows end as complete
  from declaration d
  cross join lateral unnest(d.forms, d.rows) as f (form, rows)
  left join lateral (select c.subject from htx.cat_form c where c.form = f.form
    order by c.version limit 1) c on true -- the first: no later one may change the past
  left join received r on r.unit = d.unit and r.unit_from = d.unit_from
    and r.vintage = d.vintage and r.form = f.form
  where not d.nothing),
declared as (
  select d.unit, d.unit_from, bool_or(d.nothing) as nothing,
    bool_or(d.all_late) as late,
    sum(p.rows)::bigint as rows,
    bool_and(p.complete) as complete
  from declaration d
  left join (select unit, unit_from, vintage, sum(rows) as rows, bool_and(complete) as complete
    from promised group by unit, unit_from, vintage) p using (unit, unit_from, vintage)
  group by d.unit, d.unit_from),
counted as (
  select unit, unit_from, count(*) filter (where counts) as rows,
    bool_or(late and counts) as late,
    count(*) filter (where counts and verdict = 'warnings') as warnings,
    count(*) filter (where verdict = 'held' and not counts) as held,
    count(*) filter (where verdict = 'refused') as refused,
    count(*) filter (where verdict = 'conflict' and not counts) as conflicts,
    count(distinct subject) filter (where counts and kind <> 'unit') as entities
  from open group by unit, unit_from),
form_line as (
  select unit, unit_from, string_agg(form || ' ' || n
      || coalesce('/' || rows, ''), ', ' order by form collate "C") as forms
  from (
    select unit, unit_from, form, sum(n) as n, sum(rows) as rows
    from (
      select r.unit, r.unit_from, r.form, r.n, p.rows from received r
      left join promised p using (unit, unit_from, vintage, form)
      where r.n > 0
      union all
      select unit, unit_from, form, n, rows from promised p where p.n = 0) a
    group by unit, unit_from, form) b
  group by unit, unit_from),
position as (
  select distinct on (unit, unit_from) unit, unit_from, epoch, seq
  from (
    select unit, unit_from, epoch, seq from open
    union all
    select unit, unit_from, epoch, seq from declaration) a
  order by unit, unit_from, epoch desc, seq desc),
listed as (
  select unit, unit_from, count(*) as n
  from htx.entity_expected(p_scheme, p_period, p_vintage, p_epoch, p_seq)
  group by unit, unit_from),
must as (
  select code as unit, valid_from as unit_from
  from htx.unit_expected(p_scheme, p_period, p_epoch, p_seq)),
everyone as (
  select unit, unit_from from must union select unit, unit_from from position)
select e.unit, e.unit_from, coalesce(u.name, e.unit), m.unit is not null,
  case when d.nothing and coalesce(c.rows, 0) = 0 then 'nothing'
    when d.complete and coalesce(c.rows + c.held, 0) > 0 then 'sent'
    when coalesce(c.rows, 0) > 0 or d.unit is not null then 'partly'
    else 'none' end,
  coalesce(c.late, false) or coalesce(d.late, false),
  coalesce(f.forms, ''), coalesce(c.rows, 0), d.rows, coalesce(c.warnings, 0),
  coalesce(c.held, 0), coalesce(c.refused, 0), coalesce(c.conflicts, 0),
  coalesce(c.entities, 0), l.n, p.epoch, p.seq
from everyone e
left join must m using (unit, unit_from)
left join htx.unit_at(p_epoch, p_seq) u on u.code = e.unit and u.valid_from = e.unit_from
left join declared d using (unit, unit_from)
left join counted c using (unit, unit_from)
left join form_line f using (unit, unit_from)
left join position p using (unit, unit_from)
left join listed l using (unit, unit_from)
order by e.unit collate "C", e.unit_from
$$;
comment on function htx.status_at is
  'One line a unit: none (chưa gửi), partly (đã gửi một phần), sent (đã gửi), nothing (không phát sinh), and whether it was late (gửi chậm). Partly: reports without a declaration, or fewer rows than declared; what is held was sent and waits for the province.';

drop function if exists htx.finding_at(text, text, text, bigint, bigint);
create function htx.finding_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (
  unit text, unit_from date, epoch bigint, seq bigint, vintage text, form text,
  subject text, name text, verdict text, ord integer, code text, severity text,
  indicator integer, b1 text, b2 text, place text, value text, args text[],
  refuses boolean, holds boolean)
language sql stable as $$
  select r.unit, r.unit_from, r.epoch, r.seq, r.vintage, r.form, r.subject, r.name,
    r.verdict, f.ord, f.code, f.severity, f.indicator, f.b1, f.b2, f.place, f.value,
    f.args, f.refuses, f.holds
  from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.finding f on f.epoch = r.epoch and f.seq = r.seq
  order by r.unit collate "C", r.unit_from, r.epoch, r.seq, f.ord
$$;
comment on function htx.finding_at is
  'Findings of the reports that a person still has to look at, in log order by unit.';

drop function if exists htx.unconfirmed_at(text, text, text, bigint, bigint);
create function htx.unconfirmed_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (unit text, unit_from date, subject text, name text, epoch bigint, seq bigint)
language sql stable as $$
  select distinct on (r.unit collate "C", r.unit_from, r.subject collate "C")
    r.unit, r.unit_from, r.subject, r.name, r.epoch, r.seq
  from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  left join htx.same_at(p_epoch, p_seq) m on m.subject = r.subject
  left join htx.entity_told_at(p_epoch, p_seq, 'infinity', false) e
    on e.subject = coalesce(m.root, r.subject)
  where r.counts and r.kind <> 'unit' and coalesce(not e.confirmed, true)
  order by r.unit collate "C", r.unit_from, r.subject collate "C", r.epoch, r.seq
$$;
comment on function htx.unconfirmed_at is
  'Entities that were reported and that nobody has confirmed in the register: chưa xác nhận.';

drop function if exists htx.doubled_at(text, text, text, bigint, bigint);
create function htx.doubled_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (unit text, unit_from date, subject text, name text, channel text,
  epoch bigint, seq bigint, other_unit text, other_channel text, other_epoch bigint,
  other_seq bigint)
language sql stable as $$
  select r.unit, r.unit_from, r.subject, r.name, r.channel, r.epoch, r.seq,
    c.unit, c.channel, c.epoch, c.seq
  from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) c
    on c.vintage = r.vintage and c.form = r.form and c.subject = r.subject
    and (r.kind <> 'unit' or (c.unit = r.unit and c.unit_from = r.unit_from))
  where r.counts and r.subject <> '' and (c.epoch, c.seq) <> (r.epoch, r.seq)
  order by r.unit collate "C", r.unit_from, r.epoch, r.seq
$$;
comment on function htx.doubled_at is
  'Accepted reports about a subject for which another one counts: by a better channel, else the earlier one.';

-- What waits for a person: reports that were held or in conflict and are neither decided
-- about nor put right since, and withdrawals that were held.
drop function if exists htx.waiting_now(text, text);
create function htx.waiting_now(p_scheme text, p_period text)
returns table (epoch bigint, seq bigint, hash bytea, unit text, unit_from date, vintage text,
  withdraw boolean, verdict text, form text, subject text, name text)
language sql stable as $$
  with tip as (
    select c.epoch, c.last_seq as seq from htx.commit c
    order by c.epoch desc, c.number desc limit 1)
  select r.epoch, r.seq, r.hash, r.unit, r.unit_from, r.vintage, false, r.verdict, r.form,
    r.subject, r.name
  from tip, htx.report_open(p_scheme, p_period, null, tip.epoch, tip.seq) r
  where not r.counts and r.verdict in ('held', 'conflict')
  union all
  select a.epoch, a.seq, a.hash, a.unit, a.unit_from, a.vintage, true, a.verdict, r.form,
    r.subject, r.name
  from htx.answer a join htx.report r on r.hash = a.target
  where a.scheme = p_scheme and a.period = p_period and a.withdraw and a.verdict = 'held'
    and not exists (select from htx.decision d where d.about = a.hash)
    and not exists (select from htx.supersession s where s.old = a.target)
  order by 1, 2
$$;
comment on function htx.waiting_now is
  'What the province has to decide about in a period, in the order of the log.';
