-- explain: what a total is made of, down to signed cells, and what was left out and why.
-- The sums are those of 20_rollup.sql, run with every entity by itself. Run again at every
-- migrate.

create or replace function htx.explain_only(p_catalogue integer, p_indicator text)
returns integer[] language sql stable as $$
  select array_agg(distinct p.no order by p.no)
  from htx.cat_indicator i
  join htx.cat_indicator p on p.version = i.version and (p.no = i.no
    or p.code in (select split_part(w, ':', 1)
      from unnest(string_to_array(i.num, ',') || string_to_array(i.den, ',')) w))
  where i.version = p_catalogue and i.code = p_indicator
$$;
comment on function htx.explain_only is
  'An indicator and what it is divided from or by; null: all of them.';

drop function if exists htx.explain_line(text, text, text, bigint, bigint, integer, boolean,
  boolean, text);
drop function if exists htx.explain_line(text, text, text, bigint, bigint, integer, boolean,
  boolean, text, boolean);
create function htx.explain_line(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_indicator text, p_as_is boolean default false)
returns table (
  unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  of_unit text, of_unit_from date, source text, basis text, role text, amount numeric,
  epoch bigint, seq bigint, cell_no integer, cell_b1 text, cell_b2 text, cell_value bigint,
  weight_epoch bigint, weight_seq bigint, weight_no integer, weight_b1 text, weight_b2 text,
  weight_value bigint, factor numeric)
language sql stable as $$
  select case when p_by_unit then k.unit else '' end,
    case when p_by_unit then k.unit_from end, k.vintage, k.code,
    case when p_by_sector then k.sector else k.b1 end, k.b2, k.of_unit, k.of_unit_from, k.source,
    k.basis, t->>'r', trim_scale((c->>5)::numeric * coalesce(1::numeric / ci.scale, 1)
      * coalesce((w->>5)::numeric * coalesce(1::numeric / wi.scale, 1), 1)
      * (t->>'f')::numeric),
    (c->>0)::bigint, (c->>1)::bigint, (c->>2)::integer, c->>3, c->>4, (c->>5)::bigint,
    (w->>0)::bigint, (w->>1)::bigint, (w->>2)::integer, w->>3, w->>4, (w->>5)::bigint,
    (t->>'f')::numeric
  from (
    select r.*, r.unit as of_unit, r.unit_from as of_unit_from
    from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
      p_by_unit, p_by_sector, true, htx.explain_only(p_catalogue, p_indicator)) r
    where not (p_by_unit and p_as_is)
    union all
    select * from htx.rollup_as_is(p_scheme, p_period, p_vintage, p_epoch, p_seq,
      p_catalogue, p_by_sector, htx.explain_only(p_catalogue, p_indicator))
    where p_by_unit and p_as_is) k
  cross join lateral jsonb_array_elements(k.terms) t
  cross join lateral jsonb_array_elements(t->'c') c
  left join lateral jsonb_array_elements(case jsonb_typeof(t->'w') when 'array'
    then t->'w' end) w on true
  left join htx.cat_indicator ci on ci.version = p_catalogue and ci.no = (c->>2)::integer
  left join htx.cat_indicator wi on wi.version = p_catalogue and wi.no = (w->>2)::integer
  where k.kept and (p_indicator is null or k.code = p_indicator)
$$;
comment on function htx.explain_line is
  'The signed cells of every total, by unit on the map of that day or on today''s (p_as_is; of_unit reported it): role n adds amount to the numerator, d to the denominator. amount = cell × weight × factor in printed units; cell_no 0: the report itself, counted as one.';

drop function if exists htx.explain_check(text, text, text, bigint, bigint, integer, boolean,
  boolean, text);
drop function if exists htx.explain_check(text, text, text, bigint, bigint, integer, boolean,
  boolean, text, boolean);
create function htx.explain_check(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_indicator text, p_as_is boolean default false)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  numerator numeric, denominator numeric, numerator_sum numeric, denominator_sum numeric,
  lines bigint, same boolean)
language sql stable
set work_mem = '64MB' as $$
with
line as (
  select l.unit, l.unit_from, l.vintage, l.indicator, l.b1, l.b2,
    sum(l.amount) filter (where l.role = 'n') as n,
    sum(l.amount) filter (where l.role = 'd') as d, count(*) as lines
  from htx.explain_line(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_unit, p_by_sector, p_indicator, p_as_is) l
  group by 1, 2, 3, 4, 5, 6),
