-- Targets beside what was reached. Run again at every migrate.

create or replace function htx.target_at(p_epoch bigint, p_seq bigint)
returns table (id text, ord bigint, document text, line integer, seed text, section text,
  level text, area_code text, area text, period text, as_of text, kind text, indicator text,
  breakdown text, qualifier text, text text, value text, value_hi text, unit text, note text,
  population text, starts date, ends date)
language sql stable as $$
  with
  told as (
    select * from htx.target t where (t.epoch, t.seq) <= (p_epoch, p_seq)),
  first as (
    select document, row_number() over (order by min(array[epoch, seq])) as n
    from told group by document),
  now as (
    select distinct on (t.seed, t.section, t.area_code, t.period, t.kind, t.indicator,
      t.breakdown, t.nth) t.*
    from told t
    order by t.seed, t.section, t.area_code, t.period, t.kind, t.indicator, t.breakdown,
      t.nth, t.epoch desc, t.seq desc)
  select t.epoch || '.' || t.seq, row_number() over (order by f.n, t.line, t.epoch, t.seq),
    t.document, t.line, t.seed, t.section, t.level, t.area_code, t.area, t.period, t.as_of,
    t.kind, t.indicator, t.breakdown, t.qualifier, t.text, t.value, t.value_hi, t.unit,
    t.note, t.population, t.starts, t.ends
  from now t join first f using (document)
  where not t.gone
$$;
comment on function htx.target_at is
  'The lines of targets at a position, in the order of the documents and of their lines.';

drop view if exists htx.target_now;
create view htx.target_now as
  select t.* from (select epoch, last_seq from htx.commit order by epoch desc, number desc
    limit 1) c, lateral htx.target_at(c.epoch, c.last_seq) t;
comment on view htx.target_now is 'The lines of targets at the end of the log.';
grant select on htx.target_now to htx_serve, htx_admin, htx_read;

-- What a target's qualifier asks of the figure: ge, gt, le, lt, about; blank: not known.
create or replace function htx.target_relation(qualifier text) returns text
language sql immutable as $$
  select case
    when q ~ 'không (dưới|ít hơn)' then 'ge'
    when q ~ '(không (quá|vượt)|tối đa|nhiều nhất)' then 'le'
    when q ~ 'dưới' then 'lt'
    when q ~ '(ít nhất|trở lên|tối thiểu|mỗi năm|từ)' or q = '' then 'ge'
    when q ~ '(trên|hơn)' then 'gt'
    when q ~ '(khoảng|xấp xỉ)' then 'about'
    else '' end
  from (select htx.small_letters(btrim(qualifier)) as q) n
$$;
comment on function htx.target_relation is
  'dưới: lt (less is better); trên, hơn: gt; ít nhất, trở lên, mỗi năm, from ... on, or nothing: ge; khoảng: about.';

-- Which figures speak of a target, best first; word: why the figure cannot be compared
-- with it all the same. An indicator that is not here speaks of itself. population: a code
-- of that breakdown, '' the indicator's usual one.
drop view if exists htx.target_figure;
create view htx.target_figure as
  select * from (values
    ('htx.new.per_year', '', 1, 'htx.new', '', ''),
    ('htx.new.per_year', '', 2, 'htx.new.per_year', '', ''),
    ('tht.new.per_year', '', 1, 'tht.new', '', ''),
    ('tht.new.per_year', '', 2, 'tht.new.per_year', '', ''),
    ('ocop.products.4plus', '', 1, 'ocop.products', '4,5', ''),
    ('ocop.products.4plus', '', 2, 'ocop.products.4plus', '', ''),
    ('htx.total', '', 1, 'htx.total', '', ''),
    ('htx.total', '', 2, 'htx.total+branch', '', 'grouping'),
    ('htx.total', 'htx_branch', 1, 'htx.total+branch', '', ''),
    ('htx.total', 'htx_branch', 2, 'htx.total', '', 'grouping'),
    ('member.total', '', 1, 'member.total', '', ''),
    ('member.total', '', 2, 'person.htx+member+worker', '', 'grouping'),
    ('tht.member', '', 1, 'tht.member', '', ''),
    ('tht.member', '', 2, 'person.tht+member+worker', '', 'grouping'),
    ('worker.regular', '', 1, 'worker.regular', '', ''),
    ('worker.regular', '', 2, 'worker.kttt', '', 'population'),
    ('worker.regular', '', 3, 'person.htx+member+worker', '', 'grouping'),
    ('worker.regular', 'htx', 1, 'worker.regular', '', ''),
    ('worker.regular', 'htx', 2, 'worker.kttt', '', 'population'),
    ('worker.regular', 'htx', 3, 'person.htx+member+worker', '', 'grouping'),
    ('worker.regular', 'kttt', 1, 'worker.kttt', '', ''),
    ('worker.regular', 'kttt', 2, 'worker.regular', '', 'population'),
    ('worker.regular', 'kttt', 3, 'person.htx+member+worker', '', 'population'),
    ('income.worker_avg', '', 1, 'income.worker_avg', '', ''),
    ('income.worker_avg', '', 2, 'income.member_avg', '', 'population'),
    ('income.worker_avg', 'member_worker', 1, 'income.worker_avg', '', 'population'),
    ('income.worker_avg', 'member_worker', 2, 'income.member_avg', '', 'population'),
    ('mgr.edu.dai_hoc_pct', 'young_staff', 1, 'mgr.edu.dai_hoc_pct', '', ''),
    ('mgr.edu.cao_dang+trung_cap_pct', 'young_staff', 1, 'mgr.edu.cao_dang+trung_cap_pct',
      '', '')
  ) f (indicator, population, rank, figure, parts, word);
