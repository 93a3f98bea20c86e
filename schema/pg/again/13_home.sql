-- Where an entity and a unit belong on the map of a day: lineage followed step by step.
-- Run again at every migrate; nothing here holds data.
--
-- A unit follows lineage only where it went as a whole (full) into one new unit. A unit
-- that does not report itself (a commune under its district) is spoken for by its parent.
-- Over a prefix without lineage everything is its own home.

drop function if exists htx.lineage_at(bigint, bigint);
create function htx.lineage_at(p_epoch bigint, p_seq bigint) returns setof htx.lineage
language sql stable as $$
  select l.* from (
    select distinct on (old, old_from, new, new_from) * from htx.lineage
    where (epoch, seq) <= (p_epoch, p_seq)
    order by old, old_from, new, new_from, epoch desc, seq desc) l
  where l.part <> 'none'
$$;
comment on function htx.lineage_at is 'Which unit became which, as known at a position.';

drop function if exists htx.unit_home_on(bigint, bigint, date);
create function htx.unit_home_on(p_epoch bigint, p_seq bigint, p_day date)
returns table (unit text, unit_from date, home text, home_from date, moved boolean,
  open text, cut text, cut_from date, cut_day date)
language sql stable as $$
with recursive
u as materialized (
  select distinct on (x.code, x.valid_from) x.* from htx.unit x
  where (x.epoch, x.seq) <= (p_epoch, p_seq)
  order by x.code, x.valid_from, x.epoch desc, x.seq desc),
line as materialized (
  select * from htx.lineage_at(p_epoch, p_seq) l where l.day <= p_day),
-- as a whole into one, or cut into pieces
gone as (
  select l.old, l.old_from, min(l.new) as new, min(l.new_from) as new_from,
    count(*) = 1 and bool_and(l.part = 'full') as whole, max(l.day) as day
  from line l group by l.old, l.old_from),
next as (
  select g.old as code, g.old_from as valid_from, g.new as to_code, g.new_from as to_from,
    true as by_line, false as cut
  from gone g where g.whole
  union all
  select c.code, c.valid_from, p.code, p.valid_from, false, g.old is not null
  from u c
  left join gone g on g.old = c.code and g.old_from = c.valid_from
  cross join lateral (
    select a.code, a.valid_from from u a
    where a.code = c.parent and a.code <> c.code and a.kind <> 'province'
      and a.valid_from <= coalesce(c.valid_to, 'infinity')
      and coalesce(a.valid_to, 'infinity') >= c.valid_from
    order by a.valid_from desc limit 1) p
  where not c.reports and g.whole is not true),
walk (unit, unit_from, home, home_from, moved, climbed, cut, cut_from, step) as (
  select code, valid_from, code, valid_from, false, false, null::text, null::date, 0 from u
  union all
  select w.unit, w.unit_from, n.to_code, n.to_from, w.moved or n.by_line, not n.by_line,
    case when n.by_line then null when n.cut then n.code else w.cut end,
    case when n.by_line then null when n.cut then n.valid_from else w.cut_from end, w.step + 1
  from walk w join next n on n.code = w.home and n.valid_from = w.home_from
  where w.step < 50), -- rings are refused when they are made
arrived as materialized (
  select distinct on (w.unit, w.unit_from) w.*,
    coalesce(e.valid_to < p_day, false) as ended, coalesce(w.cut, g.old) as cut_unit,
    coalesce(w.cut_from, g.old_from) as cut_unit_from
  from walk w
  left join u e on e.code = w.home and e.valid_from = w.home_from
  -- pieces cut off a parent that is still there do not touch the rest of it
  left join gone g on g.old = w.home and g.old_from = w.home_from and not g.whole
    and (not w.climbed or e.valid_to < p_day)
  order by w.unit, w.unit_from, w.step desc),