figure as (
  select r.unit, r.unit_from, r.vintage, r.indicator, r.b1, r.b2,
    case when i.op in ('wmean', 'ratio') then r.numerator else r.value end as n,
    r.denominator as d
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, p_by_unit,
    p_by_sector, p_as_is) r
  join htx.cat_indicator i on i.version = p_catalogue and i.no = r.no
  where p_indicator is null or r.indicator = p_indicator)
select f.unit, f.unit_from, f.vintage, f.indicator, f.b1, f.b2, f.n, f.d, trim_scale(l.n),
  trim_scale(l.d), coalesce(l.lines, 0),
  (f.n is not null or l.n is null) and coalesce(f.n, 0) = coalesce(l.n, 0)
  and (f.d is not null or l.d is null) and coalesce(f.d, 0) = coalesce(l.d, 0)
from figure f
left join line l on l.unit = f.unit and l.unit_from is not distinct from f.unit_from
  and l.vintage = f.vintage and l.indicator = f.indicator and l.b1 = f.b1 and l.b2 = f.b2
order by f.unit collate "C", f.unit_from, f.vintage collate "C", f.indicator collate "C",
  f.b1 collate "C", f.b2 collate "C"
$$;
comment on function htx.explain_check is
  'Every total beside the sum of its lines; same: they are equal.';

drop function if exists htx.explain_left(text, text, text, bigint, bigint, integer, boolean,
  text, date, text, text, text);
create function htx.explain_left(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_sector boolean,
  p_unit text, p_unit_from date, p_indicator text, p_b1 text, p_b2 text)
returns table (reason text, unit text, unit_from date, name text, subject text,
  epoch bigint, seq bigint, other_epoch bigint, other_seq bigint, source text,
  numerator numeric, denominator numeric, stated numeric, mark text, written text,
  reports bigint)
language sql stable
set work_mem = '64MB' as $$
with
ind as (
  select i.no, i.op, 1::numeric / i.scale as inv, i.num from htx.cat_indicator i
  where i.version = p_catalogue and i.code = p_indicator),
wanted as (
  select unnest(htx.explain_only(p_catalogue, p_indicator)) as no),
sec as (
  select code, case when parent = '' then code else parent end as top
  from htx.cat_breakdown where version = p_catalogue and dim = 'sector'),
-- the part of the table that is asked for
sector as (select case when p_by_sector then p_b1 else '' end as code),
raw as materialized (
  select r.*, coalesce(nullif(r.subject, ''), r.hash::text) as who
  from htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r),
forms as (
  select distinct c.form, c.version from htx.cat_cell c where c.indicator in (select no from wanted)),
gave as materialized (
  select k.* from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_unit is not null, p_by_sector, true, htx.explain_only(p_catalogue, p_indicator)) k
  where k.code = p_indicator and k.b2 = p_b2
    and case when p_by_sector then k.sector else k.b1 end = p_b1
    and (p_unit is null or (k.unit = p_unit and k.unit_from = p_unit_from))),
given as (
  select unit, unit_from, bool_or(source = 'entity') as from_entities
  from gave where kept and numerator is not null
    and (denominator is not null or op not in ('wmean', 'ratio'))
  group by unit, unit_from),
-- the cell of a report that was asked for
cell as (
  select r.epoch, r.seq, o.mark::text as mark, o.value * i.inv as value, o.text
  from raw r join ind i on true
  join htx.observation o on o.epoch = r.epoch and o.seq = r.seq and o.indicator = i.no
    and o.b2 = p_b2
    and o.b1 = case when p_by_sector and r.kind <> 'unit' then '' else p_b1 end
  where p_unit is null or (r.unit = p_unit and r.unit_from = p_unit_from)),
