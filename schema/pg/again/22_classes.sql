-- Organisations by class: size, grade. Run again at every migrate.

-- Three-valued: true, false, or null where it is not known.
create or replace function htx.compares(op text, a numeric, b numeric) returns boolean
language sql immutable as $$
  select case op when '>=' then a >= b when '>' then a > b when '<=' then a <= b
    when '<' then a < b end
$$;
comment on function htx.compares is 'a OP b; null where a or b is not known.';

drop function if exists htx.class_at(text, text, text, bigint, bigint, text);
create function htx.class_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_set text)
returns table (
  vintage text, unit text, unit_from date, subject text, name text, sector text,
  set text, class text, verified boolean, reason text, lacking text)
language sql stable
set work_mem = '64MB' set jit = off as $$
with
per as (
  select p.kind, p.cutoff, htx.catalogue_at(p_epoch, p_seq) as version
  from htx.period_at(p_scheme, p_period, p_epoch, p_seq) p),
line as materialized (
  select c.ord, c.set, c.class, c.sectors, c.verified, c.conditions::jsonb as conditions
  from htx.cat_class c join per on per.version = c.version
  where (c.valid_from is null or c.valid_from <= per.cutoff)
    and (c.valid_to is null or c.valid_to >= per.cutoff)
    -- "size" is size, size_member, size_capital
    and (p_set is null or c.set = p_set or starts_with(c.set, p_set || '_'))),
raw as materialized (
  select r.*, f.rank from htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.cat_form f on f.form = r.form and f.version = r.form_version
  where r.kind = 'htx' and exists (select from line)),
-- who is counted: the lists say, other forms speak of some of them
who as materialized (
  select distinct on (r.vintage, r.subject, case when r.subject = '' then r.hash end)
    r.vintage, r.unit, r.unit_from, r.subject, r.name, r.state,
    coalesce(nullif(r.subject, ''), r.hash::text) as key,
    coalesce(case when s.parent = '' then s.code else s.parent end, '') as sector
  from raw r
  left join per on true
  left join htx.cat_breakdown s on s.version = per.version and s.dim = 'sector'
    and s.code = r.sector
  where r.rank = 0
  order by r.vintage, r.subject, case when r.subject = '' then r.hash end, r.form),
wanted as (
  select distinct (a ->> 'i')::integer as indicator
  from line l, jsonb_array_elements(l.conditions) c, jsonb_array_elements(c) a
  where l.conditions <> 'null' and a ? 'i'),
-- of two forms that say one figure the lower rank counts, blanks last
figure as materialized (
  select distinct on (f.vintage, f.key, f.indicator) f.vintage, f.key, f.indicator,
    case f.mark when 'v' then f.value when '-' then 0 end as value
  from (
    select r.vintage, coalesce(nullif(r.subject, ''), r.hash::text) as key, r.rank, r.form,
      c.indicator, r.value[c.pos] as value,
      coalesce(nullif(substr(r.mark, c.pos, 1), ''), ' ') as mark
    from raw r join htx.cat_cell c on c.form = r.form and c.version = r.form_version
    where c.b1 = '' and c.b2 = '' and c.indicator in (select indicator from wanted)
    union all
    select r.vintage, coalesce(nullif(r.subject, ''), r.hash::text), r.rank, r.form,
      x.indicator, x.value, x.mark::text
    from raw r join htx.report_cell x on x.epoch = r.epoch and x.seq = r.seq
    where x.cell is null and x.b1 = '' and x.b2 = ''
      and x.indicator in (select indicator from wanted)) f
  order by f.vintage, f.key, f.indicator, f.mark = ' ', f.rank, f.form),
age as (
  select e.subject, (extract(year from a) * 12 + extract(month from a))::integer as months
  from per, htx.entity_fact_at(p_epoch, p_seq, per.cutoff) e, age(per.cutoff, e.founded) a
  where e.founded is not null
    and exists (select from line where conditions @? '$[*][*] ? (@.f == "age_months")')),
alternative as (
  select l.ord, c.n as clause, a.value as a
  from line l, jsonb_array_elements(case when l.conditions <> 'null' then l.conditions
      else '[]' end) with ordinality as c (value, n),
    jsonb_array_elements(c.value) a),
