-- The roll-up, method 2: a pure function of a log prefix. Run again at every migrate.
--
-- Amounts are exact numerics in printed units (triệu đồng, persons, %). A mean travels as
-- numerator and denominator and is divided once, at the end.
--
-- enable_nestloop: nobody can estimate how many rows the steps give each other, and a loop
-- chosen for "one row" was half of the time for eight units and grows with their square.
-- enable_sort: for the same reason groups of few rows were expected and sorted for; hashing
-- takes half of the time for 3,000 reports.

-- Half away from zero at the given digit, without an intermediate rounding.
create or replace function htx.quotient(num numeric, den numeric, digits integer)
returns numeric language sql immutable strict as $$
  select case when den = 0 then null else round(sign(num) * sign(den)
    * div(2 * abs(num) * 10::numeric ^ digits + abs(den), 2 * abs(den))
    / 10::numeric ^ digits, digits) end
$$;
comment on function htx.quotient is 'num / den, rounded half away from zero at a digit.';

-- What explain needs travels beside the sums, in the same rows: a ref is one signed cell
-- [epoch, seq, indicator, b1, b2, value] (indicator 0: the report itself, as one body), a
-- term {"r": "n" numerator or "d" denominator, "c": refs that are added, "w": refs whose
-- sum multiplies them, "f": factor}.
-- Arrays are put together once, at the end: a growing one was copied for each of 5,000.
-- plpgsql: it is asked once a group, and of totals that nobody explains all are empty.
create or replace function htx.joined_end(arrays jsonb[]) returns jsonb
language plpgsql immutable as $$
begin
  if cardinality(arrays) = 0 then
    return '[]';
  end if;
  return (
    select coalesce(jsonb_agg(e.value order by a.n, e.n), '[]')
    from unnest(arrays) with ordinality a (value, n),
      jsonb_array_elements(a.value) with ordinality e (value, n));
end
$$;
comment on function htx.joined_end is 'The elements of all the arrays in one, in their order.';
create or replace aggregate htx.joined(jsonb) (
  sfunc = array_append, stype = jsonb[], initcond = '{}', finalfunc = htx.joined_end);
comment on aggregate htx.joined(jsonb) is 'Arrays, one after the other.';

create or replace function htx.term(role text, cells jsonb, weights jsonb default null,
  factor numeric default 1) returns jsonb language sql immutable as $$
  select case when jsonb_array_length(cells) = 0 then '[]' else jsonb_build_array(
    jsonb_build_object('r', role, 'c', cells, 'w', weights, 'f', factor)) end
$$;
comment on function htx.term is 'One term of a numerator or denominator, as an array.';

drop function if exists htx.rollup_part(text, text, text, bigint, bigint, integer);
drop function if exists htx.rollup_part(text, text, text, bigint, bigint, integer, boolean,
  integer[]);
drop function if exists htx.rollup_part(text, text, text, bigint, bigint, integer, boolean,
  integer[], text[]);
create function htx.rollup_part(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_each boolean, p_only integer[],
  p_who text[] default null)
returns table (
  vintage text, unit text, unit_from date, source text, sectoral boolean,
  sector text, indicator integer, b1 text, b2 text,
  numerator numeric, denominator numeric, basis text, stated numeric,
  reported bigint, nil bigint, not_available bigint, refused bigint, missing bigint,
  approximate bigint, who text, terms jsonb)
language sql stable
set work_mem = '64MB' set enable_nestloop = off set enable_sort = off as $$
with
ind as (
  select i.*, 1::numeric / i.scale as inv, n.no as num_no, 1::numeric / n.scale as num_inv,
    d.no as den_no, d.op = 'count' as den_counts
  from htx.cat_indicator i
  left join htx.cat_indicator n on n.version = i.version and n.code = i.num
  left join htx.cat_indicator d on d.version = i.version and d.code = i.den
  where i.version = p_catalogue and i.op <> 'none'
    and (p_only is null or i.no = any (p_only))),
sec as (
  select b.code, case when b.parent = '' then b.code else b.parent end as top,
    not exists (select from htx.cat_breakdown o where o.version = p_catalogue
      and o.dim <> 'sector' and o.code = b.code) as only
  from htx.cat_breakdown b where b.version = p_catalogue and b.dim = 'sector'),
-- indicators asked by sector: for them a code that other dimensions have too is a sector
sectored as (
  select distinct c.indicator from htx.cat_cell c join sec s on s.code = c.b1 and s.only),
raw as materialized (
  select * from htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  where p_who is null or (r.kind <> 'unit' and r.subject = any (p_who))),
-- subjects about which more than one form speaks
multi as materialized (
  select vintage, subject, case when kind = 'unit' then unit else '' end as of_unit,
    case when kind = 'unit' then unit_from end as of_unit_from
  from raw where subject <> ''
  group by 1, 2, 3, 4 having count(*) > 1),
-- each: every entity is a unit of its own until the end, so that the same sums give what
-- one entity contributes
rep as not materialized (
  select r.epoch, r.seq, r.vintage, case when p_each and r.kind <> 'unit'
      then r.unit || e'\x1f' || coalesce(nullif(r.subject, ''), r.hash::text)
      else r.unit end as unit,
    r.unit_from, r.kind, r.channel, r.form, r.form_version, r.sector, r.state, r.value,
    r.mark, r.qualifier, coalesce(nullif(r.subject, ''), r.hash::text) as who, f.rank,
    coalesce(s.top, 'unknown') as top, m.subject is not null or p_each as many
  from raw r
  join htx.cat_form f on f.form = r.form and f.version = r.form_version
  left join sec s on s.code = r.sector
  left join multi m on m.vintage = r.vintage and m.subject = r.subject
    and m.of_unit = case when r.kind = 'unit' then r.unit else '' end
    and m.of_unit_from is not distinct from case when r.kind = 'unit' then r.unit_from end),
known as materialized (
  select distinct code from htx.cat_breakdown where version = p_catalogue and code <> '*'),
-- units whose entities all came from a department
sectoral_unit as (
  select vintage, split_part(unit, e'\x1f', 1) as unit, unit_from from rep
  where kind <> 'unit' group by 1, 2, 3 having bool_and(channel = 'sectoral')),
-- the province's own statement in an old table covers what the units' cover
covering as (
  select code, valid_from from htx.unit_at(p_epoch, p_seq) where kind = 'province'),
-- statements, and the few entities of several forms, cell by cell; of two forms that say
-- the same cell of one subject the lower rank counts, earlier data and blanks last
spoken as materialized (
  select * from rep where kind = 'unit' or many),
