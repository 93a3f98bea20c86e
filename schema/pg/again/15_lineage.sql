-- What a change of units means: where an entity may have gone, who may report it, and where
-- a series breaks. Run again at every migrate; nothing here holds data.

drop function if exists htx.successor_on(bigint, bigint, date, text[], date[], text[], date[]);
create function htx.successor_on(p_epoch bigint, p_seq bigint, p_day date, p_units text[],
  p_froms date[], p_places text[], p_place_froms date[])
returns table (unit text, unit_from date, place text, place_from date, new text,
  new_from date)
language sql stable as $$
with
spot as (
  select distinct s.unit, s.unit_from, s.place, s.place_from
  from unnest(p_units, p_froms, p_places, p_place_froms) s (unit, unit_from, place, place_from)),
u as materialized (select * from htx.unit_at(p_epoch, p_seq)),
line as materialized (
  select * from htx.lineage_at(p_epoch, p_seq) l where l.day <= p_day),
h as materialized (select * from htx.unit_home_on(p_epoch, p_seq, p_day)),
root as (
  select s.*, s.unit as code, s.unit_from as valid_from from spot s
  union
  select s.*, s.place, s.place_from from spot s where s.place is not null
  union
  select s.*, c.code, c.valid_from
  from spot s
  join u k on k.code = s.unit and k.valid_from = s.unit_from and k.kind <> 'province'
  join u c on c.parent = s.unit and c.valid_from <= coalesce(k.valid_to, 'infinity')
    and coalesce(c.valid_to, 'infinity') >= k.valid_from
  where s.place is null)
select distinct r.unit, r.unit_from, r.place, r.place_from, x.home, x.home_from
from root r
join line l on l.old = r.code and l.old_from = r.valid_from
join h x on x.unit = l.new and x.unit_from = l.new_from
union
select s.unit, s.unit_from, s.place, s.place_from, k.code, k.valid_from
from spot s
join u k on k.code = s.unit and k.valid_from = s.unit_from
  and coalesce(k.valid_to, 'infinity') >= p_day
$$;
comment on function htx.successor_on is
  'The units that somebody of a unit (in the commune place, where that is known) may be in by the map of a day: successors, and the unit itself while it is there.';

drop function if exists htx.to_rehome(bigint, bigint);
create function htx.to_rehome(p_epoch bigint, p_seq bigint)
returns table (subject text, name text, kind text, state text, unit text, unit_from date,
  unit_name text, commune text, open text, cut_day date, candidates text[],
  candidate_names text[], candidate_froms date[], said text)
language sql stable as $$
with
h as materialized (
  select x.* from htx.home_on(p_epoch, p_seq, 'infinity') x where x.open <> ''),
u as materialized (select * from htx.unit_at(p_epoch, p_seq)),
f as materialized (
  select * from htx.entity_fact_at(p_epoch, p_seq, 'infinity') e
  where e.subject in (select h.subject from h)),
s as materialized (
  select x.* from (
    select array_agg(d.unit) as units, array_agg(d.unit_from) as froms,
      array_agg(d.place) as places, array_agg(d.place_from) as place_froms
    from (select distinct h.unit, h.unit_from, h.place, h.place_from from h) d) a
  cross join lateral htx.successor_on(p_epoch, p_seq, 'infinity', a.units, a.froms,
    a.places, a.place_froms) x),
-- a new unit that reported the entity comes first, then one of the commune's name
one as (
  select h.subject, n.code, n.name, n.valid_from, r.unit is not null as said,
    row_number() over (partition by h.subject order by r.unit is not null desc,
      htx.name_key_place(n.name) = htx.name_key_place(h.commune) desc,
      htx.name_key_bare(htx.name_key_place(n.name))
        = htx.name_key_bare(htx.name_key_place(h.commune)) desc,
      n.code collate "C", n.valid_from) as n
  from h
  join s on s.unit = h.unit and s.unit_from = h.unit_from
    and s.place is not distinct from h.place and s.place_from is not distinct from h.place_from
  join u n on n.code = s.new and n.valid_from = s.new_from
  left join lateral (
    select r.unit from htx.report r
    where r.subject = h.subject and r.unit = n.code and r.unit_from = n.valid_from
      and r.verdict in ('accepted', 'warnings') and n.code <> h.unit
      and (r.epoch, r.seq) <= (p_epoch, p_seq) limit 1) r on true),