left_out as (
  -- the unit's other source
  select 'source_order' as reason, s.unit, s.unit_from, '' as subject, null::bigint as epoch,
    null::bigint as seq, null::bigint as other_epoch, null::bigint as other_seq, s.source,
    s.numerator, s.denominator, s.stated, '' as mark, '' as written, s.reported as reports
  from htx.rollup_source(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, false,
    htx.explain_only(p_catalogue, p_indicator)) s
  join ind i on i.no = s.indicator cross join sector
  where not s.chosen and s.sector = sector.code and s.b2 = p_b2
    and s.b1 = case when p_by_sector then '' else p_b1 end
    and (s.numerator is not null or s.stated is not null)
    and (p_unit is null or (s.unit = p_unit and s.unit_from = p_unit_from))
  union all
  -- a department's figure, where districts gave theirs
  select 'department', k.unit, k.unit_from, coalesce(k.who, ''), null, null, null, null,
    k.source, k.numerator, k.denominator, k.stated, '', '', k.reported
  from gave k where not k.kept and k.op <> 'given'
  union all
  -- a source was chosen, and this subject of it says nothing that can be added
  select case when k.op = 'count' and k.source = 'entity' then 'no_match'
      when coalesce(c.mark, '') in ('v', '-') or (k.source = 'statement' and k.stated is not null)
        then 'no_weight'
      when c.mark = 'x' then 'not_applicable'
      when c.mark = '.' or k.not_available > 0 then 'not_available'
      when c.mark = 'k' or k.refused > 0 then 'refused_value'
      else 'missing' end,
    k.unit, k.unit_from, case when k.source = 'entity' then k.who else '' end, r.epoch, r.seq,
    null, null, k.source, null, null, coalesce(k.stated, c.value), coalesce(c.mark, ''),
    coalesce(c.text, ''), 1
  from gave k
  left join lateral (
    select r.epoch, r.seq from raw r
    where r.unit = k.unit and r.unit_from = k.unit_from and r.vintage = k.vintage
      and case when k.source = 'entity' then r.who = k.who else r.kind = 'unit' end
      and (k.op in ('count', 'ratio') or (r.form, r.form_version) in (select * from forms))
    order by r.form collate "C" limit 1) r on true
  left join cell c on c.epoch = r.epoch and c.seq = r.seq
  where k.kept and k.source in ('entity', 'statement')
    and (k.numerator is null or (k.denominator is null and k.op in ('wmean', 'ratio'))
      or (k.op = 'count' and k.numerator = 0 and k.source = 'entity'))
  union all
  -- reports that do not count, or for which another one does
  select case when dn.act = 'reject' then 'rejected'
      when dn.act is null and r.verdict in ('held', 'refused', 'conflict') then r.verdict
      when dn.act is null and not r.counts then 'duplicate'
      when s.old is not null and exists (select from htx.answer a where a.hash = s.by)
        then 'withdrawn'
      when s.old is not null then 'superseded'
      else 'other_channel' end,
    r.unit, r.unit_from, r.subject, r.epoch, r.seq, case when dn.act = 'reject' then dn.epoch
      else coalesce(n.epoch, s.epoch, d.epoch, w.epoch) end, case when dn.act = 'reject' then dn.seq
      else coalesce(n.seq, s.seq, d.seq, w.seq) end, case when r.kind = 'unit' then 'statement' else 'entity' end,
    null, null, o.value, coalesce(o.mark, ''), coalesce(o.text, ''), 1
  from htx.report r
  join ind i on true cross join sector
  left join htx.decision_at(p_scheme, p_period, p_epoch, p_seq) dn on dn.about = r.hash
  left join htx.supersession s on s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq)
  -- a decision puts a report in place of another one: the report is named, not the decision
  left join lateral (select f.epoch, f.seq from htx.report f
    where f.hash = s.by order by f.epoch, f.seq limit 1) n on true
  left join lateral (select f.epoch, f.seq from htx.report f
    where f.hash = r.duplicate_of order by f.epoch, f.seq limit 1) d on true
  left join lateral (select w.epoch, w.seq from raw w
    where w.vintage = r.vintage and w.form = r.form and w.subject = r.subject
      and (r.kind <> 'unit' or (w.unit = r.unit and w.unit_from = r.unit_from)) limit 1) w
    on r.subject <> ''
  left join lateral (select x.mark::text as mark, x.text,
      case x.mark when 'v' then x.value when '-' then 0 end * i.inv as value
    from htx.observation x
    where x.epoch = r.epoch and x.seq = r.seq and x.indicator = i.no and x.b2 = p_b2
      and x.b1 = case when p_by_sector and r.kind <> 'unit' then '' else p_b1 end limit 1) o
    on true
  where r.scheme = p_scheme and r.period = p_period and r.vintage = p_vintage
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and (p_unit is null or (r.unit = p_unit and r.unit_from = p_unit_from))
    and not exists (select from raw w where w.epoch = r.epoch and w.seq = r.seq)
    and ((i.op = 'count' and r.kind <> 'unit')
      or (r.form, r.form_version) in (select * from forms))
    and (sector.code in ('', 'undivided') or r.kind = 'unit'
      or coalesce((select top from sec where sec.code = r.sector), 'unknown') = sector.code)
  union all
  -- units that must report and gave nothing here
  select case when not exists (select from htx.report r where r.counts
        and r.scheme = p_scheme and r.period = p_period and r.vintage = p_vintage
        and (r.epoch, r.seq) <= (p_epoch, p_seq) and r.unit = u.code
        and r.unit_from = u.valid_from)
      and not exists (select from raw r where r.unit = u.code
        and r.unit_from = u.valid_from) then case when (
          select d.nothing from htx.submission d
          where d.scheme = p_scheme and d.period = p_period and d.vintage = p_vintage
            and d.unit = u.code and d.unit_from = u.valid_from
            and d.verdict in ('accepted', 'warnings') and (d.epoch, d.seq) <= (p_epoch, p_seq)
          order by d.epoch desc, d.seq desc limit 1) then 'unit_nothing' else 'unit_none' end
      else 'unit_silent' end,
    u.code, u.valid_from, '', null, null, null, null, '', null, null, null, '', '', 0
  from htx.unit_expected(p_scheme, p_period, p_epoch, p_seq) u
  where (p_unit is null or (u.code = p_unit and u.valid_from = p_unit_from))
    and not exists (select from gave k where k.unit = u.code and k.unit_from = u.valid_from)
  union all
  -- entities of the register that did not report, in units counted by their entities
  select 'entity_none', l.unit, l.unit_from, l.subject, null, null, null, null, 'entity', null,
    null, null, '', '', 0
  from htx.entity_expected(p_scheme, p_period, p_vintage, p_epoch, p_seq) l
  join given g on g.unit = l.unit and g.unit_from = l.unit_from and g.from_entities
  cross join sector
  where not exists (select from raw r where r.who = l.subject and r.kind <> 'unit')
    and (sector.code = ''
      or coalesce((select top from sec where sec.code = l.sector), 'unknown') = sector.code))
