-- The register as the daemon asks for it: a handful of subjects, or one unit, at the end of
-- the log. Run again at every migrate; nothing here holds data.

-- Does more than its newest loaded row speak of this entity? Most have none of it, and
-- judging reads their row straight.
create or replace function htx.entity_touched(p_subject text, p_unit text, p_unit_from date)
returns boolean language sql stable as $$
  select exists (select from htx.entity_event v where v.subject = p_subject)
    or exists (select from htx.entity_merge m where m.subject = p_subject)
    or exists (select from htx.entity_merge m where m.into_subject = p_subject)
    or exists (select from htx.entity e where e.subject = p_subject and e.as_of is not null)
    or exists (select from htx.report r where r.subject = p_subject and r.form = 'bien_dong')
    or exists (select from htx.lineage l where l.old = p_unit and l.old_from = p_unit_from)
$$;
comment on function htx.entity_touched is
  'Is there anything about this entity beside loaded rows that hold since ever?';

-- Facts of these subjects on a day with their home on the map of that day. known: by the
-- register or an act, not by reports alone.
drop function if exists htx.entity_now_of(text[], date);
create function htx.entity_now_of(p_subjects text[], p_day date)
returns table (subject text, root text, known boolean, kind text, name text, sector text,
  unit text, unit_from date, commune text, state text, founded date, dissolved date,
  confirmed boolean)
language sql stable as $$
  with
  asked as materialized (
    select s.subject, coalesce(m.root, s.subject) as root
    from unnest(p_subjects) s (subject)
    left join htx.same_at(9223372036854775807, 0) m on m.subject = s.subject),
  fact as materialized (
    select * from htx.entity_fact_of(9223372036854775807, 0, p_day, p_subjects, false)),
  home as materialized (
    select h.* from (
      select array_agg(p.unit) as units, array_agg(p.unit_from) as froms,
        array_agg(p.commune) as communes
      from (select distinct f.unit, f.unit_from, f.commune from fact f) p) a
    cross join lateral htx.place_home_on(9223372036854775807, 0, p_day, a.units, a.froms,
      a.communes) h
    where (select true from htx.lineage limit 1))
  select a.subject, a.root, f.source in ('register', 'event'), f.kind, f.name, f.sector,
    coalesce(h.home, f.unit), coalesce(h.home_from, f.unit_from), f.commune,
    case when f.state = 'dissolved' and f.dissolved > p_day then 'active' else f.state end,
    f.founded, f.dissolved, f.confirmed
  from asked a join fact f on f.subject = a.root
  left join home h on h.unit = f.unit and h.unit_from = f.unit_from and h.commune = f.commune
$$;
comment on function htx.entity_now_of is
  'What the register says of these subjects on a day, each under the one it is counted under (root), at its home of that day.';

-- here: of this unit on that day; the others were, or will be: they only say that the
-- unit's page has changed. epoch, seq: the newest word on it.
drop function if exists htx.unit_register(text, date, date);
create function htx.unit_register(p_unit text, p_unit_from date, p_day date)
returns table (subject text, kind text, name text, sector text, commune text, state text,
  founded date, dissolved date, here boolean, epoch bigint, seq bigint)
language sql stable as $$
  with recursive
  place (unit, unit_from) as (
    select p_unit, p_unit_from
    union
    select s.unit, s.unit_from from place p cross join lateral (
      select l.old as unit, l.old_from as unit_from from htx.lineage l
      where l.new = p.unit and l.new_from = p.unit_from
      union all
      select u.code, u.valid_from from htx.unit u
      where u.parent = p.unit and not u.reports
      union all -- entities of a commune that did not report stand under its district
      select k.code, k.valid_from from htx.unit c
      join htx.unit k on k.code = c.parent and k.kind <> 'province'
      where c.code = p.unit and c.valid_from = p.unit_from and not c.reports) s),
  candidate as materialized (
    select e.subject from htx.entity e join place p on p.unit = e.unit and p.unit_from = e.unit_from
    union
    select v.subject from htx.entity_event v
    join place p on p.unit = v.unit and p.unit_from = v.unit_from),
  fact as materialized (
    select distinct on (f.root) f.* from htx.entity_now_of(
      (select array_agg(c.subject) from candidate c), p_day) f
    order by f.root)
  select f.root, f.kind, f.name, f.sector, f.commune, f.state, f.founded, f.dissolved,
    f.unit = p_unit and f.unit_from = p_unit_from, n.epoch, n.seq
  from fact f
  cross join lateral (
    select x.epoch, x.seq from (
      select e.epoch, e.seq from htx.entity e where e.subject = f.root
      union all
      select v.epoch, v.seq from htx.entity_event v where v.subject = f.root
      union all
      select m.epoch, m.seq from htx.entity_merge m
      where m.subject = f.root or m.into_subject = f.root) x
    order by x.epoch desc, x.seq desc limit 1) n
$$;
comment on function htx.unit_register is
  'The register of one unit on a day: merged ones once, moved ones where they are by then.';

-- How many cooperatives of a unit exist on a day; null where nothing is known: no entity,
-- or days that are not, for a day long past.
drop function if exists htx.unit_cooperatives(text, date, date, date);
create function htx.unit_cooperatives(p_unit text, p_unit_from date, p_day date, p_today date)
returns bigint language sql stable as $$
  select case when count(*) = 0 or (p_day < p_today - 366 and bool_or(r.kind = 'htx'
      and (r.founded is null or (r.state = 'dissolved' and r.dissolved is null)))) then null
    else count(*) filter (where r.kind = 'htx' and (r.founded is null or r.founded <= p_day)
      and case when r.dissolved is not null then r.dissolved > p_day
        else r.state <> 'dissolved' end) end
  from htx.unit_register(p_unit, p_unit_from, p_day) r where r.here
$$;
comment on function htx.unit_cooperatives is
  'HTX of a unit that exist on a day by the register; null: not known (no entity of it, or long past and founding or end undated).';
