-- The register of entities by date: what was known at a position of the log about a day.
-- Run again at every migrate; nothing here holds data.
--
-- Four kinds of words are put together, of one field the one with the latest day counts,
-- then the higher class, then the higher position:
--   register  a loaded row of entity: all its fields, from as_of on (null: since ever)
--   event     an act of the province (entity_event): the fields it gives, from its day on
--   movement  a row of a movement form (bien_dong) that counts: from the day of the decision
--   report    the first report that counts of one that nobody else speaks of: provisional
-- Under one day register and event stand above movement, movement above report. A merged
-- subject (entity_merge) is told under the one it is counted under; that one's own fields
-- win, the other's fill what it leaves blank.
--
-- Movement reports lie in logs that older releases consolidated without this register, and
-- those totals must come out again. So they feed it only from the position on where the
-- catalogue in force names the source event for ktt.event (sources.tsv). Merges and events
-- are records of a new kind, no older prefix has any.

drop function if exists htx.movement_feeds(bigint, bigint);
create function htx.movement_feeds(p_epoch bigint, p_seq bigint) returns boolean
language sql stable as $$
  select exists (select from htx.cat_source s
    where s.version = htx.catalogue_at(p_epoch, p_seq) and s.indicator = 'ktt.event'
      and 'event' = any (string_to_array(replace(s.sources, ' ', ''), ',')))
$$;
comment on function htx.movement_feeds is
  'Does the catalogue in force at a position let movement forms feed the register?';

-- Movements of some subjects: one row a decision; a kind that is only counted is one too.
drop function if exists htx.movement_of(bigint, bigint, text[]);
create function htx.movement_of(p_epoch bigint, p_seq bigint, p_subjects text[])
returns table (epoch bigint, seq bigint, subject text, told text, unit text, unit_from date,
  kind text, name text, sector text, commune text, event text, decision text, day date,
  new_name text, indicator integer, b1 text, b2 text)
language sql stable as $$
  with
  same as materialized (select * from htx.same_at(p_epoch, p_seq)),
  rep as (
    select r.*, coalesce(m.root, r.subject) as root
    from htx.report r left join same m on m.subject = r.subject
    where r.subject = any (p_subjects) and r.subject <> '' -- without a number: nobody's
      and r.form = 'bien_dong' and r.kind <> 'unit'
      and r.vintage <> 'plan' and (r.epoch, r.seq) <= (p_epoch, p_seq)
      and htx.movement_feeds(p_epoch, p_seq)
      and coalesce((select d.act from htx.decision d
        where d.about = r.hash and (d.epoch, d.seq) <= (p_epoch, p_seq)
        order by d.epoch desc, d.seq desc limit 1),
        case when r.counts then 'count' end, '') = 'count'
      and not exists (select from htx.supersession s
        where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))),
  one as materialized (
    select distinct on (scheme, period, vintage, root) * from rep
    order by scheme, period, vintage, root, htx.channel_rank(channel), epoch, seq),
  period as materialized (
    select k.scheme, k.period, p.cutoff
    from (select distinct scheme, period from one) k
    left join lateral htx.period_at(k.scheme, k.period, p_epoch, p_seq) p on true),
  said as materialized (
    select r.epoch, r.seq, i.code, i.no, o.b1, o.b2, o.as_of
    from one r
    join htx.cat_indicator i on i.version = r.catalogue
      and i.code in ('ktt.event', 'ktt.renamed')
    join htx.observation o on o.epoch = r.epoch and o.seq = r.seq and o.indicator = i.no
    where o.mark = 'v' and o.value > 0 and o.b1 <> '')
  select r.epoch, r.seq, r.root, r.subject, r.unit, r.unit_from, r.kind, r.name, r.sector,
    r.commune, case s.b1 when 'new' then 'founded' else s.b1 end, s.b2,
    coalesce(s.as_of, p.cutoff),
    case when s.b1 = 'renamed' then coalesce((
      select n.b2 from said n where n.epoch = r.epoch and n.seq = r.seq
        and n.code = 'ktt.renamed' and n.b2 <> ''
      order by n.as_of is not distinct from s.as_of desc, n.as_of desc, n.b2 collate "C" limit 1),
      r.name) end,
    s.no, s.b1, s.b2
  from one r
  join said s on s.epoch = r.epoch and s.seq = r.seq and s.code = 'ktt.event'
  left join period p on p.scheme = r.scheme and p.period = r.period
  where s.b2 <> '' or not exists (select from said d where d.epoch = s.epoch
    and d.seq = s.seq and d.code = s.code and d.b1 = s.b1 and d.b2 <> '')