cell as (
  select r.vintage, r.unit, r.unit_from, r.kind, r.who, r.top, r.channel, r.rank,
    r.form, c.indicator, c.b1, c.b2, r.value[c.pos] as value,
    coalesce(nullif(substr(r.mark, c.pos, 1), ''), ' ') as mark,
    coalesce(substr(r.qualifier, c.pos, 1), ' ') not in ('', ' ') as approx, r.epoch, r.seq
  from spoken r join htx.cat_cell c on c.form = r.form and c.version = r.form_version
  where p_only is null or c.indicator = any (p_only)
  union all
  select r.vintage, r.unit, r.unit_from, r.kind, r.who, r.top, r.channel, r.rank,
    r.form, x.indicator, x.b1, x.b2, x.value, x.mark::text, x.qualifier not in (' '),
    r.epoch, r.seq
  from rep r join htx.report_cell x on x.epoch = r.epoch and x.seq = r.seq
  where x.cell is null and (p_only is null or x.indicator = any (p_only))
    -- a name in an open dimension (a decision, a certificate, a borrower) is no line of a
    -- total; a unit may give one figure by name
    and (x.b2 = '' or x.b2 in (select code from known))
    and (x.b1 = '' or r.kind = 'unit' or x.b1 in (select code from known))),
one as materialized (
  select distinct on (vintage, kind = 'unit', case when kind = 'unit' then unit end,
      case when kind = 'unit' then unit_from end, who, indicator, b1, b2)
    vintage, unit, unit_from, kind, who, top, channel, indicator, b1, b2, mark, approx,
    case mark when 'v' then value when '-' then 0 end as value, epoch, seq,
    case when p_each and mark in ('v', '-') then jsonb_build_array(jsonb_build_array(epoch,
      seq, indicator, b1, b2, case mark when 'v' then value else 0 end)) end as ref
  from cell
  order by vintage, kind = 'unit', case when kind = 'unit' then unit end,
    case when kind = 'unit' then unit_from end, who, indicator, b1, b2,
    mark = ' ', channel = 'earlier', rank, form),

-- entities of one form, by position in their arrays: sums by unit and upper sector
plain_cell as (
  select vintage, unit, unit_from, top, indicator, b1, b2, sum(value) as x,
    count(value) as reported, count(*) filter (where mark = '-') as nil,
    count(*) filter (where mark = '.') as na, count(*) filter (where mark = 'k') as refused,
    count(*) filter (where mark in (' ', '')) as missing,
    count(*) filter (where approx not in ('', ' ')) as approx
  from (
    select r.vintage, r.unit, r.unit_from, r.top, c.indicator, c.b1, c.b2, m.mark,
      case m.mark when 'v' then r.value[c.pos] when '-' then 0 end as value,
      coalesce(substr(r.qualifier, c.pos, 1), ' ') as approx
    from rep r join htx.cat_cell c on c.form = r.form and c.version = r.form_version
    cross join lateral (select substr(r.mark, c.pos, 1) as mark) m
    where r.kind <> 'unit' and not r.many) v
  group by vintage, unit, unit_from, top, indicator, b1, b2),
entity_cell as (
  select vintage, unit, unit_from, top as sector, indicator, b1, b2, sum(x) as x,
    sum(reported)::bigint as reported, sum(nil)::bigint as nil, sum(na)::bigint as na,
    sum(refused)::bigint as refused, sum(missing)::bigint as missing,
    sum(approx)::bigint as approx, htx.joined(ref) filter (where p_each) as refs
  from (
    select *, null::jsonb as ref from plain_cell
    union all
    select vintage, unit, unit_from, top, indicator, b1, b2, value, (value is not null)::int,
      (mark = '-')::int, (mark = '.')::int, (mark = 'k')::int, (mark = ' ')::int, approx::int,
      ref
    from one where kind <> 'unit') v
  group by vintage, unit, unit_from, top, indicator, b1, b2),
-- distinct entities that satisfy every term of a predicate such as "kind=htx state=active"
term as (
  select i.no, t[1] as key, string_to_array(t[2], '|') as allowed
  from ind i, regexp_matches(i.num, '([a-z_]+)=([^ ,;&]+)', 'g') t
  where i.op = 'count'),
-- only lists (rank 0) say who there is; other forms speak of some of them
alike as (
  select vintage, unit, unit_from, top, kind, state, sector, count(*) as n,
    null::bigint[] as first
  from rep where kind <> 'unit' and not many and rank = 0
  group by vintage, unit, unit_from, top, kind, state, sector
  union all
  select vintage, unit, unit_from, top, kind, state, sector, count(*),
    min(array[epoch, seq])
  from (select distinct on (vintage, who) * from rep
    where kind <> 'unit' and many and rank = 0
    order by vintage, who, rank, form) m
  group by vintage, unit, unit_from, top, kind, state, sector),
entity_count as (
  select r.vintage, r.unit, r.unit_from, r.top as sector, i.no as indicator,
    coalesce(sum(r.n) filter (where not exists (
      select from term t where t.no = i.no and not case t.key
        when 'kind' then r.kind = any (t.allowed)
        when 'state' then r.state = any (t.allowed)
        when 'sector' then r.sector = any (t.allowed) or r.top = any (t.allowed)
        else false end)), 0) as x,
    sum(r.n)::bigint as reported,
    htx.joined(jsonb_build_array(jsonb_build_array(r.first[1], r.first[2], 0, '', '', 1)))
      filter (where p_each) as refs
  from alike r join ind i on i.op = 'count'
    and exists (select from term t where t.no = i.no)
    and not exists (select from term t
      where t.no = i.no and t.key not in ('kind', 'state', 'sector'))
    and not exists (select from term t
      where t.no = i.no and t.key = 'kind' and not r.kind = any (t.allowed))
  group by r.vintage, r.unit, r.unit_from, r.top, i.no),
-- means of entities: numerator and weight of the same entity, or neither
role as (
  select i.no, 'num' as role, i.num_no as indicator from ind i where i.op = 'wmean'
  union all select i.no, 'den', i.den_no from ind i where i.op = 'wmean'
  union all select i.no, 'mean', i.no from ind i where i.op = 'wmean'),
role_place as materialized (
  select r.no, max(i.inv) as inv, max(i.num_inv) as num_inv, max(d.inv) as den_inv,
    bool_or(i.den_counts) as den_counts, c.form, c.version, max(c.pos) filter (where r.role = 'num') as num,
    max(c.pos) filter (where r.role = 'mean') as mean,
    max(c.pos) filter (where r.role = 'den') as den
  from role r join htx.cat_cell c on c.indicator = r.indicator and c.b1 = '' and c.b2 = ''
  join ind i on i.no = r.no left join ind d on d.no = i.den_no
  group by r.no, c.form, c.version
  having bool_or(r.role <> 'den')),
