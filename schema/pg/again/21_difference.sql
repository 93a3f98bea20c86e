-- Where a unit's two sources differ. Run again at every migrate.

drop function if exists htx.rollup_difference(text, text, text, bigint, bigint, integer);
create function htx.rollup_difference(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer)
returns table (
  vintage text, unit text, unit_from date, indicator text, b1 text, b2 text,
  source text, value numeric, other text, other_value numeric, difference numeric)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
part as materialized (
  select s.*, i.code, trim_scale(case
    when i.op = 'wmean' then htx.quotient(s.numerator, s.denominator, i.decimals)
    when i.op = 'ratio' then htx.quotient(s.numerator
      * case when i.unit_vi like '\%%' then 100 else 1 end, s.denominator, i.decimals)
    else s.numerator end) as value
  from htx.rollup_source(p_scheme, p_period, p_vintage, p_epoch, p_seq, p_catalogue) s
  join htx.cat_indicator i on i.version = p_catalogue and i.no = s.indicator)
select c.vintage, c.unit, c.unit_from, c.code,
  case when c.sector <> '' then c.sector else c.b1 end, c.b2,
  c.source, c.value, o.source, o.value, o.value - c.value
from part c
join part o using (vintage, unit, unit_from, indicator, sector, b1, b2)
where c.chosen and not o.chosen and c.value is distinct from o.value
  and c.value is not null and o.value is not null
order by c.vintage collate "C", c.unit collate "C", c.unit_from, c.code collate "C",
  case when c.sector <> '' then c.sector else c.b1 end collate "C", c.b2 collate "C",
  o.source collate "C"
$$;
comment on function htx.rollup_difference is
  'Where a unit''s statement and its entity reports both give a figure and differ.';