$$;
comment on function htx.movement_of is
  'What counting movement forms say of these subjects at a position: one row a decision, with its day (the period''s cut-off where none was written), under the number the entity is counted under; told: as reported.';

-- All that is known about some subjects on a day. state is what was said, ended the day of
-- dissolution whatever p_day is.
drop function if exists htx.entity_fact_of(bigint, bigint, date, text[], boolean);
create function htx.entity_fact_of(p_epoch bigint, p_seq bigint, p_day date,
  p_subjects text[], p_reports boolean)
returns table (subject text, kind text, name text, sector text, unit text, unit_from date,
  commune text, state text, founded date, dissolved date, confirmed boolean, source text)
language sql stable
set work_mem = '64MB' as $$
with
same as materialized (select * from htx.same_at(p_epoch, p_seq)),
asked as (
  select distinct coalesce(m.root, s.subject) as root
  from unnest(p_subjects) s (subject) left join same m on m.subject = s.subject),
member as materialized (
  select root, root as subject from asked
  union all
  select m.root, m.subject from same m join asked using (root)),
movement as materialized (
  select * from htx.movement_of(p_epoch, p_seq, (select array_agg(subject) from member))),
first_report as (
  select distinct on (m.root) m.root, r.*
  from htx.report r join member m on m.subject = r.subject
  where p_reports and r.counts and r.kind <> 'unit' and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.supersession s join htx.answer a on a.hash = s.by
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq)) -- withdrawn
    and coalesce((select d.act from htx.decision d
      where d.about = r.hash and (d.epoch, d.seq) <= (p_epoch, p_seq)
      order by d.epoch desc, d.seq desc limit 1), 'count') = 'count'
  order by m.root, r.epoch, r.seq),
said as materialized (
  select m.root, e.subject, coalesce(e.as_of, '-infinity') as day, 3 as class, e.epoch,
    e.seq, e.kind, e.name, e.sector, e.unit, e.unit_from, e.commune, e.state, e.founded,
    e.dissolved, e.confirmed
  from member m join htx.entity e on e.subject = m.subject
  where (e.epoch, e.seq) <= (p_epoch, p_seq)
  union all
  select m.root, v.subject, v.day, 2, v.epoch, v.seq, v.kind, v.name, v.sector, v.unit,
    v.unit_from, v.commune, case
      when v.event in ('dissolved', 'bankrupt', 'revoked', 'merged') then 'dissolved'
      when v.state is not null then v.state
      when v.event in ('founded', 'resumed') then 'active'
      when v.event in ('suspended', 'stopped') then v.event end,
    case when v.event = 'founded' then v.day end,
    case when v.event in ('dissolved', 'bankrupt', 'revoked', 'merged') then v.day end,
    case when v.event in ('founded', 'confirmed') then true end
  from member m join htx.entity_event v on v.subject = m.subject
  where (v.epoch, v.seq) <= (p_epoch, p_seq)
  union all
  select v.subject, v.subject, v.day, 1, v.epoch, v.seq,
    case when founds then v.kind end, case when founds then v.name else v.new_name end,
    case when founds then v.sector end, case when founds then v.unit end,
    case when founds then v.unit_from end, case when founds then v.commune end,
    case when v.event in ('dissolved', 'bankrupt', 'revoked', 'merged') then 'dissolved'
      when v.event in ('founded', 'resumed') then 'active'
      when v.event = 'suspended' then v.event end,
    case when founds then v.day end,
    case when v.event in ('dissolved', 'bankrupt', 'revoked', 'merged') then v.day end, null
  from movement v cross join lateral (select v.event = 'founded' as founds) f
  union all
  select root, root, '-infinity', 0, epoch, seq, kind, name, sector, unit, unit_from,
    commune, state, null, null, null from first_report
  union all
  (select distinct on (v.subject) v.subject, v.subject, '-infinity'::date, 0, v.epoch, v.seq,
    v.kind, v.name, v.sector, v.unit, v.unit_from, v.commune, 'active', null::date,
    null::date, null::boolean
  from movement v where not p_reports order by v.subject, v.epoch, v.seq)),