comment on view htx.target_figure is
  'Which figures speak of a target and why some cannot be compared with it: htx.total+branch takes branches along, worker.regular is workers of cooperatives and worker.kttt those of groups and unions as well. parts: codes of b1 to be added.';
grant select on htx.target_figure to htx_serve, htx_admin, htx_read;

drop function if exists htx.target_status(text, text, text, bigint, bigint, integer);
create function htx.target_status(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer)
returns table (ord bigint, id text, period text, indicator text, breakdown text,
  qualifier text, text text, value text, value_hi text, measure text, act text,
  outcome text, reason text, actual numeric, area text, note text, kind text,
  figure text, ends date)
language sql stable
set work_mem = '64MB' as $$
with
p as materialized (select * from htx.period_at(p_scheme, p_period, p_epoch, p_seq)),
asked as materialized (
  select t.*, htx.target_relation(t.qualifier) as relation,
    t.area_code = (select code from htx.province) as whole,
    t.indicator like '%.per_year' as yearly,
    case when t.breakdown in ('', 'all') or (t.breakdown = 'credit' and t.indicator like 'qtd.%')
      or t.population <> '' and not exists (select from htx.cat_breakdown b
        where b.version = p_catalogue and b.dim = 'sector' and b.code = t.breakdown)
      then '' else t.breakdown end as part,
    t.ends > p.ends + 31 as early
  from htx.target_at(p_epoch, p_seq) t cross join p
  -- years begin in December by the decree: what ended with the calendar's is over
  where t.kind in ('target', 'need') and (t.ends is null or t.ends >= p.starts + 31)),
-- figures of the period: of the province, and of the units that targets are set for; a
-- province's own statement gives what cannot be added up
seen as materialized (
  select '' as unit, r.indicator, r.b1, r.b2, r.value, r.stated, false as sector
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, false, false) r
  where exists (select from asked)
  union all
  select '', r.indicator, r.b1, r.b2, r.value, r.stated, true
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, false, true) r
  where exists (select from asked where part <> '')
  union all
  select r.unit, r.indicator, r.b1, r.b2, r.value, r.stated, false
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, true, false) r
  where exists (select from asked)
    and (r.unit in (select area_code from asked) or r.stated is not null)
  union all
  select r.unit, r.indicator, r.b1, r.b2, r.value, r.stated, true
  from htx.rollup(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue, true, true) r
  where r.unit in (select area_code from asked) and exists (select from asked where part <> '')),
wanted as materialized (
  select a.*, coalesce(f.rank, 1) as rank, coalesce(f.figure, a.indicator) as figure,
    coalesce(f.parts, '') as parts, case
      when f.indicator is not null then f.word
      when a.population <> '' then 'population' else '' end as word
  from asked a
  left join htx.target_figure f on f.indicator = a.indicator and f.population = a.population
  where a.kind = 'target'),
-- what was to come new over several years: the sum of the years so far, each reported
flow as (
  select w.id, w.figure, case when count(*) filter (where g.n > 0) = count(*)
      then sum(g.x) end as x, sum(g.x) as some
  from wanted w cross join p
  join htx.cat_indicator i on i.version = p_catalogue and i.code = w.figure
    and i.type = 'flow' and i.op = 'sum'
  cross join lateral (
    select q.code from (select distinct code from htx.period
        where scheme = p_scheme and (epoch, seq) <= (p_epoch, p_seq)) c,
      lateral htx.period_at(p_scheme, c.code, p_epoch, p_seq) q
    where q.code = p.code or (q.kind = 'year' and q.ends < p.ends
      and q.ends >= w.starts and q.ends < p.starts + 31)) y
  cross join lateral (
    select sum(k.numerator) as x, count(k.numerator) as n
    from htx.rollup_kept(p_scheme, y.code, case when y.code = p.code then p_vintage
        else 'actual' end, p_epoch, p_seq, p_catalogue, not w.whole, false, false,
        array[i.no]) k
    where k.code = w.figure and k.kept and k.sector = '' and k.b1 = '' and k.b2 = ''
      and (w.whole or k.unit = w.area_code)) g
  where not w.yearly and w.part = '' and w.starts is not null
    and w.ends > w.starts + 370
  group by w.id, w.figure),