entity_pair as (
  select r.vintage, r.unit, r.unit_from, r.top as sector, p.no,
    case substr(r.mark, p.num, 1) when 'v' then r.value[p.num] when '-' then 0 end
      * p.num_inv as num,
    case substr(r.mark, p.mean, 1) when 'v' then r.value[p.mean] when '-' then 0 end
      * p.inv as mean,
    case when p.den_counts then 1
      else case substr(r.mark, p.den, 1) when 'v' then r.value[p.den] when '-' then 0 end
      * p.den_inv end as den,
    substr(r.mark, coalesce(p.num, p.mean), 1) as mark,
    coalesce(substr(r.qualifier, p.num, 1), substr(r.qualifier, p.mean, 1), ' ')
      not in ('', ' ') as approx,
    null::jsonb as num_refs, null::jsonb as mean_refs, null::jsonb as den_refs
  from rep r join role_place p on p.form = r.form and p.version = r.form_version
  where r.kind <> 'unit' and not r.many
  union all
  select o.vintage, o.unit, o.unit_from, o.top, r.no,
    max(o.value) filter (where r.role = 'num') * max(i.num_inv),
    max(o.value) filter (where r.role = 'mean') * max(i.inv),
    case when bool_or(i.den_counts) then 1
      else max(o.value) filter (where r.role = 'den') * max(d.inv) end,
    coalesce(max(o.mark) filter (where r.role = 'num'),
      max(o.mark) filter (where r.role = 'mean')),
    bool_or(o.approx and r.role <> 'den'),
    htx.joined(o.ref) filter (where p_each and r.role = 'num'),
    htx.joined(o.ref) filter (where p_each and r.role = 'mean'),
    case when bool_or(i.den_counts) then jsonb_build_array(jsonb_build_array(min(o.epoch)
        filter (where r.role <> 'den'), min(o.seq) filter (where r.role <> 'den'), 0, '', '', 1))
      else htx.joined(o.ref) filter (where p_each and r.role = 'den') end
  from one o join role r on r.indicator = o.indicator
  join ind i on i.no = r.no left join ind d on d.no = i.den_no
  where o.kind <> 'unit' and o.b1 = '' and o.b2 = ''
  group by o.vintage, o.unit, o.unit_from, o.top, o.who, r.no
  having bool_or(r.role <> 'den')),
entity_mean as (
  select p.vintage, p.unit, p.unit_from, p.sector, p.no as indicator,
    sum(w.num) as num, sum(p.den) filter (where w.num is not null) as den,
    count(w.num) as reported, count(*) filter (where w.num is not null and p.mark = '-') as nil,
    count(*) filter (where w.num is null and p.mark = '.') as na,
    count(*) filter (where w.num is null and p.mark = 'k') as refused,
    count(*) filter (where w.num is null and p.mark not in ('.', 'k')) as missing,
    count(*) filter (where w.num is not null and p.approx) as approx,
    htx.joined(case when p.num is not null then htx.term('n', p.num_refs)
        else htx.term('n', p.mean_refs, p.den_refs) end || htx.term('d', p.den_refs))
      filter (where p_each and w.num is not null) as terms
  from entity_pair p
  cross join lateral (select case when p.den is not null
    then coalesce(p.num, p.mean * p.den) end as num) w
  group by p.vintage, p.unit, p.unit_from, p.sector, p.no),

-- statements: the sector is b1; a sub-sector is used where its upper sector is blank, and
-- the sectors where the whole is, unless it is a mean or a ratio: those never add up
said as (
  select o.vintage, o.unit, o.unit_from, o.channel = 'sectoral' or (o.channel = 'earlier'
      and (o.unit, o.unit_from) in (select code, valid_from from covering)) as sectoral,
    o.indicator,
    coalesce(s.top, '') as sector, coalesce(s.code, '') as code,
    case when s.code is null then o.b1 else '' end as b1, o.b2, o.mark, o.approx,
    o.value::numeric as x, o.ref, i.op in ('sum', 'last', 'count') as adds
  from one o join ind i on i.no = o.indicator left join sec s on s.code = o.b1 and o.b2 = ''
    and (s.only or o.indicator in (select indicator from sectored))
  where o.kind = 'unit'),
said_level as (
  select s.*,
    bool_or(code = sector and mark <> ' ') over w as has_top,
    bool_or(code <> sector and mark <> ' ' and adds) over w as has_sub
  from said s
  window w as (partition by vintage, unit, unit_from, indicator, b1, b2, sector)),
said_sector as (
  select vintage, unit, unit_from, bool_and(sectoral) as sectoral, indicator, sector, b1, b2,
    sum(x) as x, count(x) as reported, count(*) filter (where mark = '-') as nil,
    count(*) filter (where mark = '.') as na, count(*) filter (where mark = 'k') as refused,
    count(*) filter (where mark = ' ') as missing, count(*) filter (where approx) as approx,
    htx.joined(ref) filter (where p_each) as refs, bool_and(adds) as adds
  from said_level
  where (code = sector) = (has_top or not has_sub)
  group by vintage, unit, unit_from, indicator, sector, b1, b2),
said_whole as (
  select s.*,
    bool_or(sector = '' and missing = 0) over w as has_whole,
    bool_or(sector <> '' and reported > 0 and adds) over w as has_part
  from said_sector s
  window w as (partition by vintage, unit, unit_from, indicator, b1, b2)),
said_total as (
  select vintage, unit, unit_from, bool_and(sectoral) as sectoral, indicator, b1, b2,
    sum(x) as x, least(sum(reported), 1) as reported, least(sum(nil), 1) as nil,
    least(sum(na), 1) as na, least(sum(refused), 1) as refused,
    case when sum(x) is null then least(sum(missing), 1) else 0 end as missing,
    sum(approx) as approx, htx.joined(refs) filter (where p_each) as refs
  from said_whole
  where (sector = '') = (has_whole or not has_part)
  group by vintage, unit, unit_from, indicator, b1, b2),
said_cell as (
  select vintage, unit, unit_from, sectoral, indicator, sector, b1, b2, x, reported, nil,
    na, refused, missing, approx, refs from said_sector where sector <> ''
  union all
  select vintage, unit, unit_from, sectoral, indicator, '', b1, b2, x, reported, nil,
    na, refused, missing, approx, refs from said_total),