-- of loaded rows only the newest speaks of founding and dissolution, also by a blank
row as (
  select distinct on (subject) * from said where class = 3
  order by subject, epoch desc, seq desc),
begun as (
  select distinct on (subject) subject, founded from (
    select subject, epoch, seq, founded from row where founded is not null
    union all
    select subject, epoch, seq, founded from said
    where class in (1, 2) and founded is not null) a
  order by subject, epoch desc, seq desc, founded),
-- a dissolution that a later act takes back (resumed, founded again) is none
ended as (
  select * from (
    select distinct on (subject) subject, epoch, seq, dissolved, class from (
      select subject, epoch, seq, dissolved, class from row where dissolved is not null
      union all
      select subject, epoch, seq, dissolved, class from said
      where class in (1, 2) and dissolved is not null) a
    order by subject, epoch desc, seq desc, dissolved) e
  where not exists (select from said v where v.subject = e.subject and v.class = 2
    and v.state <> 'dissolved' and v.day >= e.dissolved
    and (v.epoch, v.seq) > (e.epoch, e.seq))),
fact as (
  select s.root, s.subject,
    (array_agg(s.kind order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.kind is not null and known))[1] as kind,
    (array_agg(s.name order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.name is not null and known))[1] as name,
    (array_agg(s.sector order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.sector is not null and known))[1] as sector,
    (array_agg(s.unit order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.unit is not null and known))[1] as unit,
    (array_agg(s.unit_from order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.unit is not null and known))[1] as unit_from,
    (array_agg(s.commune order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.commune is not null and known))[1] as commune,
    -- of dissolutions by act or movement the newest alone counts
    (array_agg(s.state order by s.day desc, s.class > 1 desc, s.class > 0 desc, s.epoch desc, s.seq desc)
      filter (where s.state is not null and known and (s.class in (0, 3)
        or s.state <> 'dissolved' or (e.epoch, e.seq) = (s.epoch, s.seq))))[1] as state,
    (array_agg(s.confirmed order by s.epoch desc, s.seq desc)
      filter (where s.confirmed is not null))[1] as confirmed,
    max(s.class) as class, max(e.dissolved) as dissolved, max(e.class) as end_class
  from said s
  left join ended e on e.subject = s.subject
  cross join lateral (select s.day <= p_day as known) k
  group by s.root, s.subject),
folded as (
  select f.root,
    (array_agg(f.kind order by f.subject <> f.root, f.subject collate "C")
      filter (where f.kind is not null))[1] as kind,
    (array_agg(f.name order by f.subject <> f.root, f.subject collate "C")
      filter (where f.name <> ''))[1] as name,
    (array_agg(f.sector order by f.subject <> f.root, f.subject collate "C")
      filter (where f.sector <> ''))[1] as sector,
    (array_agg(f.unit order by f.subject <> f.root, f.subject collate "C")
      filter (where f.unit is not null))[1] as unit,
    (array_agg(f.unit_from order by f.subject <> f.root, f.subject collate "C")
      filter (where f.unit is not null))[1] as unit_from,
    (array_agg(f.commune order by f.subject <> f.root, f.subject collate "C")
      filter (where f.commune <> ''))[1] as commune,
    (array_agg(f.state order by f.subject <> f.root, f.subject collate "C")
      filter (where f.state is not null))[1] as state,
    (array_agg(b.founded order by f.subject <> f.root, f.subject collate "C")
      filter (where b.founded is not null))[1] as founded,
    -- a double that was cleared away by a loaded row has not ended the other
    (array_agg(f.dissolved order by f.subject <> f.root, f.subject collate "C")
      filter (where f.dissolved is not null
        and (f.subject = f.root or f.end_class <> 3)))[1] as dissolved,
    (array_agg(f.confirmed order by f.subject <> f.root, f.subject collate "C")
      filter (where f.confirmed is not null))[1] as confirmed,
    max(f.class) as class
  from fact f left join begun b on b.subject = f.subject
  group by f.root)
