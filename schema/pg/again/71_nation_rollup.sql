-- National totals: what the provinces give, less what counts twice.
-- Run again at every migrate; nothing here holds data.

-- Sectors add up to the whole of the nation, also where a province divides nothing.
drop function if exists nation.divided(text, text, text, text[], bigint[], bigint[], boolean);
create function nation.divided(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_sector boolean) returns integer[]
language plpgsql stable as $$
declare
  p record;
  one integer[];
  every integer[] := '{}';
begin
  if not p_by_sector then
    return every;
  end if;
  for p in
    select * from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    where a.catalogue is not null and a.cutoff is not null
  loop
    execute format($q$
      select array_agg(distinct k.indicator)
      from %I.rollup_kept($1, $2, $3, $4, $5, $6, false, true) k
      where k.kept and k.numerator is not null and k.sector not in ('', 'undivided')
      $q$, p.schema)
      into one using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue;
    every := every || one;
  end loop;
  return array(select distinct x from unnest(every) x order by x);
end
$$;
comment on function nation.divided is
  'Indicators that some province divides by sector: what the others give of them stands there undivided.';

-- Figures by the province they stand under; a row for each source and basis.
drop function if exists nation.figure(text, text, text, text[], bigint[], bigint[], boolean,
  boolean);
create function nation.figure(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_sector boolean, p_as_is boolean)
returns table (province text, label text, vintage text, indicator integer, sector text,
  b1 text, b2 text, source text, basis text, numerator numeric, denominator numeric,
  given bigint, units bigint, entities bigint, entities_due numeric, nil bigint, not_available bigint,
  refused bigint, missing bigint, approximate bigint)
language plpgsql stable as $$
declare
  p record;
  divided integer[] := nation.divided(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs,
    p_by_sector);