select l.reason, l.unit, l.unit_from, coalesce((
    select r.name from htx.report r
    where r.epoch = l.epoch and r.seq = l.seq and r.kind <> 'unit'),
    (select e.name from htx.entity_at(p_epoch, p_seq) e where e.subject = l.subject), ''),
  l.subject, l.epoch, l.seq, l.other_epoch, l.other_seq, l.source, trim_scale(l.numerator),
  trim_scale(l.denominator), trim_scale(l.stated), l.mark, case when l.reason = 'no_match'
    then (select r.kind || ' ' || r.state from htx.report r
      where r.epoch = l.epoch and r.seq = l.seq) else l.written end, l.reports
from left_out l
order by array_position(array['source_order', 'department', 'superseded', 'other_channel',
    'duplicate', 'rejected', 'held', 'refused', 'conflict', 'no_weight', 'no_match', 'not_applicable',
    'not_available', 'refused_value', 'missing', 'entity_none', 'unit_silent', 'unit_nothing',
    'unit_none'], l.reason),
  l.unit collate "C", l.unit_from, l.epoch, l.seq, l.subject collate "C"
$$;
comment on function htx.explain_left is
  'What a total leaves out, and why: the unit''s other source, departments, reports that do not count or for which another one does, subjects without a usable value, and who reported nothing.';

-- Of a unit on today's map: what the units of that day left out, under who they are today.
drop function if exists htx.explain_left_as_is(text, text, text, bigint, bigint, integer,
  boolean, text, date, text, text, text);
create function htx.explain_left_as_is(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_sector boolean,
  p_unit text, p_unit_from date, p_indicator text, p_b1 text, p_b2 text)
returns table (reason text, unit text, unit_from date, name text, subject text,
  epoch bigint, seq bigint, other_epoch bigint, other_seq bigint, source text,
  numerator numeric, denominator numeric, stated numeric, mark text, written text,
  reports bigint)
language sql stable
set work_mem = '64MB' as $$
  select l.reason, l.unit, l.unit_from, l.name, l.subject, l.epoch, l.seq, l.other_epoch,
    l.other_seq, l.source, l.numerator, l.denominator, l.stated, l.mark, l.written, l.reports
  from htx.explain_left(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_sector, null, null, p_indicator, p_b1, p_b2) with ordinality l
  left join htx.same_at(p_epoch, p_seq) m on m.subject = l.subject
  left join htx.home_at(p_epoch, p_seq) h
    on h.subject = coalesce(m.root, l.subject) and l.subject not in ('', 'unit')
  left join htx.unit_home_on(p_epoch, p_seq, 'infinity') u
    on u.unit = l.unit and u.unit_from = l.unit_from
  where l.reason <> 'department'
    and coalesce(h.unit, u.home, l.unit) = p_unit
    and coalesce(h.unit_from, u.home_from, l.unit_from) = p_unit_from
  order by l.ordinality
$$;
comment on function htx.explain_left_as_is is
  'explain_left for a unit on today''s map: what is left out of the entities and units that belong to it now; unit: who reported or should have.';