select root, kind, coalesce(name, ''), coalesce(sector, ''), unit, unit_from,
  coalesce(commune, ''), coalesce(state, 'active'), founded, dissolved,
  coalesce(confirmed, false),
  (array['report', 'movement', 'event', 'register'])[class + 1]
from folded
where kind is not null and unit is not null
$$;
comment on function htx.entity_fact_of is
  'Facts on a day of the entities that these subjects are counted under, as known at a position; p_reports: also what only a first report says. state as it was said; see entity_fact_at.';

-- Most entities have one loaded row and nothing else: they are read straight.
drop function if exists htx.entity_told_at(bigint, bigint, date, boolean);
create function htx.entity_told_at(p_epoch bigint, p_seq bigint, p_day date,
  p_reports boolean)
returns table (subject text, kind text, name text, sector text, unit text, unit_from date,
  commune text, state text, founded date, dissolved date, confirmed boolean, source text)
language sql stable rows 10000
set work_mem = '64MB' set enable_nestloop = off as $$
with
touched as materialized (
  select v.subject from htx.entity_event v where (v.epoch, v.seq) <= (p_epoch, p_seq)
  union
  select r.subject from htx.report r where r.form = 'bien_dong' and r.kind <> 'unit'
    and (r.epoch, r.seq) <= (p_epoch, p_seq) and htx.movement_feeds(p_epoch, p_seq)
  union
  select m.subject from htx.entity_merge m where (m.epoch, m.seq) <= (p_epoch, p_seq)
  union
  select m.into_subject from htx.entity_merge m where (m.epoch, m.seq) <= (p_epoch, p_seq)
  union
  select e.subject from htx.entity e
  where e.as_of is not null and (e.epoch, e.seq) <= (p_epoch, p_seq)
  union
  select r.subject from htx.report r
  where p_reports and r.counts and r.kind <> 'unit' and r.subject <> ''
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.entity e
      where e.subject = r.subject and (e.epoch, e.seq) <= (p_epoch, p_seq)))
select e.subject, e.kind, e.name, e.sector, e.unit, e.unit_from, e.commune, e.state,
  e.founded, e.dissolved, e.confirmed, 'register'
from htx.entity_at(p_epoch, p_seq) e
where e.subject not in (select t.subject from touched t)
union all
select * from htx.entity_fact_of(p_epoch, p_seq, p_day,
  (select array_agg(t.subject) from touched t), p_reports)
$$;
comment on function htx.entity_told_at is
  'Facts of every entity on a day, as known at a position; see entity_fact_of.';

drop function if exists htx.entity_fact_at(bigint, bigint, date);
create function htx.entity_fact_at(p_epoch bigint, p_seq bigint, p_day date)
returns table (subject text, kind text, name text, sector text, unit text, unit_from date,
  commune text, state text, founded date, dissolved date, confirmed boolean, source text)
language sql stable rows 10000 as $$
  select f.subject, f.kind, f.name, f.sector, f.unit, f.unit_from, f.commune,
    case when f.state = 'dissolved' and f.dissolved > p_day then 'active' else f.state end,
    f.founded, f.dissolved, f.confirmed, f.source
  from htx.entity_told_at(p_epoch, p_seq, p_day, true) f
$$;
comment on function htx.entity_fact_at is
  'The register of entities on a day, as known at a position: one row an entity (merged ones under the one they are counted under). source: register, event, movement, or report for one that only a report knows (chưa xác nhận).';