list as (
  select o.subject, array_agg(o.code order by o.n) as codes,
    array_agg(o.name order by o.n) as names, array_agg(o.valid_from order by o.n) as froms,
    (array_agg(o.code order by o.n) filter (where o.said))[1] as said
  from one o group by o.subject)
select h.subject, f.name, f.kind, f.state, h.unit, h.unit_from, coalesce(k.name, h.unit),
  h.commune, h.open, coalesce(l.day, k.valid_to + 1), coalesce(list.codes, '{}'),
  coalesce(list.names, '{}'), coalesce(list.froms, '{}'), coalesce(list.said, '')
from h
join f on f.subject = h.subject
left join u k on k.code = h.unit and k.valid_from = h.unit_from
left join lateral (
  select max(x.day) as day from htx.lineage_at(p_epoch, p_seq) x
  where x.old = coalesce(h.place, h.unit) and x.old_from = coalesce(h.place_from, h.unit_from))
  l on true
left join list on list.subject = h.subject
-- who was dissolved before has nowhere to go
where coalesce(f.dissolved, case when f.state = 'dissolved' then '-infinity'::date end)
  < coalesce(l.day, k.valid_to + 1) is not true
$$;
comment on function htx.to_rehome is
  'Entities whose unit was cut in pieces or is gone and whose new one nobody knows (part: their commune was split; unknown: the register names no commune that is known; ended: no successor): with the units they may be in, those first that reported them.';

-- Called for reports of entities that the register has under another unit.
drop function if exists htx.reports_for(text[], text[], date[]);
create function htx.reports_for(p_subjects text[], p_units text[], p_froms date[])
returns table (n bigint)
language sql stable as $$
with
now as (
  select c.epoch, c.last_seq as seq from htx.commit c
  order by c.epoch desc, c.number desc limit 1),
asked as (
  select a.subject, coalesce(m.root, a.subject) as root, a.unit, a.unit_from, a.n
  from unnest(p_subjects, p_units, p_froms) with ordinality a (subject, unit, unit_from, n)
  left join (select s.* from now, htx.same_at(now.epoch, now.seq) s) m
    on m.subject = a.subject),
fact as materialized (
  select f.subject, f.unit, f.unit_from, f.commune
  from now, htx.entity_fact_of(now.epoch, now.seq, 'infinity', p_subjects, false) f),
home as materialized (
  select x.* from now, (
    select array_agg(f.unit) as units, array_agg(f.unit_from) as froms,
      array_agg(f.commune) as communes from fact f) a
  cross join lateral htx.place_home_on(now.epoch, now.seq, 'infinity', a.units, a.froms,
    a.communes) x),
next as materialized (
  select x.* from now, (
    select array_agg(h.unit) as units, array_agg(h.unit_from) as froms,
      array_agg(h.place) as places, array_agg(h.place_from) as place_froms
    from home h where h.open <> '') a
  cross join lateral htx.successor_on(now.epoch, now.seq, 'infinity', a.units, a.froms,
    a.places, a.place_froms) x)
select a.n from asked a
join fact f on f.subject = a.root
join home h on h.unit = f.unit and h.unit_from = f.unit_from and h.commune = f.commune
where (a.unit, a.unit_from) in ((f.unit, f.unit_from), (h.home, h.home_from))
  or exists (select from next x where x.unit = f.unit and x.unit_from = f.unit_from
    and x.place is not distinct from h.place and x.place_from is not distinct from h.place_from
    and x.new = a.unit and x.new_from = a.unit_from)
  -- an earlier period of a unit that is gone: it was that unit's then
  or (exists (select from htx.unit_now u where u.code = a.unit
      and u.valid_from = a.unit_from and u.valid_to is not null)
    and exists (select from htx.entity e where e.subject in (a.subject, a.root)
      and e.unit = a.unit and e.unit_from = a.unit_from))