-- means of statements: Σ if it was reported, else mean × weight of the same sector
said_weigh as (
  select c.vintage, c.unit, c.unit_from, bool_and(c.sectoral) as sectoral, r.no, c.sector,
    max(c.x) filter (where r.role = 'num') * max(i.num_inv) as num,
    max(c.x) filter (where r.role = 'mean') * max(i.inv) as mean,
    max(c.x) filter (where r.role = 'den') * max(d.inv) as den,
    max(c.reported) filter (where r.role <> 'den') as reported,
    max(c.nil) filter (where r.role = 'mean') as nil,
    max(c.na) filter (where r.role = 'mean') as na,
    max(c.refused) filter (where r.role = 'mean') as refused,
    max(c.missing) filter (where r.role = 'mean') as missing,
    max(c.approx) filter (where r.role <> 'den') as approx,
    htx.joined(c.refs) filter (where p_each and r.role = 'num') as num_refs,
    htx.joined(c.refs) filter (where p_each and r.role = 'mean') as mean_refs,
    htx.joined(c.refs) filter (where p_each and r.role = 'den') as den_refs
  from said_cell c join role r on r.indicator = c.indicator
  join ind i on i.no = r.no left join ind d on d.no = i.den_no
  where c.b1 = '' and c.b2 = ''
  group by c.vintage, c.unit, c.unit_from, r.no, c.sector
  having bool_or(r.role <> 'den')),
-- weights of sectors for which no mean was given
said_open as (
  select c.vintage, c.unit, c.unit_from, r.no
  from said_cell c join role r on r.indicator = c.indicator and r.role = 'den'
  left join said_weigh w on w.vintage = c.vintage and w.unit = c.unit
    and w.unit_from = c.unit_from and w.no = r.no and w.sector = c.sector
  where c.sector <> '' and c.b1 = '' and c.b2 = '' and c.x <> 0
    and coalesce(w.num, w.mean) is null
  group by c.vintage, c.unit, c.unit_from, r.no),
said_parts as (
  select w.vintage, w.unit, w.unit_from, w.no, sum(coalesce(w.num, w.mean * w.den)) as num,
    sum(w.den) as den, bool_or(o.no is not null) as open,
    htx.joined(case when w.num is not null then htx.term('n', w.num_refs)
      else htx.term('n', w.mean_refs, w.den_refs) end || htx.term('d', w.den_refs))
      filter (where p_each) as terms
  from said_weigh w
  left join said_open o using (vintage, unit, unit_from, no)
  where w.sector <> '' and w.den is not null and coalesce(w.num, w.mean) is not null
  group by w.vintage, w.unit, w.unit_from, w.no),
said_key as (
  select vintage, unit, unit_from, sectoral, no, sector from said_weigh
  union
  select p.vintage, p.unit, p.unit_from, bool_and(w.sectoral), p.no, ''
  from said_parts p join said_weigh w using (vintage, unit, unit_from, no)
  group by p.vintage, p.unit, p.unit_from, p.no),
said_mean as (
  select k.vintage, k.unit, k.unit_from, k.sectoral, k.no as indicator, k.sector,
    case basis when 'reported' then w.num when 'parts' then p.num
      when 'stated' then w.mean * w.den end as num,
    case basis when 'parts' then p.den when 'none' then null else w.den end as den,
    nullif(basis, 'none') as basis, w.mean, coalesce(w.reported, 1) as reported, w.nil,
    case when basis = 'none' then w.na end as na,
    case when basis = 'none' then w.refused end as refused,
    case when basis = 'none' then w.missing end as missing, w.approx,
    case basis when 'reported' then htx.term('n', w.num_refs) || htx.term('d', w.den_refs)
      when 'parts' then p.terms
      when 'stated' then htx.term('n', w.mean_refs, w.den_refs) || htx.term('d', w.den_refs)
      else '[]' end as terms
  from said_key k
  left join said_weigh w using (vintage, unit, unit_from, no, sector)
  left join said_parts p on p.vintage = k.vintage and p.unit = k.unit
    and p.unit_from = k.unit_from and p.no = k.no and k.sector = '',
  lateral (select case
    when w.num is not null and w.den is not null then 'reported'
    when p.num is not null and not p.open then 'parts'
    when w.mean is not null and w.den is not null then 'stated'
    when p.num is not null then 'parts'
    else 'none' end as basis) b),

-- all that can be added, from both sources
amount as (
  select c.vintage, c.unit, c.unit_from, 'entity' as source, false as sectoral, c.sector,
    c.indicator, c.b1, c.b2, c.x * i.inv as x, c.reported, c.nil, c.na, c.refused,
    c.missing, c.approx, c.refs
  from entity_cell c join ind i on i.no = c.indicator
  where i.op in ('sum', 'last')
  union all
  select c.vintage, c.unit, c.unit_from, 'entity', false, c.sector, c.indicator, '', '',
    c.x, c.reported, 0, 0, 0, 0, 0, case when c.x <> 0 then c.refs else '[]' end
  from entity_count c),
amount_all as (
  select * from amount
  union all
  select vintage, unit, unit_from, source, false, '', indicator, b1, b2, sum(x),
    sum(reported), sum(nil), sum(na), sum(refused), sum(missing), sum(approx),
    htx.joined(refs) filter (where p_each)
  from amount group by vintage, unit, unit_from, source, indicator, b1, b2
  union all
  select c.vintage, c.unit, c.unit_from, 'statement', c.sectoral, c.sector, c.indicator,
    c.b1, c.b2, c.x * i.inv, c.reported, c.nil, c.na, c.refused, c.missing, c.approx, c.refs
  from said_cell c join ind i on i.no = c.indicator
  where i.op in ('sum', 'last', 'count', 'given')),
-- ratios are a matter of the whole unit
amount_unit as (
  select * from amount_all where not p_each
  union all
  select vintage, split_part(unit, e'\x1f', 1), unit_from, source, bool_and(sectoral), sector,
    indicator, b1, b2, sum(x), sum(reported), sum(nil), sum(na), sum(refused), sum(missing),
    sum(approx), htx.joined(refs) filter (where p_each)
  from amount_all where p_each
  group by vintage, split_part(unit, e'\x1f', 1), unit_from, source, sector, indicator, b1,
    b2),
-- ratios: both sides from the same source. A side is "code,code" (all must be there),
-- "code:sector", or "code:all" for the whole under each sector. A ratio that was only
-- stated enters as ratio × base.
ratio_side as (
  select i.no, n.no as indicator, split_part(w, ':', 2) as within,
    cardinality(string_to_array(i.num, ',')) as n
  from ind i cross join unnest(string_to_array(i.num, ',')) w
  join ind n on n.code = split_part(w, ':', 1)
  where i.op = 'ratio'),