judged as (
  select w.vintage, w.key, a.ord, a.clause, i.code,
    case
      when a.a ->> 'f' = 'state' then w.state = a.a ->> 'w'
      -- a fact that nobody knows does not hold
      when a.a ? 'f' then coalesce(htx.compares(a.a ->> 'op', g.months,
        (a.a ->> 'v')::numeric), false)
      -- what arose in part of a year is less than the year's
      when i.type = 'flow' and per.kind <> 'year' then nullif(
        htx.compares(a.a ->> 'op', f.value, (a.a ->> 'v')::numeric),
        (a.a ->> 'op') not in ('>=', '>'))
      else htx.compares(a.a ->> 'op', f.value, (a.a ->> 'v')::numeric) end as holds,
    f.value is not null as given
  from who w cross join per
  join line l on '*' = any (l.sectors) or w.sector = any (l.sectors)
  join alternative a on a.ord = l.ord
  left join htx.cat_indicator i on i.version = per.version and i.no = (a.a ->> 'i')::integer
  left join figure f on f.vintage = w.vintage and f.key = w.key
    and f.indicator = (a.a ->> 'i')::integer
  left join age g on g.subject = w.subject),
clause as (
  select vintage, key, ord, clause,
    case when bool_or(holds) then true when bool_or(holds is null) then null else false end
      as holds,
    string_agg(code, ' ' order by code collate "C") filter (where holds is null and not given)
      as lacking
  from judged group by vintage, key, ord, clause),
row_holds as (
  select vintage, key, ord,
    case when bool_or(not holds) then false when bool_or(holds is null) then null
      else true end as holds,
    string_agg(distinct lacking, ' ') filter (where holds is null) as lacking
  from clause group by vintage, key, ord),
-- the first line that does not fail
found as (
  select distinct on (w.vintage, w.key, l.set) w.vintage, w.key, l.set, l.class, l.verified,
    l.conditions <> 'null' and coalesce(h.holds, h.key is null) as holds,
    l.conditions = 'null' as open, h.lacking
  from who w
  join line l on '*' = any (l.sectors) or w.sector = any (l.sectors)
  left join row_holds h on h.vintage = w.vintage and h.key = w.key and h.ord = l.ord
  where h.holds is distinct from false or h.key is null
  order by w.vintage, w.key, l.set, l.ord),
sets as (select distinct l.set from line l)
select w.vintage, w.unit, w.unit_from, w.subject, w.name, w.sector, s.set,
  case when f.holds then f.class end, f.verified,
  case when f.holds then ''
    when f.key is null then case when w.sector = '' then 'sector' else 'none' end
    when f.open then 'no_threshold'
    when f.lacking is not null then 'missing'
    else 'part_of_year' end,
  case when f.holds then '' else coalesce(f.lacking, '') end
from who w cross join sets s
left join found f on f.vintage = w.vintage and f.key = w.key and f.set = s.set
order by w.vintage collate "C", w.unit collate "C", w.unit_from, w.key collate "C",
  s.set collate "C"
$$;
comment on function htx.class_at is
  'The class of every cooperative that a list of the period counts, by the rule sets in force on its cut-off (p_set null: all; size: also size_member ...). No class: reason missing (a figure: lacking), part_of_year (a flow below the threshold in part of a year), no_threshold (nobody wrote it down), sector (not known), none.';

drop function if exists htx.class_count(text, text, text, bigint, bigint, text, boolean,
  boolean);
create function htx.class_count(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_set text, p_by_unit boolean, p_by_sector boolean)
returns table (
  vintage text, unit text, unit_from date, sector text, set text, class text,
  verified boolean, reason text, lacking text, n bigint, classed bigint, entities bigint)
language sql stable
set work_mem = '64MB' set jit = off as $$
with
one as materialized (
  select c.vintage, case when p_by_unit then c.unit else '' end as unit,
    case when p_by_unit then c.unit_from end as unit_from,
    c.sector, c.set, coalesce(c.class, '') as class, c.verified, c.reason, c.lacking
  from htx.class_at(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_set) c),
counted as (
  select o.vintage, o.unit, o.unit_from, g.sector, o.set, o.class, o.reason, o.lacking,
    bool_and(o.verified) as verified, count(*) as n
  from one o, lateral (
    select '' as sector union all
    select case when o.sector = '' then 'unknown' else o.sector end where p_by_sector) g
  group by o.vintage, o.unit, o.unit_from, g.sector, o.set, o.class, o.reason, o.lacking)
select c.vintage, c.unit, c.unit_from, c.sector, c.set, c.class, c.verified, c.reason,
  c.lacking, c.n,
  coalesce(sum(c.n) filter (where c.class <> '') over w, 0)::bigint,
  (sum(c.n) over w)::bigint
from counted c
window w as (partition by c.vintage, c.unit, c.unit_from, c.sector, c.set)
order by c.vintage collate "C", c.unit collate "C", c.unit_from, c.set collate "C",
  c.sector collate "C", c.class collate "C", c.reason collate "C", c.lacking collate "C"
$$;
comment on function htx.class_count is
  'How many cooperatives have each class, and how many none and why; classed of entities is the coverage. By unit and sector ('''' for all) where asked.';