found as (
  select distinct on (w.id) w.id, w.figure, w.word, v.x, v.stated, v.by_units
  from wanted w
  left join flow l on l.id = w.id and l.figure = w.figure
  cross join lateral (
    select case when l.id is not null then coalesce(l.x, case when l.some
          >= nullif(w.value, '')::numeric then l.some end)
        when w.parts <> '' then s.parts
        else coalesce(s.x, s.own) end as x,
      s.stated, s.by_units
    from (
      select max(s.value) filter (where s.unit = case when w.whole then '' else w.area_code end
          and s.b1 = w.part and s.sector = (w.part <> '')) as x,
        sum(s.value) filter (where s.unit = case when w.whole then '' else w.area_code end
          and not s.sector and s.b1 = any (string_to_array(w.parts, ','))) as parts,
        max(s.value) filter (where s.unit = w.area_code and s.b1 = w.part
          and s.sector = (w.part <> '')) as own,
        max(s.stated) filter (where s.unit = w.area_code and s.b1 = w.part
          and s.sector = (w.part <> '')) as stated,
        coalesce(bool_or(s.stated is not null and w.whole and s.b1 = w.part
          and s.sector = (w.part <> '')), false) as by_units
      from seen s where s.indicator = w.figure and s.b2 = '') s) v
  order by w.id, coalesce(v.x, v.stated) is null, not v.by_units, w.rank),
judged as (
  select a.*, f.figure, coalesce(f.x, f.stated) as x, f.x is null as only_stated, f.by_units, f.word,
    i.unit_vi, i.code is not null as known, c.unit_word, c.measure_word, m.factor,
    nullif(a.value, '')::numeric as low, nullif(a.value_hi, '')::numeric as high,
    y.is_year
  from asked a
  left join found f on f.id = a.id
  left join htx.cat_indicator i on i.version = p_catalogue
    and i.code = coalesce(f.figure, a.indicator)
  cross join lateral (select p.kind = 'year' as is_year from p) y
  cross join lateral (select htx.small_letters(btrim(split_part(a.unit, '/', 1))) as unit_word,
    htx.small_letters(btrim(split_part(i.unit_vi, '/', 1))) as measure_word) c
  cross join lateral (select case when c.unit_word in ('', c.measure_word) then 1
    when c.measure_word = 'triệu đồng' then case c.unit_word when 'tỷ đồng' then 1000
      when 'nghìn đồng' then 0.001 when 'đồng' then 0.000001 end end as factor) m),
told as (
  select j.*, case
      when j.kind = 'need' then ''
      when j.low is null or j.relation = '' then 'qualifier'
      when not j.known then 'unknown'
      when j.x is null and j.by_units then 'stated'
      when j.x is null then 'no_figure'
      when j.word <> '' then j.word
      when j.factor is null then 'unit'
      -- what a part of the year has brought can reach a year's target, never miss it
      when (j.yearly or j.unit_vi like '%/năm') and not j.is_year
        and j.relation not in ('lt', 'le') and not j.x >= j.low * j.factor
        then 'part_of_year'
      else '' end as why_not,
    case
      when j.relation = 'lt' then j.x < coalesce(j.high, j.low) * j.factor
      when j.relation = 'le' then j.x <= coalesce(j.high, j.low) * j.factor
      when j.relation = 'gt' then j.x > j.low * j.factor
      when j.relation = 'about'
        then round(j.x, scale(j.low * j.factor)) >= j.low * j.factor
      else j.x >= j.low * j.factor end as reached
  from judged j)
select t.ord, t.id, t.period, t.indicator, t.breakdown, t.qualifier, t.text, t.value,
  t.value_hi, t.unit, t.seed || '/' || t.section,
  case when t.kind = 'need' then '' when t.why_not <> '' then 'not_comparable'
    when t.reached then 'reached' else 'not_reached' end,
  case when t.kind = 'need' then 'need' when t.why_not <> '' then t.why_not
    else concat_ws(',', case when t.early and not t.yearly then 'not_due' end,
      case when t.only_stated then 'stated' end) end,
  case when t.kind = 'target' then trim_scale(t.x) end, t.area_code, t.note, t.kind,
  case when t.kind = 'target' and t.x is not null then t.figure end, t.ends
from told t
order by t.ord
$$;
comment on function htx.target_status is
  'Each target beside the figure of a period: reached, not_reached or not_comparable with the reason. A target that is not yet due is judged by today''s figure (not_due); per_year ones by what came new in a year; what was to come new over several years by the sum of them; a mean or ratio as derived again, or as the area''s own statement says (stated). need: listed, not judged.';