-- a cut is none for who reports, where all pieces report to one
piece as (
  select a.unit, a.unit_from, min(x.home) as home, min(x.home_from) as home_from,
    count(distinct (x.home, x.home_from)) = 1 and not bool_or(x.ended)
      and bool_and(x.cut_unit is null) as same
  from arrived a
  cross join lateral (
    select p.home, p.home_from, p.ended, p.cut_unit from line l
    join arrived p on p.unit = l.new and p.unit_from = l.new_from
    where l.old = a.cut_unit and l.old_from = a.cut_unit_from
    union all
    select a.home, a.home_from, false, null where not a.ended) x
  where a.cut_unit is not null
  group by a.unit, a.unit_from)
select a.unit, a.unit_from, case when p.same then p.home else a.home end,
  case when p.same then p.home_from else a.home_from end,
  a.moved or (p.same and (p.home, p.home_from) <> (a.home, a.home_from)) is true,
  case when p.same then '' when a.cut_unit is not null then 'part'
    when a.ended then 'ended' else '' end,
  a.cut_unit, a.cut_unit_from, g.day
from arrived a
left join piece p on p.unit = a.unit and p.unit_from = a.unit_from
left join gone g on g.old = a.cut_unit and g.old_from = a.cut_unit_from
$$;
comment on function htx.unit_home_on is
  'The unit that a unit is today: along lineage where it went as a whole into one, else itself; of one that does not report itself the one that reports for it. open: '''' known, part (cut into pieces, cut at the day cut_day), ended (gone without a successor).';

-- Few places, however many entities there are: the distinct (unit, commune) of them.
drop function if exists htx.place_home_on(bigint, bigint, date, text[], date[], text[]);
create function htx.place_home_on(p_epoch bigint, p_seq bigint, p_day date, p_units text[],
  p_froms date[], p_communes text[])
returns table (unit text, unit_from date, commune text, home text, home_from date,
  open text, cut_day date, place text, place_from date)
language sql stable as $$
with
spot as materialized (
  select distinct s.unit, s.unit_from, s.commune
  from unnest(p_units, p_froms, p_communes) s (unit, unit_from, commune)),
u as materialized (
  select distinct on (x.code, x.valid_from) x.* from htx.unit x
  where (x.epoch, x.seq) <= (p_epoch, p_seq)
  order by x.code, x.valid_from, x.epoch desc, x.seq desc),
h as materialized (select * from htx.unit_home_on(p_epoch, p_seq, p_day)),
-- communes by what an entity says of its own: code, name, another spelling, the bare name
word as (
  select c.code, c.valid_from, c.valid_to, c.parent, w.key, w.rank
  from u c cross join lateral (
    select c.code, 1
    union all select htx.name_key(c.name), 2
    union all select htx.name_key(a), 3 from unnest(string_to_array(c.aliases, ';')) a
    union all select htx.name_key_place(c.name), 4
    union all select htx.name_key_place(a), 4 from unnest(string_to_array(c.aliases, ';')) a)
    w (key, rank)
  where c.parent in (select s.unit from spot s)
    and c.parent not in (select k.code from u k where k.kind = 'province')),
found as (
  select s.unit, s.unit_from, s.commune, w.code, w.valid_from,
    rank() over (partition by s.unit, s.unit_from, s.commune order by w.rank) as n
  from spot s
  join u k on k.code = s.unit and k.valid_from = s.unit_from
  join word w on w.parent = s.unit and w.valid_from <= coalesce(k.valid_to, 'infinity')
    and coalesce(w.valid_to, 'infinity') >= k.valid_from
    and w.key = case when w.rank = 1 then s.commune when w.rank = 4
      then htx.name_key_place(s.commune) else htx.name_key(s.commune) end
  where s.commune <> ''),
-- of one name at several times all must lead to one home
named as (
  select f.unit, f.unit_from, f.commune, min(x.home) as home, min(x.home_from) as home_from,
    max(x.open) as open, max(f.code) as place, max(f.valid_from) as place_from,
    max(x.cut_day) as cut_day
  from found f join h x on x.unit = f.code and x.unit_from = f.valid_from
  where f.n = 1
  group by f.unit, f.unit_from, f.commune
  having count(distinct (x.home, x.home_from, x.open)) = 1)
select s.unit, s.unit_from, s.commune,
  case when n.open = '' then n.home when o.open = '' then o.home
    else coalesce(n.home, o.home, s.unit) end,
  case when n.open = '' then n.home_from when o.open = '' then o.home_from
    else coalesce(n.home_from, o.home_from, s.unit_from) end,
  case when n.open = '' then '' when o.open = '' and (o.moved or n.open is null) then ''
    when n.open is not null then n.open
    when exists (select from u c where c.parent = s.unit and not c.reports) then 'unknown'
    else coalesce(o.open, '') end,
  coalesce(n.cut_day, o.cut_day), n.place, n.place_from
from spot s
left join named n on n.unit = s.unit and n.unit_from = s.unit_from and n.commune = s.commune
left join h o on o.unit = s.unit and o.unit_from = s.unit_from
$$;
comment on function htx.place_home_on is
  'The unit that somebody in a commune of a unit belongs to by the map of a day: the commune (by code, name or another spelling) followed along lineage, else the unit. open: '''' known; part, unknown, ended: it stays with the old unit. place: the commune that was found.';

