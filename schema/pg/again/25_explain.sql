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
create function htx.explain_line(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_indicator text)
returns table (
  unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  of_unit text, of_unit_from date, source text, basis text, role text, amount numeric,
  epoch bigint, seq bigint, cell_no integer, cell_b1 text, cell_b2 text, cell_value bigint,
  weight_epoch bigint, weight_seq bigint, weight_no integer, weight_b1 text, weight_b2 text,
  weight_value bigint, factor numeric)
language sql stable as $$
  select case when p_by_unit then k.unit else '' end,
    case when p_by_unit then k.unit_from end, k.vintage, k.code,
    case when p_by_sector then k.sector else k.b1 end, k.b2, k.unit, k.unit_from, k.source,
    k.basis, t->>'r', trim_scale((c->>5)::numeric * coalesce(1::numeric / ci.scale, 1)
      * coalesce((w->>5)::numeric * coalesce(1::numeric / wi.scale, 1), 1)
      * (t->>'f')::numeric),
    (c->>0)::bigint, (c->>1)::bigint, (c->>2)::integer, c->>3, c->>4, (c->>5)::bigint,
    (w->>0)::bigint, (w->>1)::bigint, (w->>2)::integer, w->>3, w->>4, (w->>5)::bigint,
    (t->>'f')::numeric
  from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, p_by_unit,
    p_by_sector, true, htx.explain_only(p_catalogue, p_indicator)) k
  cross join lateral jsonb_array_elements(k.terms) t
  cross join lateral jsonb_array_elements(t->'c') c
  left join lateral jsonb_array_elements(case jsonb_typeof(t->'w') when 'array'
    then t->'w' end) w on true
  left join htx.cat_indicator ci on ci.version = p_catalogue and ci.no = (c->>2)::integer
  left join htx.cat_indicator wi on wi.version = p_catalogue and wi.no = (w->>2)::integer
  where k.kept and (p_indicator is null or k.code = p_indicator)
$$;
comment on function htx.explain_line is
  'The signed cells of every total: role n adds amount to the numerator, d to the denominator. amount = cell × weight × factor in printed units; cell_no 0: the report itself, counted as one.';

drop function if exists htx.explain_check(text, text, text, bigint, bigint, integer, boolean,
  boolean, text);
create function htx.explain_check(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean,
  p_indicator text)
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
    p_by_unit, p_by_sector, p_indicator) l
  group by 1, 2, 3, 4, 5, 6),
figure as (
  select r.unit, r.unit_from, r.vintage, r.indicator, r.b1, r.b2,
    case when i.op in ('wmean', 'ratio') then r.numerator else r.value end as n,
    r.denominator as d
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, p_by_unit,
    p_by_sector) r
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
