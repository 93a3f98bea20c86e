-- What stands beside a total: the same period a year earlier and the plan. Every cell that
-- stays empty says why, by a word that aggregator/rollup/compare.c has in both languages.
-- A pure function of a log prefix, like the roll-up. Run again at every migrate.

create or replace function htx.period_before(p_scheme text, p_code text, p_epoch bigint,
  p_seq bigint) returns setof htx.period
language sql stable as $$
  select q.* from htx.period_at(p_scheme, p_code, p_epoch, p_seq) p,
    (select distinct code from htx.period
      where scheme = p_scheme and (epoch, seq) <= (p_epoch, p_seq)) c,
    lateral htx.period_at(p_scheme, c.code, p_epoch, p_seq) q
  where q.kind = p.kind and p.kind <> 'multi' and q.code <> p.code
    and abs(q.ends - (p.ends - interval '1 year')::date) <= 45
    and abs(q.starts - (p.starts - interval '1 year')::date) <= 45
  order by abs(q.ends - (p.ends - interval '1 year')::date), q.code collate "C" limit 1
$$;
comment on function htx.period_before is
  'The same period a year earlier: of the same scheme and kind, its days at most 45 off (schemes move by a few days from year to year).';

create or replace function htx.period_year(p_scheme text, p_code text, p_epoch bigint,
  p_seq bigint) returns setof htx.period
language sql stable as $$
  select q.* from htx.period_at(p_scheme, p_code, p_epoch, p_seq) p,
    (select distinct code from htx.period
      where scheme = p_scheme and (epoch, seq) <= (p_epoch, p_seq)) c,
    lateral htx.period_at(p_scheme, c.code, p_epoch, p_seq) q
  where p.kind not in ('year', 'multi') and q.kind = 'year' and q.starts <= p.starts
    and q.ends >= p.ends
  order by q.ends, q.code collate "C" limit 1
$$;
comment on function htx.period_year is 'The year that a half-year, quarter or nine months lie in.';

-- Most provinces begin without last year and without plans: what nobody spoke of is not
-- rolled up. Reports that count not are enough to look; the register's own events count
-- only as actual.
create or replace function htx.spoken_of(p_scheme text, p_period text, p_vintage text)
returns boolean language sql stable as $$
  select exists (select from htx.report r where r.scheme = p_scheme and r.period = p_period
      and (p_vintage is null or r.vintage = p_vintage))
    or (p_vintage is distinct from 'plan' and (exists (select from htx.entity_event)
      or exists (select from htx.report r where r.form = 'bien_dong')))
$$;
comment on function htx.spoken_of is
  'Can a period and vintage have figures at all? Not by position: no is no at every position.';

drop function if exists htx.compare_total(text, text, text, bigint, bigint, integer, boolean,
  boolean) cascade;