ratio_num as (
  select a.vintage, a.unit, a.unit_from, a.source, bool_and(a.sectoral) as sectoral,
    case when s.within = '' then a.sector else '' end as sector, s.no, sum(a.x) as x,
    min(a.reported) as reported, max(a.approx) as approx,
    htx.joined(a.refs) filter (where p_each) as refs
  from amount_unit a join ratio_side s on s.indicator = a.indicator
  where a.b1 = '' and a.b2 = '' and a.x is not null and s.within in ('', a.sector)
  group by a.vintage, a.unit, a.unit_from, a.source,
    case when s.within = '' then a.sector else '' end, s.no
  having count(*) = max(s.n)),
ratio_stated as (
  select c.vintage, c.unit, c.unit_from, 'statement' as source, c.sectoral, c.sector,
    c.indicator as no, c.x * i.inv as x, c.approx, c.refs
  from said_cell c join ind i on i.no = c.indicator
  where i.op = 'ratio' and c.b1 = '' and c.b2 = '' and c.x is not null),
ratio_key as (
  select vintage, unit, unit_from, source, sectoral, sector, no from ratio_num
  union
  select vintage, unit, unit_from, source, sectoral, sector, no from ratio_stated),
ratio as (
  select k.*, n.x as num, t.x as stated, d.x as den,
    coalesce(case when i.den like '%:all' then n.reported else d.reported end, 1) as reported,
    coalesce(t.approx, n.approx, 0) as approx, f.factor,
    case when d.x is null then '[]'
      when n.x is not null then htx.term('n', n.refs) || htx.term('d', d.refs)
      else htx.term('n', t.refs, d.refs, f.factor) || htx.term('d', d.refs) end as terms
  from ratio_key k
  left join ratio_num n using (vintage, unit, unit_from, source, sectoral, sector, no)
  left join ratio_stated t using (vintage, unit, unit_from, source, sectoral, sector, no)
  join ind i on i.no = k.no
  left join ind b on b.code = split_part(i.den, ':', 1)
  cross join lateral (
    select case when i.unit_vi like '\%%' then 0.01 else 1 end as factor) f
  left join amount_unit d on d.vintage = k.vintage and d.unit = k.unit
    and d.unit_from = k.unit_from and d.source = k.source and d.indicator = b.no
    and d.b1 = '' and d.b2 = ''
    and d.sector = case when i.den like '%:all' then '' else k.sector end)

select vintage, case when p_each then split_part(unit, e'\x1f', 1) else unit end, unit_from,
  source, sectoral or (source = 'entity' and
    (vintage, split_part(unit, e'\x1f', 1), unit_from) in (
      select vintage, unit, unit_from from sectoral_unit)), sector, indicator, b1, b2, x,
  null::numeric, case when x is not null then 'reported' end, null::numeric, reported, nil, na, refused,
  missing, approx, case when p_each then split_part(unit, e'\x1f', 2) end,
  case when p_each then htx.term('n', refs) end
from amount_all
union all
select vintage, case when p_each then split_part(unit, e'\x1f', 1) else unit end, unit_from,
  'entity', (vintage, split_part(unit, e'\x1f', 1), unit_from) in (
    select vintage, unit, unit_from from sectoral_unit),
  g.sector, indicator, '', '', sum(num), sum(den),
  case when sum(den) is not null then 'reported' end, null, sum(reported), sum(nil), sum(na),
  sum(refused), sum(missing), sum(approx),
  case when p_each then split_part(unit, e'\x1f', 2) end,
  htx.joined(terms) filter (where p_each)
from entity_mean m, lateral (values (m.sector), ('')) g (sector)
group by vintage, unit, unit_from, g.sector, indicator
union all
select vintage, unit, unit_from, 'statement', sectoral, sector, indicator, '', '', num, den,
  basis, mean, coalesce(reported, 0), coalesce(nil, 0), coalesce(na, 0),
  coalesce(refused, 0), coalesce(missing, 0), coalesce(approx, 0), '', terms
from said_mean
union all
select vintage, unit, unit_from, source, sectoral or (source = 'entity' and
    (vintage, unit, unit_from) in (select vintage, unit, unit_from from sectoral_unit)),
  sector, no, '', '',
  case when den is not null then coalesce(num, stated * den * factor) end, den,
  case when den is null then null when num is not null then 'reported' else 'stated' end,
  stated, reported, 0, 0, 0, 0, approx, '', terms
