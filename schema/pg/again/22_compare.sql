-- What stands beside a total: the same period a year earlier and the plan. Every cell that
-- stays empty says why, by a word that aggregator/compare.c has in both languages.
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

drop function if exists htx.compare_total(text, text, text, bigint, bigint, integer, boolean,
  boolean) cascade;
create function htx.compare_total(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  value numeric, num numeric, den numeric, factor integer, digits integer, stated numeric,
  given_by text)
language sql stable
set work_mem = '64MB' as $$
with
total as (
  select * from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue,
    p_by_unit, p_by_sector)),
-- the province's own statement covers every unit's
giver as (
  select k.vintage, k.code, case when p_by_sector then k.sector else k.b1 end as b1, k.b2,
    case when bool_or(u.kind = 'province') then '' else
      string_agg(distinct k.unit || ' ' || k.unit_from, ',' order by k.unit || ' ' || k.unit_from)
      end as given_by
  from htx.rollup_kept(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, false,
    p_by_sector) k
  left join htx.unit_at(p_epoch, p_seq) u on u.code = k.unit and u.valid_from = k.unit_from
  where not p_by_unit and k.kept and k.numerator is not null
  group by 1, 2, 3, 4)
select t.unit, t.unit_from, t.vintage, t.indicator, t.b1, t.b2, t.value,
  case when t.denominator is not null then t.numerator else t.value end,
  case when t.denominator is not null then t.denominator when t.value is not null then 1 end,
  case when t.denominator is not null and i.op = 'ratio' and t.measure like '\%%'
    then 100 else 1 end,
  t.decimals, t.stated, coalesce(g.given_by, '')
from total t
join htx.cat_indicator i on i.version = p_catalogue and i.no = t.no
left join giver g on g.vintage = t.vintage and g.code = t.indicator and g.b1 = t.b1
  and g.b2 = t.b2
$$;
comment on function htx.compare_total is
  'Totals as comparisons need them: value = num / den (den 1 where nothing is divided) times factor; given_by: the units that gave it, blank for one unit''s own row and where the province itself spoke.';

-- value: what is printed; empty with a reason, or given with one that restricts it:
-- year_plan (of the year that contains the period), estimate (last year's actual is not
-- there), other_reporters (not the units of a year ago).
drop function if exists htx.compare(text, text, text, bigint, bigint, integer, boolean,
  boolean);
create function htx.compare(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_by_unit boolean, p_by_sector boolean)
returns table (unit text, unit_from date, vintage text, indicator text, b1 text, b2 text,
  ord integer, what text, value numeric, reason text)
language sql stable
set work_mem = '64MB' as $$
with
now as materialized (
  select * from htx.compare_total(p_scheme, p_period, p_vintage, p_epoch, p_seq,
    p_catalogue, p_by_unit, p_by_sector)),
-- of last year's two vintages the actual one, where it gave a figure
before as materialized (
  select distinct on (t.unit, t.unit_from, t.indicator, t.b1, t.b2) t.*
  from htx.period_before(p_scheme, p_period, p_epoch, p_seq) p,
    lateral htx.compare_total(p_scheme, p.code, null, p_epoch, p_seq, p_catalogue,
      p_by_unit, p_by_sector) t
  where t.vintage in ('actual', 'estimate')
  order by t.unit, t.unit_from, t.indicator, t.b1, t.b2, t.value is null, t.vintage),
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
has as (
  select exists (select from htx.period_before(p_scheme, p_period, p_epoch, p_seq)) as before),
pair as (
  select n.unit, n.unit_from, n.vintage, n.indicator, n.b1, n.b2, n.num, n.den, n.factor,
    n.digits, b.value as previous, b.num as b_num, b.den as b_den,
    case when b.value is not null then case when b.vintage = 'estimate' then 'estimate' else '' end
      when not has.before then 'no_period'
      when b.stated is not null then 'stated' else 'not_reported' end as b_reason,
    n.given_by <> '' and b.given_by <> '' and n.given_by <> b.given_by as b_others,
    q.value as plan, q.num as q_num, q.den as q_den,
    case when n.vintage = 'plan' then 'is_plan'
      when q.value is not null then q.reason
      when q.stated is not null then 'stated' else 'no_plan' end as q_reason,
    n.given_by <> '' and q.given_by <> '' and n.given_by <> q.given_by as q_others
  from now n cross join has
  -- equalities only, so that a province by unit and sector is hashed, not looped over
  left join before b on b.unit = n.unit
    and coalesce(b.unit_from, '-infinity') = coalesce(n.unit_from, '-infinity')
    and b.indicator = n.indicator and b.b1 = n.b1 and b.b2 = n.b2
  left join plan q on n.vintage <> 'plan' and q.unit = n.unit
    and coalesce(q.unit_from, '-infinity') = coalesce(n.unit_from, '-infinity')
    and q.indicator = n.indicator and q.b1 = n.b1 and q.b2 = n.b2)
select p.unit, p.unit_from, p.vintage, p.indicator, p.b1, p.b2, w.ord, w.what,
  trim_scale(w.value), w.reason
from pair p
cross join lateral (
  select case when b_others then 'other_reporters' else b_reason end as b_word,
    case when q_others and q_reason <> 'year_plan' then 'other_reporters' else q_reason end
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
      when not (p.q_num > 0 and p.q_den > 0) then 'not_positive' else o.q_word end))
  as w (ord, what, value, reason)
order by p.unit collate "C", p.unit_from, p.vintage collate "C", p.indicator collate "C",
  p.b1 collate "C", p.b2 collate "C", w.ord
$$;
comment on function htx.compare is
  'Beside each total: previous (the same period a year earlier: actual, else estimate), plan (of the period, else of its year), change, percent_previous, percent_plan. Nothing is annualised; plan, estimate and actual are compared, never mixed. A mean or ratio is compared as it is derived again, rounded once.';