create function htx.compare_total(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  value numeric, num numeric, den numeric, factor integer, digits integer, stated numeric,
  basis text, given_by text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
total as (
  select t.*
  from (select p_period as period where htx.spoken_of(p_scheme, p_period, p_vintage)) s,
    lateral htx.rollup(p_scheme, s.period, p_vintage, p_epoch, p_seq, p_catalogue,
      p_by_unit, p_by_sector) t),
-- the province's own statement covers every unit's
giver as (
  select k.vintage, k.code, case when p_by_sector then k.sector else k.b1 end as b1, k.b2,
    case when bool_or(u.kind = 'province') then '' else
      string_agg(distinct k.unit || ' ' || k.unit_from, ',' order by k.unit || ' ' || k.unit_from)
      end as given_by
  from (select p_period as period where htx.spoken_of(p_scheme, p_period, p_vintage)) s
  cross join lateral htx.rollup_kept(p_scheme, s.period, p_vintage, p_epoch, p_seq,
    p_catalogue, false, p_by_sector) k
  left join htx.unit_at(p_epoch, p_seq) u on u.code = k.unit and u.valid_from = k.unit_from
  where not p_by_unit and k.kept and k.numerator is not null
  group by 1, 2, 3, 4)
select t.unit, t.unit_from, t.vintage, t.indicator, t.b1, t.b2, t.value,
  case when t.denominator is not null then t.numerator else t.value end,
  case when t.denominator is not null then t.denominator when t.value is not null then 1 end,
  case when t.denominator is not null and i.op = 'ratio' and t.measure like '\%%'
    then 100 else 1 end,
  t.decimals, t.stated, coalesce(t.basis, ''), coalesce(g.given_by, '')
from total t
join htx.cat_indicator i on i.version = p_catalogue and i.no = t.no
left join giver g on g.vintage = t.vintage and g.code = t.indicator and g.b1 = t.b1
  and g.b2 = t.b2
$$;
comment on function htx.compare_total is
  'Totals as comparisons need them: value = num / den (den 1 where nothing is divided) times factor; given_by: the units that gave it, blank for one unit''s own row and where the province itself spoke.';

-- The very reporters of each figure: units that gave a statement, and entity by entity
-- where the figure comes from them. Two periods can be subtracted where they are the same.
drop function if exists htx.compare_reporters(text, text, text, bigint, bigint, integer,
  boolean, boolean) cascade;
create function htx.compare_reporters(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  reporters text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
  select case when p_by_unit then k.unit else '' end,
    case when p_by_unit then k.unit_from end, k.vintage, k.code,
    case when p_by_sector then k.sector else k.b1 end, k.b2,
    md5(string_agg(distinct concat_ws(e'\x1f', k.unit, k.unit_from, k.source, k.who), e'\n'
      order by concat_ws(e'\x1f', k.unit, k.unit_from, k.source, k.who)))
  from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, p_by_unit,
    p_by_sector, true, (select array_agg(i.no) from htx.cat_indicator i
      where i.version = p_catalogue and (i.op in ('wmean', 'ratio')
        or (i.op = 'sum' and i.type = 'flow')))) k
  where k.kept and k.numerator is not null
  group by 1, 2, 3, 4, 5, 6
$$;
comment on function htx.compare_reporters is
  'One hash over who gave a figure: units with their source, and entities. Only for what may be subtracted: flows, means, ratios.';

-- Of a side of a mean or ratio: f all flows (year - first half), s all stocks (the year's),
-- blank neither.
create or replace function htx.compare_side(p_catalogue integer, codes text) returns text
language sql stable as $$
  select case when bool_and(i.type = 'flow' and i.op = 'sum') then 'f'
    when bool_and(i.type = 'stock') then 's' else '' end
  from unnest(string_to_array(codes, ',')) w
  left join htx.cat_indicator i on i.version = p_catalogue and i.code = split_part(w, ':', 1)
$$;
comment on function htx.compare_side is
  'Can the indicators of a numerator or denominator be subtracted (f), do they stand at the year''s end (s), or neither (blank)?';

drop function if exists htx.compare_rest(text, text, text, bigint, bigint, integer, boolean,
  boolean) cascade;
create function htx.compare_rest(p_scheme text, p_year text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  value numeric, num numeric, den numeric, factor integer, digits integer, reason text,
  given_by text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
first as (
  select h.code from htx.period_at(p_scheme, p_year, p_epoch, p_seq) y,
    (select distinct code from htx.period
      where scheme = p_scheme and (epoch, seq) <= (p_epoch, p_seq)) c,
    lateral htx.period_at(p_scheme, c.code, p_epoch, p_seq) h
  where y.kind = 'year' and h.kind = 'half' and abs(h.starts - y.starts) <= 7
    and h.ends < y.ends
  order by abs(h.starts - y.starts), h.code collate "C" limit 1),
year as materialized (
  select t.* from first, lateral htx.compare_total(p_scheme, p_year, p_vintage, p_epoch,
    p_seq, p_catalogue, p_by_unit, p_by_sector) t),
half as materialized (
  select t.* from first f, lateral htx.compare_total(p_scheme, f.code, p_vintage, p_epoch,
    p_seq, p_catalogue, p_by_unit, p_by_sector) t),
year_of as materialized (
  select r.* from first, lateral htx.compare_reporters(p_scheme, p_year, p_vintage, p_epoch,
    p_seq, p_catalogue, p_by_unit, p_by_sector) r),
half_of as materialized (
  select r.* from first f, lateral htx.compare_reporters(p_scheme, f.code, p_vintage,
    p_epoch, p_seq, p_catalogue, p_by_unit, p_by_sector) r),
way as (
  select i.code, i.scale, case
      when i.op in ('wmean', 'ratio') then htx.compare_side(p_catalogue, i.num)
      when i.type = 'flow' and i.op = 'sum' then 'f'
      when i.type = 'stock' and i.op in ('sum', 'last', 'count') then 's' else '' end as n,
    case when i.op in ('wmean', 'ratio') then htx.compare_side(p_catalogue, i.den)
      else '1' end as d
  from htx.cat_indicator i where i.version = p_catalogue),
told as (
  select y.*, w.n, w.d, w.scale,
    h.num as h_num, h.den as h_den, case
      when y.num is null and y.stated is not null then 'stated'
      when y.num is null then 'no_figure'
      when w.n = '' or w.d = '' then 'not_additive'
      when 'f' not in (w.n, w.d) then ''
      when h.num is null then 'no_first_half'
      when w.d <> '1' and (y.basis <> 'reported' or h.basis <> 'reported')
        then 'not_additive'
      when a.reporters is distinct from b.reporters then 'other_reporters'
      when w.scale = 1 and w.d = '1' and y.num < h.num then 'negative'
      else '' end as why
  from year y
  join way w on w.code = y.indicator
  left join half h on h.unit = y.unit
    and coalesce(h.unit_from, '-infinity') = coalesce(y.unit_from, '-infinity')
    and h.vintage = y.vintage and h.indicator = y.indicator and h.b1 = y.b1 and h.b2 = y.b2
  left join year_of a on a.unit = y.unit
    and coalesce(a.unit_from, '-infinity') = coalesce(y.unit_from, '-infinity')
    and a.vintage = y.vintage and a.indicator = y.indicator and a.b1 = y.b1 and a.b2 = y.b2
  left join half_of b on b.unit = y.unit
    and coalesce(b.unit_from, '-infinity') = coalesce(y.unit_from, '-infinity')
    and b.vintage = y.vintage and b.indicator = y.indicator and b.b1 = y.b1 and b.b2 = y.b2)
select t.unit, t.unit_from, t.vintage, t.indicator, t.b1, t.b2,
  case when t.d = '1' then trim_scale(r.num)
    else trim_scale(htx.quotient(t.factor * r.num, r.den, t.digits)) end,
  r.num, r.den, t.factor, t.digits,
  case when t.why = '' and r.den = 0 then 'not_positive' else t.why end, t.given_by
from told t
cross join lateral (
  select case when t.why = '' then t.num - case t.n when 'f' then t.h_num else 0 end end as num,
    case when t.why = '' then t.den - case t.d when 'f' then t.h_den else 0 end end as den) r
$$;
comment on function htx.compare_rest is
  'The second half of a year: year - first half of flows that add, where the very same reporters gave both; the year''s for stocks; means and ratios derived again from such sides; else the reason why not.';

-- value: what is printed; empty with a reason, or given with one that restricts it:
-- year_plan (of the year that contains the period), estimate (last year's actual is not
-- there), year_less_first (last year's second half was not reported by itself),
-- other_reporters (not the units of a year ago), break (units changed in between); several
-- with commas between.
drop function if exists htx.compare(text, text, text, bigint, bigint, integer, boolean,
  boolean);
create function htx.compare(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  ord integer, what text, value numeric, reason text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
now as materialized (
  select * from htx.compare_total(p_scheme, p_period, p_vintage, p_epoch, p_seq,
    p_catalogue, p_by_unit, p_by_sector)),
-- of last year's figures the actual one, then what its year leaves to its second half,
-- then the estimate; the first that is there
before as materialized (
  select distinct on (t.unit, t.unit_from, t.indicator, t.b1, t.b2) t.*
  from (
    select t.unit, t.unit_from, t.indicator, t.b1, t.b2, t.value, t.num, t.den, t.stated,
      t.given_by, case t.vintage when 'estimate' then 'estimate' else '' end as reason
    from htx.period_before(p_scheme, p_period, p_epoch, p_seq) p,
      lateral htx.compare_total(p_scheme, p.code, null, p_epoch, p_seq, p_catalogue,
        p_by_unit, p_by_sector) t
    where t.vintage in ('actual', 'estimate')
    union all
    select t.unit, t.unit_from, t.indicator, t.b1, t.b2, t.value, t.num, t.den, null,
      t.given_by, 'year_less_first'
    from htx.period_before(p_scheme, p_period, p_epoch, p_seq) p,
      lateral htx.period_year(p_scheme, p.code, p_epoch, p_seq) y,
      lateral htx.compare_rest(p_scheme, y.code, 'actual', p_epoch, p_seq, p_catalogue,
        p_by_unit, p_by_sector) t
    where p.kind = 'half' and p.starts > y.starts + 90 and abs(p.ends - y.ends) <= 7
      and t.value is not null) t
  order by t.unit, t.unit_from, t.indicator, t.b1, t.b2, t.value is null,
    t.reason = 'estimate', t.reason),
plan as materialized (
  select distinct on (t.unit, t.unit_from, t.indicator, t.b1, t.b2) t.*
  from (
    select t.*, '' as reason from htx.compare_total(p_scheme, p_period, 'plan', p_epoch,
      p_seq, p_catalogue, p_by_unit, p_by_sector) t
    union all
    select t.*, 'year_plan' from htx.period_year(p_scheme, p_period, p_epoch, p_seq) y,
      lateral htx.compare_total(p_scheme, y.code, 'plan', p_epoch, p_seq, p_catalogue,
        p_by_unit, p_by_sector) t) t
  order by t.unit, t.unit_from, t.indicator, t.b1, t.b2, t.value is null, t.reason),
rest as materialized (
  select * from htx.compare_rest(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_unit, p_by_sector)),
broken as materialized (
  select distinct unit, unit_from
  from htx.break_at(p_scheme, p_period, p_epoch, p_seq)),
has as (
  select exists (select from htx.period_before(p_scheme, p_period, p_epoch, p_seq)) as before),
pair as (
  select n.unit, n.unit_from, n.vintage, n.indicator, n.b1, n.b2, n.num, n.den, n.factor,
    n.digits, b.value as previous, b.num as b_num, b.den as b_den,
    case when b.value is not null then b.reason
      when not has.before then 'no_period'
      when k.unit is not null then 'break'
      when b.stated is not null then 'stated' else 'not_reported' end as b_reason,
    n.given_by <> '' and b.given_by <> '' and n.given_by <> b.given_by as b_others,
    k.unit is not null as broken,
    s.indicator is not null as has_rest, s.value as rest, s.reason as s_reason,
    q.value as plan, q.num as q_num, q.den as q_den,
    case when n.vintage = 'plan' then 'is_plan'
      when q.value is not null then q.reason
      when q.stated is not null then 'stated' else 'no_plan' end as q_reason,
    n.given_by <> '' and q.given_by <> '' and n.given_by <> q.given_by as q_others
  from now n cross join has
  -- equalities only, so that a province by unit and sector is hashed, not looped over
  left join rest s on s.unit = n.unit
    and coalesce(s.unit_from, '-infinity') = coalesce(n.unit_from, '-infinity')
    and s.vintage = n.vintage and s.indicator = n.indicator and s.b1 = n.b1 and s.b2 = n.b2
  left join before b on b.unit = n.unit
    and coalesce(b.unit_from, '-infinity') = coalesce(n.unit_from, '-infinity')
    and b.indicator = n.indicator and b.b1 = n.b1 and b.b2 = n.b2
  left join plan q on n.vintage <> 'plan' and q.unit = n.unit
    and coalesce(q.unit_from, '-infinity') = coalesce(n.unit_from, '-infinity')
    and q.indicator = n.indicator and q.b1 = n.b1 and q.b2 = n.b2
  left join broken k on k.unit = n.unit and k.unit_from = n.unit_from)
select p.unit, p.unit_from, p.vintage, p.indicator, p.b1, p.b2, w.ord, w.what,
  trim_scale(w.value), w.reason
from pair p
cross join lateral (
  select concat_ws(',', nullif(b_reason, ''), case when broken then 'break'
      when b_others then 'other_reporters' end) as b_word,
    concat_ws(',', nullif(q_reason, ''), case when q_others then 'other_reporters' end)
      as q_word) o
cross join lateral (values
  (1, 'previous', p.previous, p.b_reason),
  (2, 'plan', p.plan, p.q_reason),
  (3, 'change', case
      when p.den = 1 and p.b_den = 1 then p.num - p.b_num
      else htx.quotient(p.factor * (p.num * p.b_den - p.b_num * p.den), p.den * p.b_den,
        p.digits) end,
    case when p.previous is null then p.b_reason when p.num is null then 'no_figure'
      else o.b_word end),
  (4, 'percent_previous', case when p.b_num > 0 and p.b_den > 0
      then htx.quotient(100 * p.num * p.b_den, p.den * p.b_num, 1) end,
    case when p.previous is null then p.b_reason when p.num is null then 'no_figure'
      when not (p.b_num > 0 and p.b_den > 0) then 'not_positive' else o.b_word end),
  (5, 'percent_plan', case when p.q_num > 0 and p.q_den > 0
      then htx.quotient(100 * p.num * p.q_den, p.den * p.q_num, 1) end,
    case when p.plan is null then p.q_reason when p.num is null then 'no_figure'
      when not (p.q_num > 0 and p.q_den > 0) then 'not_positive' else o.q_word end),
  (6, 'second_half', p.rest, p.s_reason))
  as w (ord, what, value, reason)
where w.ord <> 6 or p.has_rest
order by p.unit collate "C", p.unit_from, p.vintage collate "C", p.indicator collate "C",
  p.b1 collate "C", p.b2 collate "C", w.ord
$$;
comment on function htx.compare is
  'Beside each total: previous (the same period a year earlier: actual, else estimate), plan (of the period, else of its year), change, percent_previous, percent_plan; of a year also second_half. Nothing is annualised; plan, estimate and actual are compared, never mixed. A mean or ratio is compared as it is derived again, rounded once.';