drop function if exists htx.home_on(bigint, bigint, date);
create function htx.home_on(p_epoch bigint, p_seq bigint, p_day date)
returns table (subject text, unit text, unit_from date, was text, was_from date,
  commune text, open text, place text, place_from date)
language sql stable rows 10000 as $$
with
fact as materialized (
  select f.subject, f.unit, f.unit_from, f.commune
  from htx.entity_fact_at(p_epoch, p_seq, p_day) f),
home as materialized (
  select p.* from (
    select array_agg(s.unit) as units, array_agg(s.unit_from) as froms,
      array_agg(s.commune) as communes
    from (select distinct f.unit, f.unit_from, f.commune from fact f) s) a
  cross join lateral htx.place_home_on(p_epoch, p_seq, p_day, a.units, a.froms,
    a.communes) p),
-- who was placed after the cut in a unit that is still there belongs there
told as (
  select f.subject from fact f
  join home x on x.unit = f.unit and x.unit_from = f.unit_from and x.commune = f.commune
  join htx.unit_at(p_epoch, p_seq) e on e.code = x.home and e.valid_from = x.home_from
    and coalesce(e.valid_to, 'infinity') >= p_day
  where x.open <> '' and (
    exists (select from htx.entity_event v
      where v.subject = f.subject and v.unit = f.unit and v.day >= x.cut_day
        and v.day <= p_day and (v.epoch, v.seq) <= (p_epoch, p_seq))
    or exists (select from htx.entity n
      where n.subject = f.subject and n.unit = f.unit and n.as_of >= x.cut_day
        and n.as_of <= p_day and (n.epoch, n.seq) <= (p_epoch, p_seq))))
select f.subject, x.home, x.home_from, f.unit, f.unit_from, f.commune,
  case when f.subject in (select t.subject from told t) then '' else x.open end,
  x.place, x.place_from
from fact f
join home x on x.unit = f.unit and x.unit_from = f.unit_from and x.commune = f.commune
$$;
comment on function htx.home_on is
  'The unit that each entity belongs to by the map of a day: what the register says of its unit and commune, followed along lineage; open: it stays with its old unit until a person settles it (place_home_on).';

drop function if exists htx.home_at(bigint, bigint);
create function htx.home_at(p_epoch bigint, p_seq bigint)
returns table (subject text, unit text, unit_from date)
language sql stable as $$
  select h.subject, h.unit, h.unit_from from htx.home_on(p_epoch, p_seq, 'infinity') h
$$;
comment on function htx.home_at is 'The unit that each entity belongs to by the newest map.';