from ratio
$$;
comment on function htx.rollup_part is
  'What each unit gives to a total, from each source: numerator and denominator in printed units, by upper sector ('''' for all). basis: reported, parts (Σ mean × weight of the sectors) or stated (overall mean × weight). p_each: what each entity (who) gives, with the terms of every figure; p_only: indicators to look at, with all that theirs rest on; p_who: entities to look at, without any statement.';

drop function if exists htx.rollup_source(text, text, text, bigint, bigint, integer);
drop function if exists htx.rollup_source(text, text, text, bigint, bigint, integer, boolean,
  integer[]);
create function htx.rollup_source(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_each boolean default false,
  p_only integer[] default null)
returns table (
  vintage text, unit text, unit_from date, source text, sectoral boolean,
  sector text, indicator integer, b1 text, b2 text,
  numerator numeric, denominator numeric, basis text, stated numeric,
  reported bigint, nil bigint, not_available bigint, refused bigint, missing bigint,
  approximate bigint, who text, terms jsonb, chosen boolean)
language sql stable
set work_mem = '64MB' set enable_nestloop = off set enable_sort = off as $$
with
part as materialized (
  select * from htx.rollup_part(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_each, p_only)
  union all
  select * from htx.rollup_event(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_each, p_only)),
kind as (
  select coalesce((select kind from htx.period_at(p_scheme, p_period, p_epoch, p_seq)), '')
    as kind),
standing as materialized (
  select r.vintage, r.unit, r.unit_from, r.form, count(*) as n
  from htx.report_standing_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  group by 1, 2, 3, 4),
-- list complete: declared by the unit, and as many rows counted as it declared
complete as (
  select d.vintage, d.unit, d.unit_from, f.form
  from (
    select distinct on (s.vintage, s.unit, s.unit_from) s.*
    from htx.submission s
    where s.scheme = p_scheme and s.period = p_period
      and (s.epoch, s.seq) <= (p_epoch, p_seq) and s.verdict in ('accepted', 'warnings')
    order by s.vintage, s.unit, s.unit_from, s.epoch desc, s.seq desc) d,
  unnest(d.forms, d.rows) as f (form, rows)
  where not d.nothing
    and exists (select from htx.cat_form c where c.form = f.form and c.subject <> 'unit')
    and f.rows <= coalesce((
      select s.n from standing s
      where s.vintage = d.vintage and s.unit = d.unit and s.unit_from = d.unit_from
        and s.form = f.form), 0)),
asked as materialized (
  select distinct c.form, c.indicator from htx.cat_cell c
  join htx.cat_form f on f.form = c.form and f.version = c.version
  where f.subject <> 'unit'),
given as (
  select vintage, unit, unit_from, indicator, source,
    bool_or(numerator is not null) as usable
  from part group by vintage, unit, unit_from, indicator, source),
wanted as (
  select g.vintage, g.unit, g.unit_from, g.indicator, g.source, g.usable, min(o.n) as n
  from given g
  join htx.cat_indicator i on i.version = p_catalogue and i.no = g.indicator
  cross join kind k
  cross join lateral (
    select coalesce((
      select c.sources from htx.cat_source c
      where c.version = p_catalogue and c.indicator in (i.code, '*')
        and c.period_kind in (k.kind, '*', '') and c.vintage in (g.vintage, '*', '')
      order by c.ord limit 1),
      case when k.kind = 'year' and g.vintage = 'actual' then 'complete_entity,statement'
        else 'statement,entity' end) as sources) s
  cross join lateral unnest(string_to_array(replace(s.sources, ' ', ''), ','))
    with ordinality as o (word, n)
  left join complete c on c.vintage = g.vintage and c.unit = g.unit
    and c.unit_from = g.unit_from
  -- a list is complete for what it asks, and counts its own kind; what no list asks is
  -- derived from any
  where o.word = g.source or (o.word = 'complete_entity' and g.source = 'entity'
    and c.unit is not null
    and case when i.op = 'count'
      then exists (select from htx.cat_form f where f.form = c.form
        and i.num ~ ('kind=[a-z|]*' || f.subject))
      else exists (select from asked a where a.form = c.form and a.indicator = g.indicator)
        or not exists (select from asked a where a.indicator = g.indicator) end)
  group by g.vintage, g.unit, g.unit_from, g.indicator, g.source, g.usable),
choice as (
  select distinct on (vintage, unit, unit_from, indicator)
    vintage, unit, unit_from, indicator, source
  from wanted
  order by vintage, unit, unit_from, indicator, usable desc, n)
select p.*, c.source is not null
from part p
left join choice c using (vintage, unit, unit_from, indicator, source)
$$;
comment on function htx.rollup_source is
  'rollup_part with the source that counts marked: one for each unit, indicator, vintage, by cat_source; the next in order only where a unit gave nothing usable in the one before.';

drop function if exists htx.rollup_kept(text, text, text, bigint, bigint, integer, boolean,
  boolean, boolean, integer[]);
drop function if exists htx.rollup_kept(text, text, text, bigint, bigint, integer, boolean,
  boolean, boolean, integer[], integer[]);
create function htx.rollup_kept(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_each boolean default false, p_only integer[] default null,
  p_divided integer[] default '{}')
returns table (
  vintage text, unit text, unit_from date, source text, sectoral boolean,
  sector text, indicator integer, b1 text, b2 text,
  numerator numeric, denominator numeric, basis text, stated numeric,
  reported bigint, nil bigint, not_available bigint, refused bigint, missing bigint,
  approximate bigint, who text, terms jsonb,
  code text, op text, line integer, unit_vi text, digits integer, kept boolean)
language sql stable
set work_mem = '64MB' set enable_nestloop = off set enable_sort = off as $$
with
used as materialized (
  select s.vintage, s.unit, s.unit_from, s.source, s.sectoral, s.sector, s.indicator, s.b1,
    s.b2, s.numerator, s.denominator, s.basis, s.stated, s.reported, s.nil,
    s.not_available, s.refused, s.missing, s.approximate, s.who, s.terms
  from htx.rollup_source(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, p_each,
    p_only) s
  where s.chosen),
-- what a unit gave only as a whole stands under no sector, so that sectors add up
undivided as (
  select w.vintage, w.unit, w.unit_from, w.source, w.sectoral, 'undivided', w.indicator,
    w.b1, w.b2, w.numerator - coalesce(p.numerator, 0), null::numeric, w.basis,
    null::numeric, w.reported, 0::bigint, 0::bigint, 0::bigint, 0::bigint, w.approximate,
    w.who, case when p_each then w.terms || coalesce((
      select jsonb_agg(jsonb_set(t, '{f}', to_jsonb(-(t->>'f')::numeric)))
      from jsonb_array_elements(p.terms) t), '[]') end
  from used w
  left join (select vintage, unit, unit_from, indicator, coalesce(who, '') as who,
      sum(numerator) as numerator, htx.joined(terms) as terms
    from used where sector <> '' and b1 = '' group by 1, 2, 3, 4, 5) p
    on p.vintage = w.vintage and p.unit = w.unit and p.unit_from = w.unit_from
    and p.indicator = w.indicator and p.who = coalesce(w.who, '')
  where p_by_sector and w.sector = '' and w.b1 = '' and w.b2 = ''
    and w.numerator <> coalesce(p.numerator, 0)
    and (w.indicator = any(p_divided) or exists (select from used d
      where d.indicator = w.indicator and d.sector <> '' and d.numerator is not null))),
part as materialized (
  select s.*, i.code, i.op, i.ord as line, i.unit_vi, i.decimals as digits
  from (select * from used where (sector <> '') = p_by_sector and (not p_by_sector or b1 = '')
    union all select * from undivided) s
  join htx.cat_indicator i on i.version = p_catalogue and i.no = s.indicator
  where s.sector <> 'undivided' or i.op in ('sum', 'last', 'count'))
-- a department's statement covers what the districts' cover: it fills gaps, never adds;
-- so do its entities beside statements, while those of two lists are told apart by number
select p.*, p_by_unit or (p.op <> 'given' and (not p.sectoral or not exists (
    select from part q where q.vintage = p.vintage and q.indicator = p.indicator
      and q.b1 = p.b1 and q.b2 = p.b2 and not q.sectoral and q.numerator is not null
      and 'statement' in (p.source, q.source))))
from part p
$$;
comment on function htx.rollup_kept is
  'The rows that a roll-up adds up (kept), and those of departments that only fill gaps; p_each: down to each entity, with the terms of every figure; p_divided: what others divide by sector stands undivided where nobody here does.';

-- The same on today's map: who reported is chosen on the units of that day, then each
-- entity's row goes to its home and a statement along lineage, so that all units together
-- give what they gave. Departments keep theirs: what they say fills gaps of others.
drop function if exists htx.rollup_as_is(text, text, text, bigint, bigint, integer, boolean,
  integer[]);
create function htx.rollup_as_is(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_sector boolean,
  p_only integer[] default null)
returns table (
  vintage text, unit text, unit_from date, source text, sectoral boolean,
  sector text, indicator integer, b1 text, b2 text,
  numerator numeric, denominator numeric, basis text, stated numeric,
  reported bigint, nil bigint, not_available bigint, refused bigint, missing bigint,
  approximate bigint, who text, terms jsonb,
  code text, op text, line integer, unit_vi text, digits integer, kept boolean,
  of_unit text, of_unit_from date)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
part as materialized (
  select k.*, k.source <> 'statement' and coalesce(k.who, '') = '' as whole
  from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, true,
    p_by_sector, true, p_only) k),
home as materialized (select * from htx.home_at(p_epoch, p_seq)),
heir as materialized (select * from htx.unit_home_on(p_epoch, p_seq, 'infinity')),
same as materialized (select * from htx.same_at(p_epoch, p_seq)),
-- what the entities of a unit give only together (a ratio) is taken apart by its cells
cell as (
  select p.*, t->>'r' as role, (t->>'f')::numeric as factor, c as ref, coalesce(m.root, r.subject) as subject,
    (c->>5)::numeric * coalesce(1::numeric / i.scale, 1) * (t->>'f')::numeric as amount,
    case when x.den like '%:all' then 'n' else 'd' end as tells
  from part p
  join htx.cat_indicator x on x.version = p_catalogue and x.no = p.indicator
  cross join lateral jsonb_array_elements(p.terms) t
  cross join lateral jsonb_array_elements(t->'c') c
  left join htx.report r on r.epoch = (c->>0)::bigint and r.seq = (c->>1)::bigint
  left join same m on m.subject = r.subject
  left join htx.cat_indicator i on i.version = p_catalogue and i.no = (c->>2)::integer
  where p.whole),
apart as (
  select c.vintage, c.unit, c.unit_from, c.source, c.sectoral, c.sector, c.indicator, c.b1,
    c.b2, coalesce(sum(c.amount) filter (where c.role = 'n'), 0) as numerator,
    coalesce(sum(c.amount) filter (where c.role = 'd'), 0) as denominator, c.basis,
    null::numeric as stated, max((c.role = c.tells)::int)::bigint as reported, 0::bigint as nil,
    0::bigint as not_available, 0::bigint as refused, 0::bigint as missing, c.approximate,
    c.subject as who,
    htx.term('n', coalesce(jsonb_agg(c.ref) filter (where c.role = 'n'), '[]'), null,
      min(c.factor) filter (where c.role = 'n'))
      || htx.term('d', coalesce(jsonb_agg(c.ref) filter (where c.role = 'd'), '[]'), null,
      min(c.factor) filter (where c.role = 'd')) as terms,
    c.code, c.op, c.line, c.unit_vi, c.digits, c.kept
  from cell c
  group by c.vintage, c.unit, c.unit_from, c.source, c.sectoral, c.sector, c.indicator,
    c.b1, c.b2, c.basis, c.approximate, c.subject, c.code, c.op, c.line, c.unit_vi,
    c.digits, c.kept),
each as (
  select p.vintage, p.unit, p.unit_from, p.source, p.sectoral, p.sector, p.indicator, p.b1,
    p.b2, p.numerator, p.denominator, p.basis, p.stated, p.reported, p.nil,
    p.not_available, p.refused, p.missing, p.approximate, p.who, p.terms, p.code, p.op,
    p.line, p.unit_vi, p.digits, p.kept
  from part p where not p.whole
  union all
  select * from apart),
label as (
  select e.*,
    case when e.sectoral then e.unit when e.source = 'statement' then coalesce(u.home, e.unit)
      else coalesce(h.unit, u.home, e.unit) end as home,
    case when e.sectoral then e.unit_from
      when e.source = 'statement' then coalesce(u.home_from, e.unit_from)
      else coalesce(h.unit_from, u.home_from, e.unit_from) end as home_from
  from each e
  left join home h on h.subject = e.who and e.source <> 'statement'
  left join heir u on u.unit = e.unit and u.unit_from = e.unit_from),
-- of several units in one: what was only stated cannot be put together
several as (
  select vintage, home, home_from, indicator, sector, b1, b2,
    count(distinct (unit, unit_from)) > 1 as many
  from label group by 1, 2, 3, 4, 5, 6, 7)
select l.vintage, case when l.op = 'given' and s.many then l.unit else l.home end,
  case when l.op = 'given' and s.many then l.unit_from else l.home_from end, l.source,
  l.sectoral, l.sector, l.indicator, l.b1, l.b2, l.numerator, l.denominator, l.basis,
  case when l.op = 'given' or not s.many then l.stated end, l.reported, l.nil,
  l.not_available, l.refused, l.missing, l.approximate, l.who, l.terms, l.code, l.op,
  l.line, l.unit_vi, l.digits, l.kept, l.unit, l.unit_from
from label l
join several s on s.vintage = l.vintage and s.home = l.home and s.home_from = l.home_from
  and s.indicator = l.indicator and s.sector = l.sector and s.b1 = l.b1 and s.b2 = l.b2
$$;
comment on function htx.rollup_as_is is
  'The rows of rollup_kept by unit, each under the unit that its entity or unit is today; of_unit: who reported it.';

drop function if exists htx.rollup(text, text, text, bigint, bigint, integer, boolean, boolean);
drop function if exists htx.rollup(text, text, text, bigint, bigint, integer, boolean, boolean,
  boolean);
create function htx.rollup(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_as_is boolean default false)
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
part as materialized (
  select * from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_unit, p_by_sector)
  where not (p_by_unit and p_as_is)
  union all
  select a.vintage, a.unit, a.unit_from, a.source, a.sectoral, a.sector, a.indicator, a.b1,
    a.b2, a.numerator, a.denominator, a.basis, a.stated, a.reported, a.nil,
    a.not_available, a.refused, a.missing, a.approximate, a.who, a.terms, a.code, a.op,
    a.line, a.unit_vi, a.digits, a.kept
  from htx.rollup_as_is(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_sector) a
  where p_by_unit and p_as_is),
kept as (select * from part where kept),
must as (
  select code, valid_from from htx.unit_expected(p_scheme, p_period, p_epoch, p_seq)),
sec as (
  select code, case when parent = '' then code else parent end as top
  from htx.cat_breakdown where version = p_catalogue and dim = 'sector'),
expect_unit as materialized (
  select coalesce(h.unit, l.unit) as unit, coalesce(h.unit_from, l.unit_from) as unit_from,
    case when p_by_sector then coalesce(s.top, 'unknown') else '' end as sector,
    count(*) as n
  from htx.entity_expected(p_scheme, p_period, p_vintage, p_epoch, p_seq) l
  left join sec s on s.code = l.sector
  left join (select * from htx.home_at(p_epoch, p_seq) where p_by_unit and p_as_is) h
    on h.subject = l.subject and l.unit not in (select d.code
      from htx.unit_at(p_epoch, p_seq) d where d.kind in ('department', 'alliance'))
  group by 1, 2, 3),
expect as (
  select case when p_by_unit then unit else '' end as unit,
    case when p_by_unit then unit_from end as unit_from, sector, sum(n)::bigint as n
  from expect_unit group by 1, 2, 3),
-- where sources are mixed: entities of the units that come from entity reports
expect_part as (
  select k.vintage, k.indicator, k.sector, k.b1, k.b2, sum(x.n)::bigint as n
  from (select distinct vintage, indicator, sector, b1, b2, unit, unit_from from kept
    where source = 'entity' and numerator is not null and not p_by_unit) k
  join expect_unit x on x.unit = k.unit and x.unit_from = k.unit_from
    and x.sector = k.sector
  group by k.vintage, k.indicator, k.sector, k.b1, k.b2),
-- units that declared nothing to report have answered too
silent as (
  select s.vintage, s.unit, s.unit_from
  from htx.unit_silent(p_scheme, p_period, p_vintage, p_epoch, p_seq) s
  where not p_by_unit),
-- the register's word on a unit is not the unit's: events make nobody a reporter
spoke as materialized (
  select vintage, coalesce(array_agg(distinct (unit, unit_from)::text)
    filter (where source <> 'event'), '{}') as units
  from part group by vintage),
-- each vintage by itself: nothing to report of one says nothing of another
asked as materialized (
  (select s.vintage, (m.code, m.valid_from)::text as unit from must m cross join spoke s
    except select vintage, (unit, unit_from)::text from silent) -- counted as having answered
  union select vintage, unnest(units) from spoke),
total as (
  select case when p_by_unit then k.unit else '' end as unit,
    case when p_by_unit then k.unit_from end as unit_from, k.vintage, k.code, k.indicator,
    k.line, k.op, k.unit_vi, k.digits, k.sector, k.b1, k.b2,
    sum(k.numerator) filter (where k.op not in ('wmean', 'ratio')
      or k.denominator is not null) as numerator,
    sum(k.denominator) filter (where k.numerator is not null) as denominator,
    case when count(distinct k.basis) > 1 then 'mixed' else max(k.basis) end as basis,
    case when count(distinct k.source) > 1 then 'mixed' else max(k.source) end as source,
    case when p_by_unit then max(k.stated) end as stated,
    count(distinct (k.unit, k.unit_from)) filter (where k.numerator is not null
      and (k.source <> 'event' or p_by_unit
        or (k.vintage, (k.unit, k.unit_from)::text) in (
          select a.vintage, a.unit from asked a))) as units,
    count(distinct (k.unit, k.unit_from)) filter (where k.numerator is not null
      and k.source = 'statement') as units_statement,
    count(distinct (k.unit, k.unit_from)) filter (where k.numerator is not null
      and k.source = 'entity') as units_entity,
    coalesce(sum(k.reported) filter (where k.source = 'entity'), 0)::bigint as entities,
    sum(k.nil)::bigint as nil, sum(k.not_available)::bigint as na,
    sum(k.refused)::bigint as refused, sum(k.missing)::bigint as missing,
    sum(k.approximate)::bigint as approx
  from kept k
  group by 1, 2, k.vintage, k.code, k.indicator, k.line, k.op, k.unit_vi, k.digits,
    k.sector, k.b1, k.b2),
due as (
  select s.vintage, (select count(*) from (
      select (code, valid_from)::text from must union select unnest(s.units)
      union select (unit, unit_from)::text from silent i where i.vintage = s.vintage) u) as n,
    (select count(*) from silent i where i.vintage = s.vintage
      and (i.unit, i.unit_from)::text <> all (s.units)) as silent
  from spoke s)
select t.unit, t.unit_from, t.vintage, t.code, t.indicator, t.line,
  case when p_by_sector then t.sector else t.b1 end, t.b2,
  trim_scale(case
    when t.op = 'wmean' then htx.quotient(t.numerator, t.denominator, t.digits)
    when t.op = 'ratio' then htx.quotient(t.numerator
      * case when t.unit_vi like '\%%' then 100 else 1 end, t.denominator, t.digits)
    else t.numerator end),
  case when t.op in ('wmean', 'ratio') then trim_scale(t.numerator) end,
  case when t.op in ('wmean', 'ratio') then trim_scale(t.denominator) end,
  t.unit_vi, t.digits, t.basis, t.source, trim_scale(t.stated),
  case when t.source = 'entity' then t.entities else t.units + d.silent end,
  case when t.source = 'entity' then e.n when p_by_unit then 1 else d.n end,
  t.units + d.silent, case when p_by_unit then 1 else d.n end,
  t.entities, case when t.source = 'mixed' then x.n else e.n end, t.units_statement,
  t.units_entity,
  t.nil, t.na, t.refused, t.missing, t.approx
from total t
join due d on d.vintage = t.vintage
left join expect e on e.unit = t.unit and e.unit_from is not distinct from t.unit_from
  and e.sector = t.sector
left join expect_part x on x.vintage = t.vintage and x.indicator = t.indicator
  and x.sector = t.sector and x.b1 = t.b1 and x.b2 = t.b2
where t.numerator is not null or t.stated is not null or t.na > 0 or t.refused > 0
order by t.unit collate "C", t.unit_from, t.vintage collate "C", t.code collate "C",
  case when p_by_sector then t.sector else t.b1 end collate "C", t.b2 collate "C"
$$;
comment on function htx.rollup is
  'Totals of a period at a position, by unit, by upper sector, by both, or of the province; by unit on the map of that day, or on today''s (p_as_is). value is rounded only where a mean or ratio is divided. reported/expected: entities where the figure comes from entity reports (null: not in the register), units otherwise; where sources are mixed, entities_expected counts those of the units that come from entity reports.';
