-- The ministry's roll-up over the copies of the provinces, one schema each (nation.province).
-- Run again at every migrate; nothing here holds data.
--
-- Every figure is a function of a vector of positions, one a province: p_codes, p_epochs,
-- p_seqs, side by side. A province that the vector does not name is not there. Numerators
-- and denominators are added, a value is divided once, at the end. Indicators are matched
-- by number, sectors and other breakdowns by code; a province's own lines (numbers from
-- 100000) are no part of a national total.

drop function if exists nation.position();
create function nation.position()
returns table (code text, epoch bigint, seq bigint)
language plpgsql stable as $$
declare
  p record;
begin
  for p in select * from nation.province x order by x.code collate "C" loop
    return query execute format('select %L::text, c.epoch, c.last_seq from %I.commit c
      order by c.epoch desc, c.number desc limit 1', p.code, p.schema);
  end loop;
end
$$;
comment on function nation.position is
  'The end of what is there of each province: the vector of a figure of now. A province of which nothing has come yet has no row.';

drop function if exists nation.province_at(text, text, text[], bigint[], bigint[]);
create function nation.province_at(p_scheme text, p_period text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[])
returns table (code text, name text, schema text, epoch bigint, seq bigint,
  catalogue integer, cutoff date)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select x.*, v.epoch as to_epoch, v.seq as to_seq
    from unnest(p_codes, p_epochs, p_seqs) v (code, epoch, seq)
    join nation.province x on x.code = v.code
    order by x.code collate "C"
  loop
    return query execute format('select %1$L::text, %2$L::text, %3$L::text, $1, $2,
      %3$I.catalogue_at($1, $2), (select d.cutoff from %3$I.period_at($3, $4, $1, $2) d)',
      p.code, p.name, p.schema) using p.to_epoch, p.to_seq, p_scheme, p_period;
  end loop;
end
$$;
comment on function nation.province_at is
  'The provinces of a vector, with the catalogue in force there and the cut-off day of a period; null: has none.';

-- Names and ways to add up: of the newest catalogue among the provinces.
drop function if exists nation.indicator_at(text[], bigint[], bigint[]);
create function nation.indicator_at(p_codes text[], p_epochs bigint[], p_seqs bigint[])
returns table (no integer, ord integer, code text, name_vi text, name_en text, unit_vi text,
  unit_en text, decimals integer, op text, province text, catalogue integer)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select distinct on (a.catalogue) a.* -- a version is the same for all that have it
    from nation.province_at('', '', p_codes, p_epochs, p_seqs) a
    where a.catalogue is not null order by a.catalogue desc, a.code collate "C"
  loop
    return query execute format('select i.no, i.ord, i.code, i.name_vi, i.name_en,
      i.unit_vi, i.unit_en, i.decimals, i.op, %L::text, i.version
      from %I.cat_indicator i where i.version = $1 and i.no < 100000',
      p.code, p.schema) using p.catalogue;
  end loop;
end
$$;
comment on function nation.indicator_at is
  'National indicators by every catalogue version that is in force in a province; of one number the highest version speaks for the nation.';

drop function if exists nation.breakdown_at(text[], bigint[], bigint[]);
create function nation.breakdown_at(p_codes text[], p_epochs bigint[], p_seqs bigint[])
returns table (dim text, code text, ord integer, name_vi text, name_en text)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select a.* from nation.province_at('', '', p_codes, p_epochs, p_seqs) a
    where a.catalogue is not null order by a.catalogue desc, a.code collate "C"
  loop
    return query execute format('select b.dim, b.code, b.ord, b.name_vi, b.name_en
      from %I.cat_breakdown b where b.version = $1', p.schema) using p.catalogue;
  end loop;
end
$$;
comment on function nation.breakdown_at is
  'Breakdowns by the catalogue in force in each province, the newest version first: of one code the first speaks.';

-- ---- today's map ---------------------------------------------------------------------------

drop function if exists nation.own_map(date);
create function nation.own_map(p_day date)
returns table (unit text, unit_from date, valid_to date, kind text, province text)
language sql stable as $$
  with recursive
  now as (
    select c.epoch, c.last_seq as seq from htx.commit c
    order by c.epoch desc, c.number desc limit 1),
  u as materialized (select x.* from now, htx.unit_at(now.epoch, now.seq) x),
  h as materialized (
    select x.unit, x.unit_from, x.home, x.home_from
    from now, htx.unit_home_on(now.epoch, now.seq, p_day) x),
  up (unit, unit_from, code, kind, parent, step) as (
    select h.unit, h.unit_from, k.code, k.kind, k.parent, 0
    from h join u k on k.code = h.home and k.valid_from = h.home_from
    union all
    select a.unit, a.unit_from, k.code, k.kind, k.parent, a.step + 1
    from up a
    cross join lateral (
      select x.* from u x where x.code = a.parent and x.code <> a.code
      order by x.valid_from <= least(p_day, '9999-12-31'::date) desc, x.valid_from desc
      limit 1) k
    where a.kind <> 'province' and a.step < 10)
  select x.code, x.valid_from, x.valid_to, x.kind, coalesce(t.home, a.code)
  from u x
  join up a on a.unit = x.code and a.unit_from = x.valid_from and a.kind = 'province'
  -- the parent that is written may itself have gone into another province
  left join lateral (
    select h.home from h where h.unit = a.code
    order by h.unit_from desc limit 1) t on true
$$;
comment on function nation.own_map is
  'The ministry''s own register of units (its htx schema): each unit''s province on the map of a day, along lineage.';

drop function if exists nation.unit_of(text[], bigint[], bigint[], boolean);
create function nation.unit_of(p_codes text[], p_epochs bigint[], p_seqs bigint[],
  p_as_is boolean)
returns table (province text, unit text, unit_from date, valid_to date, kind text, name text,
  aliases text, home text, home_from date, label text, placed boolean)
language plpgsql stable as $$
declare
  p record;
begin
  for p in select * from nation.province_at('', '', p_codes, p_epochs, p_seqs) loop
    return query execute format($q$
      with m as materialized (select * from nation.own_map('infinity') x where $3),
      whole as materialized (
        select m.province from m where m.unit = %1$L and m.kind = 'province'
        order by m.unit_from desc limit 1)
      select %1$L::text, u.code, u.valid_from, u.valid_to, u.kind, u.name, u.aliases,
        h.home, h.home_from, coalesce(t.province, w.province, %1$L), t.province is not null
      from %2$I.unit_at($1, $2) u
      join %2$I.unit_home_on($1, $2, 'infinity') h
        on h.unit = u.code and h.unit_from = u.valid_from
      left join whole w on true
      left join lateral (
        select m.province from m where m.unit in (h.home, u.code) and m.kind <> 'province'
          and u.kind not in ('province', 'department', 'alliance')
        order by m.unit <> h.home, m.unit_from in (h.home_from, u.valid_from) desc,
          m.unit_from desc limit 1) t on true
      $q$, p.code, p.schema) using p.epoch, p.seq, p_as_is;
  end loop;
end
$$;
comment on function nation.unit_of is
  'The units of the provinces, each with the province that it stands under in a table (label): its own (as-was), or that of today''s map (p_as_is), by the ministry''s own register of units (placed), else where its province is.';

-- A commune may be in another province's register before the ministry has a map of its own.
drop function if exists nation.unit_on(text[], bigint[], bigint[], boolean);
create function nation.unit_on(p_codes text[], p_epochs bigint[], p_seqs bigint[],
  p_as_is boolean)
returns table (province text, unit text, unit_from date, valid_to date, kind text, name text,
  aliases text, home text, home_from date, label text)
language sql stable as $$
  with u as materialized (select * from nation.unit_of(p_codes, p_epochs, p_seqs, p_as_is))
  select u.province, u.unit, u.unit_from, u.valid_to, u.kind, u.name, u.aliases, u.home,
    u.home_from, coalesce(n.label, u.label)
  from u
  left join lateral (
    select min(x.label collate "C") as label
    from u x join u e on e.province = u.province and e.unit = u.home
      and e.unit_from = u.home_from and e.valid_to is not null
    where p_as_is and not u.placed and x.unit = u.home and x.valid_to is null
      and x.province <> u.province and x.unit_from > e.valid_to
      and x.kind not in ('province', 'department', 'alliance')
    having count(distinct x.label) = 1) n on u.kind not in ('province', 'department', 'alliance')
$$;
comment on function nation.unit_on is
  'unit_of; a unit that its province has ended without a successor, and one other province has since, is there.';

-- ---- who counts twice ------------------------------------------------------------------------

drop function if exists nation.counted(text, text, text, text[], bigint[], bigint[]);
create function nation.counted(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[])
returns table (province text, vintage text, subject text, unit text, unit_from date,
  due boolean, silent boolean)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select * from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    where a.catalogue is not null and a.cutoff is not null
  loop
    return query execute format($q$
      with r as materialized (
        select r.vintage, r.kind, r.subject, r.unit, r.unit_from
        from %2$I.report_at($1, $2, $3, $4, $5) r)
      select %1$L::text, r.vintage, r.subject, min(r.unit), min(r.unit_from), false, false
      from r where r.kind <> 'unit' and r.subject <> '' group by r.vintage, r.subject
      union all
      select %1$L, e.vintage, e.who, e.unit, e.unit_from, false, true
      from %2$I.rollup_event($1, $2, $3, $4, $5, $6, true, null) e
      where e.sector = '' and e.who <> ''
      union all
      select %1$L, r.vintage, '', r.unit, r.unit_from, false, false
      from r group by r.vintage, r.unit, r.unit_from
      union all
      select %1$L, s.vintage, '', s.unit, s.unit_from, false, true
      from %2$I.unit_silent($1, $2, $3, $4, $5) s
      union all
      select %1$L, null, '', u.code, u.valid_from, true, false
      from %2$I.unit_expected($1, $2, $4, $5) u
      $q$, p.code, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue;
  end loop;
end
$$;
comment on function nation.counted is
  'Who counts in each province for a period: entities (subject), units that reported, declared nothing (silent) or must report (due; of every vintage). silent of an entity: only the register tells of it.';

drop function if exists nation.known(text, text, text[], bigint[], bigint[], text[], boolean);
create function nation.known(p_scheme text, p_period text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_subjects text[], p_today boolean)
returns table (province text, subject text, name text, unit text, unit_from date,
  here boolean)
language plpgsql stable as $$
declare
  p record;
begin
  if cardinality(p_subjects) = 0 then
    return;
  end if;
  for p in
    select * from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    where a.cutoff is not null
  loop
    return query execute format($q$
      select %1$L::text, f.subject, f.name, f.unit, f.unit_from,
        not (f.state = 'dissolved' and coalesce(f.dissolved, '-infinity') <= $3)
        and coalesce(f.dissolved > $3, true) and u.code is not null
      from %2$I.entity_fact_of($1, $2, $3, $4, false) f
      left join %2$I.unit_home_on($1, $2, $3) h
        on h.unit = f.unit and h.unit_from = f.unit_from
      left join %2$I.unit_at($1, $2) u on u.code = h.home and u.valid_from = h.home_from
        and u.valid_from <= $3 and coalesce(u.valid_to, 'infinity') >= $3
      $q$, p.code, p.schema)
      using p.epoch, p.seq, case when p_today then 'infinity' else p.cutoff end, p_subjects;
  end loop;
end
$$;
comment on function nation.known is
  'What the registers of the provinces say of some entities on the cut-off day of a period, or today; here: it exists then, in a unit that exists then.';

drop function if exists nation.double_at(text, text, text, text[], bigint[], bigint[]);
create function nation.double_at(p_scheme text, p_period text, p_vintage text,
  p_codes text[], p_epochs bigint[], p_seqs bigint[])
returns table (vintage text, what text, key text, name text, province text, counted_in text,
  by text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
counted as materialized (
  select * from nation.counted(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs)),
vintage as (select distinct c.vintage from counted c where c.vintage is not null),
cutoff as (
  select a.code, a.cutoff
  from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a),
-- entities
twice as materialized (
  select c.vintage, c.subject, array_agg(distinct c.province collate "C") as provinces,
    array_agg(distinct c.province) filter (where not c.silent) as reported
  from counted c where c.subject <> ''
  group by c.vintage, c.subject having count(distinct c.province) > 1),
told as materialized (
  select k.* from nation.known(p_scheme, p_period, p_codes, p_epochs, p_seqs,
    coalesce((select array_agg(distinct t.subject) from twice t), '{}'), false) k),
own as materialized (select * from nation.own_map('infinity') m where m.kind <> 'province'),
entity_in as (
  select t.vintage, t.subject, p.province, coalesce(k.here, false) as here, k.name,
    p.province = any (coalesce(t.reported, '{}')) as says,
    -- both registers have it: the ministry's own map decides
    coalesce(k.here and exists (select from own m
      where m.unit = k.unit and m.province = p.province), false) as mapped
  from twice t
  cross join lateral unnest(t.provinces) p (province)
  left join told k on k.subject = t.subject and k.province = p.province),
-- units: the code is the nation's; what every province has of its own is not meant
unit_row as materialized (
  select u.*, u.unit_from <= c.cutoff and coalesce(u.valid_to, 'infinity') >= c.cutoff as here
  from nation.unit_on(p_codes, p_epochs, p_seqs, false) u
  join cutoff c on c.code = u.province
  where u.kind not in ('province', 'department', 'alliance')),
spoke as (
  select v.vintage, c.province, c.unit, bool_or(r.here) as here, bool_or(not c.due) as says,
    max(htx.name_key_place(r.name)) as name_key, max(r.name) as name
  from counted c
  join vintage v on v.vintage = coalesce(c.vintage, v.vintage)
  join unit_row r on r.province = c.province and r.unit = c.unit and r.unit_from = c.unit_from
  where c.subject = ''
  group by v.vintage, c.province, c.unit),
unit_in as (
  select s.*, exists (select from own m where m.unit = s.unit and m.province = s.province
    and s.here) as mapped
  from spoke s
  -- two units that live at the same time under two names share a code and nothing else
  where exists (select from spoke o where o.vintage = s.vintage and o.unit = s.unit
    and o.province <> s.province and (o.name_key = s.name_key or not (o.here and s.here)))),
candidate as (
  select vintage, 'entity' as what, subject as key, province, here, mapped, says, name
  from entity_in
  union all
  select vintage, 'unit', unit, province, here, mapped, says, name from unit_in),
-- who only is expected, or only an event of whom is known, takes nothing off a report
able as (
  select c.*, count(*) over w as n, count(*) filter (where c.here) over w as n_here
  from (select x.*, bool_or(x.says) over (partition by x.vintage, x.what, x.key) as told
    from candidate x) c
  where c.says or not c.told window w as (partition by c.vintage, c.what, c.key)),
best as (
  select distinct on (c.vintage, c.what, c.key) c.vintage, c.what, c.key, c.province,
    c.name, case when c.n = 1 then 'report' when c.mapped and c.n_here > 1 then 'map'
      when c.here and c.n_here = 1 then 'register' else 'code' end as by
  from able c
  order by c.vintage, c.what, c.key, c.here desc, c.mapped desc, c.province collate "C")
select c.vintage, c.what, c.key, coalesce(b.name, c.name, ''), c.province, b.province,
  b.by
from candidate c
join best b on b.vintage = c.vintage and b.what = c.what and b.key = c.key
where c.province <> b.province
order by c.vintage collate "C", c.what collate "C" desc, c.key collate "C", c.province collate "C"
$$;
comment on function nation.double_at is
  'Units and entities that count in several provinces for a period: where each is not counted (province) for the one where it is: the only one that has a report of it (report), that of the register on the cut-off day (register), of several the one that the ministry''s own map says (map), else the lowest code (code).';

-- Today's map by entity: only those that are not where the unit is that reported them.
drop function if exists nation.moved_at(text, text, text, text[], bigint[], bigint[]);
create function nation.moved_at(p_scheme text, p_period text, p_vintage text,
  p_codes text[], p_epochs bigint[], p_seqs bigint[])
returns table (province text, subject text, label text)
language plpgsql stable as $$
declare
  p record;
  several text[];
begin
  for p in
    select a.code, a.schema from nation.province_at('', '', p_codes, p_epochs, p_seqs) a
  loop
    several := several || format('select distinct subject from %I.entity', p.schema);
  end loop;
  execute format('select array_agg(subject) from (select subject from (%s) e
    group by subject having count(*) > 1) s', array_to_string(several, ' union all '))
    into several;
  return query
  with
  told as materialized (
    select * from nation.known(p_scheme, p_period, p_codes, p_epochs, p_seqs,
      coalesce(several, '{}'), true)),
  u as materialized (select * from nation.unit_on(p_codes, p_epochs, p_seqs, true)),
  here as (
    select t.subject, min(u.label) as label
    from told t join u on u.province = t.province and u.unit = t.unit
      and u.unit_from = t.unit_from
    where t.here group by t.subject having count(*) = 1)
  select c.code, h.subject, h.label
  from here h cross join unnest(p_codes) c (code)
  where not exists (select from told t where t.province = c.code and t.subject = h.subject
    and t.here);
  -- in the same register, but by its commune in another province than its unit
  for p in
    select a.*, m.units, m.froms, m.labels
    from nation.province_at('', '', p_codes, p_epochs, p_seqs) a
    join (
      select u.province, array_agg(u.unit) as units, array_agg(u.unit_from) as froms,
        array_agg(u.label) as labels
      from nation.unit_on(p_codes, p_epochs, p_seqs, true) u
      group by u.province having count(distinct u.label) > 1) m on m.province = a.code
  loop
    return query execute format($q$
      with l as materialized (
        select * from unnest($5, $6, $7) l (unit, unit_from, label))
      select distinct %1$L::text, h.subject, l.label
      from %2$I.home_at($1, $2) h
      join l on l.unit = h.unit and l.unit_from = h.unit_from
      where h.subject <> all ($8)
        and exists (select from %2$I.report r
          join l o on o.unit = r.unit and o.unit_from = r.unit_from and o.label <> l.label
          where r.scheme = $3 and r.period = $4 and r.subject = h.subject)
      $q$, p.code, p.schema)
      using p.epoch, p.seq, p_scheme, p_period, p.units, p.froms, p.labels,
        coalesce(several, '{}');
  end loop;
end
$$;
comment on function nation.moved_at is
  'Entities that a province reported and that are in another one today: by the only register in which they are, or by their home where the units of one province are in several today.';

-- ---- names -----------------------------------------------------------------------------------

drop function if exists nation.period_at(text[], bigint[], bigint[], text);
create function nation.period_at(p_codes text[], p_epochs bigint[], p_seqs bigint[],
  p_word text)
returns table (scheme text, code text, name_vi text, name_en text, cutoff date)
language plpgsql stable as $$
declare
  p record;
begin
  for p in select * from nation.province_at('', '', p_codes, p_epochs, p_seqs) loop
    return query execute format($q$
      select d.scheme, d.code, d.name_vi, d.name_en, d.cutoff
      from (
        select x.scheme, x.code, min(x.epoch) as epoch, min(x.seq) as seq from %1$I.period x
        where (x.code = $3 or x.scheme || ':' || x.code = $3)
          and (x.epoch, x.seq) <= ($1, $2)
        group by x.scheme, x.code) f,
      lateral %1$I.period_at(f.scheme, f.code, $1, $2) d
      order by f.epoch, f.seq limit 1
      $q$, p.schema) using p.epoch, p.seq, p_word;
    if found then
      return;
    end if;
  end loop;
end
$$;
comment on function nation.period_at is
  'The period that a word (2025-S1, nd09:2025-S1) means: by the first province that has it.';

drop function if exists nation.province_name(text);
create function nation.province_name(p_code text) returns text
language sql stable as $$
  select coalesce(
    (select p.name from nation.province p where p.code = p_code),
    (select u.name from htx.unit u where u.code = p_code and u.kind = 'province'
      order by u.valid_from desc, u.epoch desc, u.seq desc limit 1),
    p_code)
$$;
comment on function nation.province_name is
  'A province by the genesis that is pinned, else by the ministry''s own register of units.';