$$;
comment on function htx.reports_for is
  'Of reports about entities of the register: the places in the arrays where the unit may speak for the entity. It is its unit or home; where the home is not known yet, a successor; of a unit that is gone, what the register once said.';

create or replace function htx.day_vi(p_day date) returns text
language sql immutable as $$
  select to_char(p_day, case when extract(month from p_day) < 3 then 'DD/MM/YYYY'
    else 'DD/FMMM/YYYY' end)
$$;
comment on function htx.day_vi is 'A day as documents write it: 01/7/2025, 28/02/2025.';

drop function if exists htx.break_at(text, text, bigint, bigint);
create function htx.break_at(p_scheme text, p_period text, p_epoch bigint, p_seq bigint)
returns table (unit text, unit_from date, day date, text text)
language sql stable as $$
with
p as (select * from htx.period_at(p_scheme, p_period, p_epoch, p_seq)),
last as (
  select coalesce((
    select q.cutoff from (select distinct x.code from htx.period x
      where x.scheme = p_scheme and (x.epoch, x.seq) <= (p_epoch, p_seq)) c
    cross join lateral htx.period_at(p_scheme, c.code, p_epoch, p_seq) q
    where q.kind = p.kind and q.starts = (p.starts - interval '1 year')::date
    order by q.code collate "C" limit 1),
    (p.cutoff - interval '1 year')::date) as cutoff
  from p),
u as materialized (select * from htx.unit_at(p_epoch, p_seq)),
-- who speaks for a unit, without any lineage
r as materialized (select * from htx.unit_home_on(p_epoch, p_seq, '-infinity')),
line as materialized (
  select l.*, o.name as old_name, n.name as new_name, x.home as teller,
    x.home_from as teller_from, y.home as heir, y.home_from as heir_from,
    count(*) over (partition by l.old, l.old_from) = 1
      and count(*) over (partition by l.new, l.new_from) = 1 and l.part = 'full' as alike
  from p, last, htx.lineage_at(p_epoch, p_seq) l
  join u o on o.code = l.old and o.valid_from = l.old_from
  join u n on n.code = l.new and n.valid_from = l.new_from
  join r x on x.unit = l.old and x.unit_from = l.old_from
  join r y on y.unit = l.new and y.unit_from = l.new_from
  where l.day > last.cutoff and l.day <= p.cutoff),
-- what one and the same unit does within itself, or only its name, breaks nothing
real as (
  select * from line l
  where (l.teller, l.teller_from) <> (l.heir, l.heir_from)
    and not (l.alike and (l.teller, l.teller_from) = (l.old, l.old_from)
      and (l.heir, l.heir_from) = (l.new, l.new_from)))
select b.unit, b.unit_from, b.day, b.text
from (
  select l.heir as unit, l.heir_from as unit_from, l.day,
    'Từ ngày ' || htx.day_vi(l.day) || ' nhận: ' || string_agg(
      case l.part when 'part' then 'một phần ' else '' end || l.old_name
        || case when l.teller <> l.old then ' (' || t.name || ')' else '' end, ', '
        order by l.old collate "C", l.old_from)
      || coalesce('; ' || nullif(min(l.act collate "C"), ''), '') as text
  from real l join u t on t.code = l.teller and t.valid_from = l.teller_from
  group by l.heir, l.heir_from, l.day
  union all
  select g.teller, g.teller_from, g.day,
    'Từ ngày ' || htx.day_vi(g.day) || ' chuyển sang: '
      || string_agg(g.name, ', ' order by g.heir collate "C", g.heir_from)
      || coalesce('; ' || nullif(min(g.act collate "C"), ''), '')
  from (
    select l.teller, l.teller_from, l.day, l.heir, l.heir_from, h.name, min(l.act collate "C") as act
    from real l join u h on h.code = l.heir and h.valid_from = l.heir_from
    group by l.teller, l.teller_from, l.day, l.heir, l.heir_from, h.name) g
  group by g.teller, g.teller_from, g.day) b
order by b.unit collate "C", b.unit_from, b.day
$$;
comment on function htx.break_at is
  'Reporting units of which a period cannot be compared with the same period a year earlier, because units changed in between: what they took over or what they became, and by which act.';
