-- The source event of a roll-up: what happened to entities in a period, from the register.
-- Run again at every migrate; nothing here holds data.

-- One row an entity and kind of event: told by an act and by a movement form, or in two
-- periods, it happened once; the newest position says when. Founding and dissolution have
-- one day in all; others may come again and count once a window.
drop function if exists htx.register_event_at(bigint, bigint, date, date);
create function htx.register_event_at(p_epoch bigint, p_seq bigint, p_from date, p_to date)
returns table (subject text, event text, day date, epoch bigint, seq bigint,
  movement boolean, indicator integer, b1 text, b2 text, kind text, name text,
  unit text, unit_from date, sector text)
language sql stable
set work_mem = '64MB' as $$
with
same as materialized (select * from htx.same_at(p_epoch, p_seq)),
act as materialized (
  select coalesce(m.root, v.subject) as root, v.*
  from htx.entity_event v left join same m on m.subject = v.subject
  where v.event <> 'confirmed' and (v.epoch, v.seq) <= (p_epoch, p_seq)),
told as (
  select a.root, a.event, a.day, a.epoch, a.seq, false as movement, 0 as indicator,
    '' as b1, '' as b2 from act a
  union all
  select v.subject, v.event, v.day, v.epoch, v.seq, true, v.indicator, v.b1, v.b2
  from htx.movement_of(p_epoch, p_seq, (select array_agg(distinct r.subject)
    from htx.report r where r.form = 'bien_dong' and (r.epoch, r.seq) <= (p_epoch, p_seq))) v),
once as (
  select distinct on (t.root, t.event, case when t.event in ('founded', 'dissolved',
      'bankrupt', 'revoked', 'merged') then null else t.day end) t.*
  from told t
  order by t.root, t.event, case when t.event in ('founded', 'dissolved', 'bankrupt',
      'revoked', 'merged') then null else t.day end, t.epoch desc, t.seq desc, t.day, t.b2),
-- a dissolution that a later act takes back is none
held as (
  select distinct on (o.root, o.event) o.*
  from once o
  where o.day between p_from and p_to
    and not (o.event in ('dissolved', 'bankrupt', 'revoked', 'merged') and exists (
      select from act a where a.root = o.root and a.day >= o.day
        and (a.epoch, a.seq) > (o.epoch, o.seq)
        and (a.event in ('founded', 'resumed', 'suspended', 'stopped')
          or (a.state <> 'dissolved'
            and a.event not in ('dissolved', 'bankrupt', 'revoked', 'merged')))))
  order by o.root, o.event, o.epoch desc, o.seq desc, o.day, o.b2),
day as (select h.day, array_agg(distinct h.root) as roots from held h group by h.day),
fact as materialized (
  select d.day, f.*
  from day d cross join lateral htx.entity_fact_of(p_epoch, p_seq, d.day, d.roots, false) f),
-- where they were by the map of that day: what a new commune tells is not told for its
-- district, of which the register may still speak
home as materialized (
  select p.day, x.* from (
    select f.day, array_agg(f.unit) as units, array_agg(f.unit_from) as froms,
      array_agg(f.commune) as communes
    from fact f group by f.day) p
  cross join lateral htx.place_home_on(p_epoch, p_seq, p.day, p.units, p.froms,
    p.communes) x
  where (select true from htx.lineage l where (l.epoch, l.seq) <= (p_epoch, p_seq) limit 1))
select h.root, h.event, h.day, h.epoch, h.seq, h.movement, h.indicator, h.b1, h.b2,
  f.kind, f.name, coalesce(x.home, f.unit), coalesce(x.home_from, f.unit_from), f.sector
from fact f
join held h on h.day = f.day and h.root = f.subject
left join home x on x.day = f.day and x.unit = f.unit and x.unit_from = f.unit_from
  and x.commune = f.commune
$$;
comment on function htx.register_event_at is
  'What happened to entities between two days, as known at a position: from acts of the province and movement forms, with the entity''s unit, kind and sector on that day.';

-- In the shape of rollup_part, for the indicators whose order of sources names event. Only
-- what has happened is an event: plans and estimates have none.
drop function if exists htx.rollup_event(text, text, text, bigint, bigint, integer, boolean,
  integer[]);
create function htx.rollup_event(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_each boolean, p_only integer[])
returns table (
  vintage text, unit text, unit_from date, source text, sectoral boolean,
  sector text, indicator integer, b1 text, b2 text,
  numerator numeric, denominator numeric, basis text, stated numeric,
  reported bigint, nil bigint, not_available bigint, refused bigint, missing bigint,
  approximate bigint, who text, terms jsonb)
language sql stable
set work_mem = '64MB' as $$
with
word (code, kind, event) as (values
  ('htx.new', 'htx', 'founded'), ('htx.dissolved', 'htx', 'dissolved'),
  ('htx.bankrupt', 'htx', 'bankrupt'), ('htx.converted', 'htx', 'converted'),
  ('htx.renamed', 'htx', 'renamed'), ('htx.suspended.new', 'htx', 'suspended'),
  ('htx.resumed', 'htx', 'resumed'), ('htx.revoked', 'htx', 'revoked'),
  ('tht.new', 'tht', 'founded'), ('tht.dissolved', 'tht', 'dissolved'),
  ('lh.new', 'lhhtx', 'founded'), ('lh.dissolved', 'lhhtx', 'dissolved')),
period as (select * from htx.period_at(p_scheme, p_period, p_epoch, p_seq)),
asked as materialized (
  select i.no, w.kind, w.event
  from word w
  join htx.cat_indicator i on i.version = p_catalogue and i.code = w.code
  cross join period p
  where (p_only is null or i.no = any (p_only)) and coalesce(p_vintage, 'actual') = 'actual'
    and 'event' = any (string_to_array(replace((select c.sources from htx.cat_source c
      where c.version = p_catalogue and c.indicator in (i.code, '*')
        and c.period_kind in (p.kind, '*', '') and c.vintage in ('actual', '*', '')
      order by c.ord limit 1), ' ', ''), ','))),
sec as (
  select b.code, case when b.parent = '' then b.code else b.parent end as top
  from htx.cat_breakdown b where b.version = p_catalogue and b.dim = 'sector'),
one as materialized (
  select a.no, e.unit, e.unit_from, e.subject, coalesce(s.top, 'unknown') as top,
    jsonb_build_array(e.epoch, e.seq, e.indicator, e.b1, e.b2, 1) as ref
  from period p
  cross join lateral htx.register_event_at(p_epoch, p_seq, p.starts, p.ends) e
  join asked a on a.kind = e.kind and a.event = e.event
  left join sec s on s.code = e.sector
  where exists (select from asked))
select 'actual', o.unit, o.unit_from, 'event', false, g.sector, o.no, '', '',
  count(*)::numeric, null::numeric, 'reported', null::numeric, count(*), 0::bigint,
  0::bigint, 0::bigint, 0::bigint, 0::bigint, case when p_each then o.subject end,
  case when p_each then jsonb_agg(jsonb_build_object('r', 'n', 'c',
    jsonb_build_array(o.ref), 'w', null, 'f', 1)) end
from one o cross join lateral (values (o.top), ('')) g (sector)
group by o.unit, o.unit_from, g.sector, o.no, case when p_each then o.subject end
$$;
comment on function htx.rollup_event is
  'Movements of a period by the register, each entity once, where the catalogue lets the source event count: part of rollup_source.';