begin
  for p in
    select a.*, m.units, m.froms, m.labels
    from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    left join (
      select u.province, array_agg(u.unit) as units, array_agg(u.unit_from) as froms,
        array_agg(u.label) as labels
      from nation.unit_on(p_codes, p_epochs, p_seqs, true) u where p_as_is
      group by u.province) m on m.province = a.code
    where a.catalogue is not null and a.cutoff is not null
  loop
    return query execute format($q$
      with
      label as materialized (
        select * from unnest($8, $9, $10) l (unit, unit_from, label)),
      kept as materialized (
        select k.*, coalesce(l.label, %1$L) as label
        from %2$I.rollup_kept($1, $2, $3, $4, $5, $6, false, $7, false, null, $11) k
        left join label l on l.unit = k.unit and l.unit_from = k.unit_from
        where k.kept and k.indicator < 100000),
      sec as (
        select b.code, case when b.parent = '' then b.code else b.parent end as top
        from %2$I.cat_breakdown b where b.version = $6 and b.dim = 'sector'),
      due as materialized (
        select e.unit, e.unit_from, case when $7 then coalesce(s.top, 'unknown') else '' end
          as sector, count(*) as n
        from %2$I.entity_expected($1, $2, $3, $4, $5) e
        left join sec s on s.code = e.sector group by 1, 2, 3),
      -- the register's word on a unit is not the unit's: events make nobody a reporter
      asked as materialized (
        select distinct k.vintage, k.unit, k.unit_from from kept k where k.source <> 'event'
        union
        select v.vintage, m.code, m.valid_from
        from (select distinct k.vintage from kept k) v
        cross join %2$I.unit_expected($1, $2, $4, $5) m
        where not exists (
          select from %2$I.unit_silent($1, $2, $3, $4, $5) s
          where s.vintage = v.vintage and s.unit = m.code and s.unit_from = m.valid_from)),
      -- one row a unit: its sectors and breakdowns apart
      told as (
        select k.*, a.unit is not null as is_asked, d.n as due
        from kept k
        left join asked a on a.vintage = k.vintage and a.unit = k.unit
          and a.unit_from = k.unit_from
        left join due d on k.source = 'entity' and k.numerator is not null
          and d.unit = k.unit and d.unit_from = k.unit_from and d.sector = k.sector)
      select %1$L::text, k.label, k.vintage, k.indicator, k.sector, k.b1, k.b2, k.source,
        k.basis,
        sum(k.numerator) filter (where k.op not in ('wmean', 'ratio')
          or k.denominator is not null),
        sum(k.denominator) filter (where k.numerator is not null),
        count(distinct (k.unit, k.unit_from)) filter (where k.numerator is not null),
        count(distinct (k.unit, k.unit_from)) filter (where k.numerator is not null
          and (k.source <> 'event' or k.is_asked)),
        coalesce(sum(k.reported) filter (where k.source = 'entity'), 0)::bigint,
        sum(k.due), sum(k.nil)::bigint, sum(k.not_available)::bigint,
        sum(k.refused)::bigint, sum(k.missing)::bigint, sum(k.approximate)::bigint
      from told k
      group by k.label, k.vintage, k.indicator, k.sector, k.b1, k.b2, k.source, k.basis
      $q$, p.code, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue, p_by_sector,
        coalesce(p.units, '{}'), coalesce(p.froms, '{}'), coalesce(p.labels, '{}'), divided;
  end loop;
end
$$;
comment on function nation.figure is
  'What each province gives to the totals of a period, by the province it stands under (label: its own, or with p_as_is that of each unit on today''s map), source and basis. entities_due: expected of the units whose figure comes from entity reports.';

-- ---- what counts twice is taken off ----------------------------------------------------------

drop function if exists nation.stating(text, text, text, text[], bigint[], bigint[], text[],
  text[], text[]);
create function nation.stating(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_vintages text[], p_units text[], p_in text[])
returns table (vintage text, unit text, indicator integer, source text)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select a.*, w.vintages, w.units
    from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    join (
      select d.province, array_agg(d.vintage) as vintages, array_agg(d.unit) as units
      from unnest(p_vintages, p_units, p_in) d (vintage, unit, province)
      group by d.province) w on w.province = a.code
  loop
    return query execute format($q$
      select distinct k.vintage, k.unit, k.indicator, k.source
      from %I.rollup_kept($1, $2, $3, $4, $5, $6, false, false) k
      join (select distinct * from unnest($7, $8) d (vintage, unit)) d
        on d.vintage = k.vintage and d.unit = k.unit
      where k.kept and k.numerator is not null
      $q$, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue, p.vintages, p.units;
  end loop;
end
$$;
comment on function nation.stating is
  'Of units that count in several provinces: from which source each indicator comes in the one where the unit counts.';

drop function if exists nation.taken(text, text, text, text[], bigint[], bigint[], boolean,
  boolean);
create function nation.taken(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_sector boolean, p_as_is boolean)
returns table (vintage text, what text, key text, name text, province text,
  counted_in text, by text, unit text, unit_from date, label text, source text,
  indicator integer, sector text, b1 text, b2 text, numerator numeric, denominator numeric,
  given bigint, units bigint, entities bigint, nil bigint, not_available bigint,
  refused bigint, missing bigint, approximate bigint)
language plpgsql stable as $$
declare
  p record;
  divided integer[] := nation.divided(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs,
    p_by_sector);
begin
  for p in
    with
    d as materialized (
      select x.vintage, x.what, x.key, x.name, x.province, x.counted_in, x.by
      from nation.double_at(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs) x
      union all
      select 'moved', 'moved', m.subject, '', m.province, m.label, 'moved'
      from nation.moved_at(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs) m
      where p_as_is),
    s as materialized (
      select x.* from (
        select array_agg(d.vintage) as v, array_agg(d.key) as k, array_agg(d.counted_in) as c
        from d where d.what = 'unit') a
      cross join lateral nation.stating(p_scheme, p_period, p_vintage, p_codes, p_epochs,
        p_seqs, a.v, a.k, a.c) x)
    select a.*, e.vintages, e.whats, e.keys, e.names, e.ins, e.bys, l.units, l.froms, l.labels,
      (select array_agg(s.vintage order by s.vintage, s.unit, s.indicator, s.source) from s)
        as stating_vintages,
      (select array_agg(s.unit order by s.vintage, s.unit, s.indicator, s.source) from s)
        as stating_units,
      (select array_agg(s.indicator order by s.vintage, s.unit, s.indicator, s.source) from s)
        as stating_indicators,
      (select array_agg(s.source order by s.vintage, s.unit, s.indicator, s.source) from s)
        as stating_sources
    from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    join (
      select d.province, array_agg(d.vintage) as vintages, array_agg(d.what) as whats,
        array_agg(d.key) as keys, array_agg(d.name) as names, array_agg(d.counted_in) as ins,
        array_agg(d.by) as bys
      from d group by d.province) e on e.province = a.code
    join (
      select u.province, array_agg(u.unit) as units, array_agg(u.unit_from) as froms,
        array_agg(u.label) as labels
      from nation.unit_on(p_codes, p_epochs, p_seqs, p_as_is) u
      group by u.province) l on l.province = a.code
    where a.catalogue is not null
  loop
    return query execute format($q$
      with
      ind as (
        select i.no, i.op, i.num, i.den, i.code from %2$I.cat_indicator i
        where i.version = $6 and i.no < 100000),
      d as materialized (
        select * from unnest($8, $9, $10, $11, $12, $13)
          d (vintage, what, key, name, counted_in, by)),
      -- who counts twice need not be moved
      who as materialized (
        select * from d where d.what = 'entity' or (d.what = 'moved' and not exists (
          select from d o where o.what = 'entity' and o.key = d.key))),
      s as materialized (
        select * from unnest($14, $15, $16, $17) s (vintage, unit, indicator, source)),
      label as (select * from unnest($18, $19, $20) l (unit, unit_from, label)),
      kept as materialized (
        select k.*
        from %2$I.rollup_kept($1, $2, $3, $4, $5, $6, false, $7, false, null, $21) k
        where k.kept and k.indicator < 100000),
      each as materialized (
        select e.* from %2$I.rollup_part($1, $2, $3, $4, $5, $6, true, null,
          (select array_agg(distinct w.key) from who w)) e
        where e.source = 'entity' and e.who <> ''
        union all
        select e.* from %2$I.rollup_event($1, $2, $3, $4, $5, $6, true, null) e
        where e.who in (select w.key from who w)),
      side as (
        select i.no, n.no as indicator, split_part(w, ':', 2) as within
        from ind i cross join unnest(string_to_array(i.num, ',')) w
        join ind n on n.code = split_part(w, ':', 1)
        where i.op = 'ratio'),
      -- a ratio is its unit's: an entity gives what its cells add to either side
      ratio as (
        select k.vintage, k.unit, k.unit_from, k.source, k.indicator, k.sector, e.who,
          sum(e.numerator) filter (where e.indicator = s.indicator
            and e.sector = case when s.within <> '' then s.within else k.sector end) as num,
          max(e.numerator) filter (where e.indicator = b.no
            and e.sector = case when i.den like '%%:all' then '' else k.sector end) as den,
          bool_or(i.den like '%%:all') as whole
        from kept k
        join ind i on i.no = k.indicator and i.op = 'ratio'
        join side s on s.no = i.no
        join ind b on b.code = split_part(i.den, ':', 1)
        join each e on e.vintage = k.vintage and e.unit = k.unit
          and e.unit_from = k.unit_from and e.source = k.source and e.b1 = '' and e.b2 = ''
          and e.indicator in (s.indicator, b.no)
        where k.source = 'entity' and k.numerator is not null
        group by k.vintage, k.unit, k.unit_from, k.source, k.indicator, k.sector, e.who),
      gives as (
        select e.vintage, e.who, e.unit, e.unit_from, e.source, e.indicator, e.sector, e.b1,
          e.b2, case when k.op <> 'wmean' or e.denominator is not null then e.numerator end
            as numerator, case when e.numerator is not null then e.denominator end
            as denominator, e.reported, e.nil, e.not_available, e.refused, e.missing,
          e.approximate
        from each e
        join kept k on k.vintage = e.vintage and k.unit = e.unit
          and k.unit_from = e.unit_from and k.source = e.source
          and k.indicator = e.indicator and k.sector = e.sector and k.b1 = e.b1
          and k.b2 = e.b2
        union all
        select r.vintage, r.who, r.unit, r.unit_from, r.source, r.indicator, r.sector, '', '',
          coalesce(r.num, 0), coalesce(r.den, 0),
          (case when r.whole then r.num else r.den end is not null)::int, 0, 0, 0, 0, 0
        from ratio r where r.num is not null or r.den is not null),
      taken as (
        select g.vintage, w.what, w.key, w.name, w.counted_in, w.by, g.unit, g.unit_from,
          g.source, g.indicator, g.sector, g.b1, g.b2, g.numerator, g.denominator,
          0::bigint as given, 0::bigint as units,
          case when g.source = 'entity' then coalesce(g.reported, 0) else 0 end as entities,
          coalesce(g.nil, 0) as nil, coalesce(g.not_available, 0) as not_available,
          coalesce(g.refused, 0) as refused, coalesce(g.missing, 0) as missing,
          coalesce(g.approximate, 0) as approximate
        from gives g
        join who w on w.key = g.who and w.vintage in (g.vintage, 'moved')
        -- taken off with its unit
        where w.what = 'moved' or not exists (
          select from d u join s on s.vintage = u.vintage and s.unit = u.key
          where u.what = 'unit' and u.vintage = g.vintage and u.key = g.unit
            and s.indicator = g.indicator and s.source = 'statement')
        union all
        select k.vintage, u.what, u.key, u.name, u.counted_in, u.by, k.unit, k.unit_from,
          k.source, k.indicator, k.sector, k.b1, k.b2,
          case when x.whole and (k.op not in ('wmean', 'ratio') or k.denominator is not null)
            then k.numerator end,
          case when x.whole and k.numerator is not null then k.denominator end,
          (x.whole and k.numerator is not null)::int, (k.numerator is not null)::int,
          case when x.whole and k.source = 'entity' then k.reported else 0 end,
          case when x.whole then k.nil else 0 end,
          case when x.whole then k.not_available else 0 end,
          case when x.whole then k.refused else 0 end,
          case when x.whole then k.missing else 0 end,
          case when x.whole then k.approximate else 0 end
        from kept k
        join d u on u.what = 'unit' and u.vintage = k.vintage and u.key = k.unit
        cross join lateral (
          select k.source = 'statement' or (k.source = 'entity' and exists (
            select from s where s.vintage = k.vintage and s.unit = k.unit
              and s.indicator = k.indicator and s.source = 'statement')) as whole) x
        where x.whole or (k.source = 'entity' and exists (
          select from s where s.vintage = k.vintage and s.unit = k.unit
            and s.indicator = k.indicator)))
      select t.vintage, t.what, t.key, t.name, %1$L::text, t.counted_in, t.by, t.unit,
        t.unit_from, coalesce(l.label, %1$L), t.source, t.indicator, t.sector, t.b1, t.b2,
        t.numerator, t.denominator, t.given, t.units::bigint, t.entities, t.nil,
        t.not_available, t.refused, t.missing, t.approximate
      from taken t
      left join label l on l.unit = t.unit and l.unit_from = t.unit_from
      where t.what <> 'moved' or coalesce(l.label, %1$L) <> t.counted_in
      union all
      -- counts twice, and takes nothing off: its figures come from a statement, say
      select d.vintage, d.what, d.key, d.name, %1$L, d.counted_in, d.by, '', null, %1$L, '',
        null, '', '', '', null, null, 0, 0, 0, 0, 0, 0, 0, 0
      from d where d.what <> 'moved' and not exists (
        select from taken t where t.vintage = d.vintage and t.what = d.what and t.key = d.key)
      $q$, p.code, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue, p_by_sector,
        p.vintages, p.whats, p.keys, p.names, p.ins, p.bys, p.stating_vintages,
        p.stating_units, p.stating_indicators, p.stating_sources, p.units, p.froms, p.labels,
        divided;
  end loop;
end
$$;
comment on function nation.taken is
  'What units and entities that count twice take off each figure of the province where they do not count (double_at); what = moved, with p_as_is: what an entity takes with it from label to the province counted_in of today''s map.';

-- ---- totals ----------------------------------------------------------------------------------

drop function if exists nation.expected(text, text, text, text[], bigint[], bigint[], boolean,
  boolean);
create function nation.expected(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_sector boolean, p_as_is boolean)
returns table (province text, label text, subject text, sector text)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select a.*, m.units, m.froms, m.labels
    from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs) a
    left join (
      select u.province, array_agg(u.unit) as units, array_agg(u.unit_from) as froms,
        array_agg(u.label) as labels
      from nation.unit_on(p_codes, p_epochs, p_seqs, true) u where p_as_is
      group by u.province) m on m.province = a.code
    where a.catalogue is not null and a.cutoff is not null
  loop
    return query execute format($q$
      select %1$L::text, coalesce(l.label, %1$L), e.subject,
        case when $7 then coalesce(nullif(b.parent, ''), b.code, 'unknown') else '' end
      from %2$I.entity_expected($1, $2, $3, $4, $5) e
      left join unnest($8, $9, $10) l (unit, unit_from, label)
        on l.unit = e.unit and l.unit_from = e.unit_from
      left join %2$I.cat_breakdown b on b.version = $6 and b.dim = 'sector'
        and b.code = e.sector
      $q$, p.code, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.catalogue, p_by_sector,
        coalesce(p.units, '{}'), coalesce(p.froms, '{}'), coalesce(p.labels, '{}');
  end loop;
end
$$;
comment on function nation.expected is
  'Entities that are expected to report, in every province that expects them.';

drop function if exists nation.rollup(text, text, text, text[], bigint[], bigint[], boolean,
  boolean, boolean);
create function nation.rollup(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_province boolean, p_by_sector boolean,
  p_as_is boolean)
returns table (
  unit text, unit_from date, vintage text, indicator text, no integer, ord integer,
  b1 text, b2 text, value numeric, numerator numeric, denominator numeric, measure text,
  decimals integer, basis text, source text, stated numeric,
  reported bigint, expected bigint,
  units_reported bigint, units_expected bigint,
  entities_reported bigint, entities_expected bigint,
  units_statement bigint, units_entity bigint,
  nil bigint, not_available bigint, refused bigint, missing bigint, approximate bigint)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
ind as materialized (
  select distinct on (i.no) i.*
  from nation.indicator_at(p_codes, p_epochs, p_seqs) i
  order by i.no, i.catalogue desc, i.province collate "C"),
-- provinces as they reported overlap; the nation, and provinces on one map, do not
net as (select not p_by_province or p_as_is as is_net),
part as materialized (
  select * from nation.figure(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs,
    p_by_sector, p_as_is and p_by_province)),
taken as materialized (
  select t.* from net cross join lateral nation.taken(p_scheme, p_period, p_vintage, p_codes,
    p_epochs, p_seqs, p_by_sector, p_as_is and p_by_province) t
  where net.is_net),
listed as materialized (
  select e.province, case when p_by_province then e.label else '' end as label, e.subject,
    e.sector
  from nation.expected(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs, p_by_sector,
    p_as_is and p_by_province) e),
-- an entity that several registers have is expected where it counts, else in the first
listed_once as (
  select distinct on (x.subject, case when x.subject = '' or not n.is_net then x.province end)
    x.label, x.sector
  from (
    select l.*, exists (select from taken t where t.what = 'entity' and t.key = l.subject
      and t.province = l.province) as lost from listed l) x
  cross join net n
  order by x.subject, case when x.subject = '' or not n.is_net then x.province end,
    x.lost, x.province collate "C"),
expect as (
  select l.label, l.sector, count(*) as n from listed_once l group by l.label, l.sector),
known as (select distinct l.province, l.sector from listed l),
row as (
  select case when p_by_province then p.label else '' end as label, p.vintage, p.indicator,
    p.sector, p.b1, p.b2, p.source, p.basis, p.numerator, p.denominator, p.given, p.units,
    p.entities, p.entities_due as due, p.source = 'entity' and p.entities > 0
      and (p.province, p.sector) not in (select k.province, k.sector from known k)
      as unlisted, p.nil, p.not_available, p.refused, p.missing, p.approximate
  from part p
  union all
  select case when p_by_province then t.label else '' end, t.vintage, t.indicator, t.sector,
    t.b1, t.b2, t.source, null, -t.numerator, -t.denominator, -t.given, -t.units,
    -t.entities, null, false, -t.nil, -t.not_available, -t.refused, -t.missing,
    -t.approximate
  from taken t where t.indicator is not null
  union all
  select t.counted_in, t.vintage, t.indicator, t.sector, t.b1, t.b2, t.source, 'reported',
    t.numerator, t.denominator, (t.numerator is not null)::int, 0, t.entities, null, false,
    t.nil, t.not_available, t.refused, t.missing, t.approximate
  from taken t where t.what = 'moved' and t.indicator is not null),
from_source as (
  select r.label, r.vintage, r.indicator, r.sector, r.b1, r.b2, r.source,
    case when count(distinct r.basis) > 1 then 'mixed' else max(r.basis) end as basis,
    sum(r.numerator) as numerator, sum(r.denominator) as denominator, sum(r.given) as given,
    coalesce(sum(r.given) filter (where r.given > 0), 0) as gave,
    sum(r.units) as units, sum(r.entities) as entities, sum(r.due) as due,
    bool_or(r.unlisted) as unlisted, sum(r.nil) as nil, sum(r.not_available) as na,
    sum(r.refused) as refused, sum(r.missing) as missing, sum(r.approximate) as approx
  from row r
  group by r.label, r.vintage, r.indicator, r.sector, r.b1, r.b2, r.source),
total as (
  select s.label, s.vintage, s.indicator, s.sector, s.b1, s.b2, sum(s.given) as given,
    sum(s.numerator) as numerator, sum(s.denominator) as denominator,
    case when count(distinct s.basis) > 1 then 'mixed' else max(s.basis) end as basis,
    case when count(distinct s.source) > 1 then 'mixed' else max(s.source) end as source,
    sum(s.units) as units,
    coalesce(sum(s.units) filter (where s.source = 'statement'), 0) as units_statement,
    coalesce(sum(s.given) filter (where s.source = 'entity'), 0) as units_entity,
    coalesce(sum(s.entities), 0) as entities, sum(s.due) as due,
    bool_or(s.unlisted) as unlisted, sum(s.nil) as nil, sum(s.na) as na,
    sum(s.refused) as refused, sum(s.missing) as missing, sum(s.approx) as approx
  from from_source s
  where s.given > 0 or s.gave = 0 -- else all of it was taken off
  group by s.label, s.vintage, s.indicator, s.sector, s.b1, s.b2),
-- who must report, has reported besides, or said that there is nothing
unit as materialized (
  select * from nation.unit_on(p_codes, p_epochs, p_seqs, p_as_is and p_by_province)),
asked as materialized (
  select v.vintage, case when p_by_province then u.label else '' end as label, c.province,
    c.unit, c.unit_from, bool_or(c.silent) and not bool_or(not c.due and not c.silent)
      as silent
  from nation.counted(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs) c
  join (select distinct p.vintage from part p) v
    on v.vintage = coalesce(c.vintage, v.vintage)
  join unit u on u.province = c.province and u.unit = c.unit and u.unit_from = c.unit_from
  cross join net n
  where c.subject = '' and not (n.is_net and exists (
    select from taken t where t.what = 'unit' and t.vintage = v.vintage
      and t.key = c.unit and t.province = c.province))
  group by 1, 2, c.province, c.unit, c.unit_from),
due as (
  select a.vintage, a.label, count(*) as n, count(*) filter (where a.silent) as silent
  from asked a group by a.vintage, a.label)
select t.label, null::date, t.vintage, i.code, i.no, i.ord,
  case when p_by_sector then t.sector else t.b1 end, t.b2,
  trim_scale(case
    when i.op = 'wmean' then htx.quotient(t.numerator, t.denominator, i.decimals)
    when i.op = 'ratio' then htx.quotient(t.numerator
      * case when i.unit_vi like '\%%' then 100 else 1 end, t.denominator, i.decimals)
    else t.numerator end),
  case when i.op in ('wmean', 'ratio') then trim_scale(t.numerator) end,
  case when i.op in ('wmean', 'ratio') then trim_scale(t.denominator) end,
  i.unit_vi, i.decimals, t.basis, t.source, null::numeric,
  case when t.source = 'entity' then t.entities else t.units + coalesce(d.silent, 0) end::bigint,
  case when t.source <> 'entity' then coalesce(d.n, 0)
    when not t.unlisted then e.n end::bigint,
  (t.units + coalesce(d.silent, 0))::bigint, coalesce(d.n, 0),
  t.entities::bigint,
  case when t.unlisted then null when t.source = 'mixed' then t.due else e.n end::bigint,
  t.units_statement::bigint, t.units_entity::bigint, t.nil::bigint, t.na::bigint,
  t.refused::bigint, t.missing::bigint, t.approx::bigint
from total t
join ind i on i.no = t.indicator
left join due d on d.vintage = t.vintage and d.label = t.label
left join expect e on e.label = t.label and e.sector = t.sector
where t.numerator is not null or t.na > 0 or t.refused > 0
order by t.label collate "C", t.vintage collate "C", i.code collate "C",
  case when p_by_sector then t.sector else t.b1 end collate "C", t.b2 collate "C"
$$;
comment on function nation.rollup is
  'Totals of a period over the provinces of a vector, in the columns of htx.rollup: of the nation, or by province (unit): as they reported (overlaps stand in both) or on today''s map (p_as_is), where, as in the nation, nobody counts twice. Indicators are named by the newest catalogue among them.';

drop function if exists nation.overlap(text, text, text, text[], bigint[], bigint[], boolean);
create function nation.overlap(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[], p_by_sector boolean)
returns table (vintage text, what text, key text, name text, province text, counted_in text,
  by text, indicator text, ord integer, b1 text, b2 text, value numeric, numerator numeric,
  denominator numeric, measure text, entities bigint)
language sql stable
set work_mem = '64MB' as $$
with
ind as materialized (
  select distinct on (i.no) i.*
  from nation.indicator_at(p_codes, p_epochs, p_seqs) i
  order by i.no, i.catalogue desc, i.province collate "C")
select t.vintage, t.what, t.key, t.name, t.province, t.counted_in, t.by, i.code, i.ord,
  case when p_by_sector then t.sector else t.b1 end, t.b2,
  case when i.op not in ('wmean', 'ratio') then trim_scale(sum(t.numerator)) end,
  case when i.op in ('wmean', 'ratio') then trim_scale(sum(t.numerator)) end,
  case when i.op in ('wmean', 'ratio') then trim_scale(sum(t.denominator)) end,
  i.unit_vi, sum(t.entities)::bigint
from nation.taken(p_scheme, p_period, p_vintage, p_codes, p_epochs, p_seqs, p_by_sector,
  false) t
left join ind i on i.no = t.indicator
where t.indicator is null or t.numerator is not null or t.units > 0
group by t.vintage, t.what, t.key, t.name, t.province, t.counted_in, t.by, i.code, i.ord,
  i.op, i.unit_vi, case when p_by_sector then t.sector else t.b1 end, t.b2
order by t.vintage collate "C", t.what collate "C" desc, t.key collate "C",
  t.province collate "C", i.code collate "C",
  case when p_by_sector then t.sector else t.b1 end collate "C", t.b2 collate "C"
$$;
comment on function nation.overlap is
  'Who counts in several provinces, and what that takes off the sum of the provinces in each figure: nation = sum of the provinces - these. indicator null: nothing, its figures do not come from there.';

-- For extracts: the provinces as the units of the nation.
drop function if exists nation.status(text, text, text, text[], bigint[], bigint[]);
create function nation.status(p_scheme text, p_period text, p_vintage text, p_codes text[],
  p_epochs bigint[], p_seqs bigint[])
returns table (code text, name text, due bigint, sent bigint, nothing bigint, closed integer,
  published integer, issued text, reports bigint, held bigint)
language plpgsql stable as $$
declare
  p record;
begin
  for p in
    select * from nation.province_at(p_scheme, p_period, p_codes, p_epochs, p_seqs)
  loop
    if p.catalogue is null or p.cutoff is null then
      return query select p.code, p.name, null::bigint, 0::bigint, 0::bigint, null::integer,
        null::integer, '', 0::bigint, 0::bigint;
      continue;
    end if;
    return query execute format($q$
      with
      s as materialized (
        select * from %2$I.status_at($1, $2, $3, $4, $5))
      select %1$L::text, $6, (select count(*) from s where s.expected),
        (select count(*) from s where s.expected and s.state in ('sent', 'partly')),
        (select count(*) from s where s.expected and s.state = 'nothing'),
        (select max(x.number) from %2$I.seal x where x.scheme = $1 and x.period = $2
          and x.vintage = $3 and x.act = 'close' and (x.epoch, x.seq) <= ($4, $5)
          and not exists (select from %2$I.seal r where r.scheme = $1 and r.period = $2
            and r.vintage = $3 and r.act = 'reopen' and r.number = x.number
            and (r.epoch, r.seq) <= ($4, $5))),
        (select max(x.number) from %2$I.publication x where x.scheme = $1 and x.period = $2
          and x.vintage = $3 and (x.epoch, x.seq) <= ($4, $5)),
        coalesce((select x.paper_number || ' (' || htx.day_vi(x.paper_date) || ')'
          from %2$I.seal x where x.scheme = $1 and x.period = $2 and x.vintage = $3
            and x.act = 'issue' and (x.epoch, x.seq) <= ($4, $5)
          order by x.epoch desc, x.seq desc limit 1), ''),
        (select coalesce(sum(s.rows), 0)::bigint from s),
        (select coalesce(sum(s.held), 0)::bigint from s)
      $q$, p.code, p.schema)
      using p_scheme, p_period, p_vintage, p.epoch, p.seq, p.name;
  end loop;
end
$$;
comment on function nation.status is
  'How far each province is with a period and vintage: units that must report, have sent, have nothing to report; the closing in force, the newest publication and its paper. due null: the province does not have the period.';
