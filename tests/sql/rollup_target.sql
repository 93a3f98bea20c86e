-- Targets beside what was reached. One line a target: what it asks, the figure, the outcome.
\i tests/sql/rollup_fixture.sql

insert into province (code, name, genesis, file) values ('12', 'Tỉnh Lai Châu', '', '');
insert into period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends, opens,
    cutoff, due, closes)
  select 1, 20 + y - 2021, 'nd09', y::text, 'year', 'Năm ' || y, '', make_date(y - 1, 12, 15),
    make_date(y, 12, 14), make_date(y - 1, 5, 15), make_date(y, 12, 14), make_date(y, 12, 18),
    null
  from unnest(array[2021, 2022, 2024, 2025]) y;
insert into cat_indicator (version, no, ord, code, name_vi, name_en, unit_vi, unit_en, scale,
    decimals, type, level, op, num, den) values
  (1, 30, 30, 'htx.new', 'HTX thành lập mới', '', 'HTX', '', 1, 0, 'flow', 'UP', 'sum', '', ''),
  (1, 31, 31, 'htx.total+branch', 'HTX và chi nhánh', '', 'HTX, chi nhánh', '', 1, 0, 'given', 'P', 'given', '', ''),
  (1, 32, 32, 'worker.kttt', 'Lao động KTTT', '', 'lao động', '', 1, 0, 'stock', 'P', 'sum', '', ''),
  (1, 33, 33, 'htx.new.per_year', 'Thành lập mới mỗi năm', '', 'HTX/năm', '', 1, 0, 'given', 'UP', 'given', '', ''),
  (1, 34, 34, 'htx.weak_pct', 'Tỷ lệ yếu', '', '%', '', 100, 1, 'ratio', 'P', 'ratio', 'htx.fair', 'htx.total'),
  (1, 35, 35, 'ocop.products', 'OCOP', '', 'sản phẩm', '', 1, 0, 'stock', 'P', 'sum', '', ''),
  (1, 36, 36, 'ocop.products.4plus', 'OCOP 4+', '', 'sản phẩm', '', 1, 0, 'stock', 'P', 'given', '', '');
insert into cat_breakdown (version, dim, code, ord, parent, name_vi, name_en) values
  (1, 'stars', '3', 20, '', '3 sao', ''), (1, 'stars', '4', 21, '', '4 sao', ''),
  (1, 'stars', '5', 22, '', '5 sao', '');
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi)
  select 'table', 1, 100 + no, no, '', '', '' from cat_indicator where no between 30 and 34;
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi) values
  ('table', 1, 203, 35, '3', '', ''), ('table', 1, 204, 35, '4', '', ''),
  ('table', 1, 205, 35, '5', '', '');
update cat_cell c set pos = n.pos from (select indicator, b1,
    row_number() over (order by pos) as pos from cat_cell where form = 'table') n
  where c.form = 'table' and c.indicator = n.indicator and c.b1 = n.b1;

create function pg_temp.target(p_seq bigint, p_area text, p_period text, p_indicator text,
  p_breakdown text, p_qualifier text, p_value text, p_high text, p_unit text,
  p_population text default '', p_kind text default 'target', p_gone boolean default false,
  p_section text default '')
returns void language sql as $$
  insert into htx.target (epoch, seq, document, line, nth, gone, seed, section, level,
    area_code, area, period, as_of, kind, indicator, breakdown, qualifier, text, value,
    value_hi, unit, note, population, starts, ends, person)
  values (1, p_seq, 'a.tsv', p_seq, 1, p_gone, 'S',
    coalesce(nullif(p_section, ''), p_seq::text), '', p_area, '', p_period, '', p_kind,
    p_indicator, p_breakdown, p_qualifier, p_value, p_value, p_high, p_unit, '', p_population,
    case when p_period like '%-%' then (left(p_period, 4) || '-01-01')::date end,
    (right(p_period, 4) || '-12-31')::date, 'an')
$$;
create function pg_temp.judged(p_period text, p_seq bigint, p_vintage text default 'actual')
returns setof text language sql as $$
  select concat_ws(' ', area, period, indicator || case when breakdown <> 'all'
      then '/' || breakdown else '' end, nullif(qualifier, ''), value || coalesce('-'
      || nullif(value_hi, ''), ''), '=', coalesce(actual::text, '-'), outcome,
      nullif(reason, ''))
  from htx.target_status('nd09', p_period, p_vintage, 1, p_seq, 1)
$$;

select pg_temp.report(100, '2025', 'actual', '105', 'statement', 'unit',
  'htx.total=50 htx.good=20 htx.fair=5 member.total=400 member.total/agri=300 worker.regular=600');
select pg_temp.report(101, '2025', 'actual', '106', 'statement', 'unit',
  'htx.total=50 htx.good=10 htx.fair=10 member.total=100 member.total/agri=80 income.worker_avg=69.5 worker.regular=30');
select pg_temp.report(102, '2025', 'actual', '106', 'table', 'unit',
  'htx.new=3 ocop.products/3=9 ocop.products/4=4 ocop.products/5=1 htx.weak_pct=20 loan.amount=900000');
select pg_temp.report(103, '2025', 'actual', '105', 'table', 'unit', 'htx.new=1');
select pg_temp.report(104, '2024', 'actual', '105', 'table', 'unit', 'htx.new=5');

select '-- what each qualifier asks; the boundary belongs to one side';
select pg_temp.target(200, '12', '2025', 'member.total', 'all', 'trên', '500', '', 'thành viên');
select pg_temp.target(201, '12', '2025', 'member.total', 'agri', 'ít nhất', '380', '', 'thành viên');
select pg_temp.target(202, '12', '2025', 'htx.total', 'all', '', '100', '', 'HTX');
select pg_temp.target(203, '12', '2025', 'htx.weak_pct', 'all', 'dưới', '15', '', '%');
select pg_temp.target(204, '12', '2021-2025', 'htx.weak_pct', 'all', 'không quá', '15', '', '%');
select pg_temp.target(205, '106', '2025', 'income.worker_avg', 'all', 'khoảng', '70', '', 'triệu đồng/người/năm');
select pg_temp.target(206, '12', '2025', 'worker.regular', 'all', 'từ … đến', '600', '700', 'lao động');
select pg_temp.target(207, '12', '2025', 'loan.amount', 'all', 'trên', '0.8', '', 'tỷ đồng');
select pg_temp.target(208, '12', '2025', 'ocop.products.4plus', 'all', '', '5', '', 'sản phẩm');
select pg_temp.judged('2025', 208);
select '-- whatever the letters, in any locale';
select qualifier, htx.target_relation(qualifier)
  from unnest(array['ÍT NHẤT', 'Không dưới', 'TRÊN', 'Khoảng', 'Tối Đa']) qualifier;
select '-- not comparable, each for its own reason';
select pg_temp.target(210, '12', '2025', 'worker.regular', 'all', 'trên', '100', '', 'lao động', 'kttt');
select pg_temp.target(211, '12', '2025', 'income.worker_avg', 'all', 'trên', '45', '', 'triệu đồng/người/năm', 'member_worker');
select pg_temp.target(212, '12', '2025', 'member.total', 'all', '', '5', '', 'HTX');
select pg_temp.target(213, '12', '2025', 'profit.total', 'all', '', '5', '', 'triệu đồng');
select pg_temp.target(214, '12', '2025', 'nobody.knows', 'all', '', '5', '', 'HTX');
select pg_temp.target(215, '12', '2025', 'revenue.total', 'all', 'vượt xa', '5', '', 'triệu đồng');
select pg_temp.target(216, '12', '2025', 'fund.support', 'all', '', '', '', 'triệu đồng');
select pg_temp.target(217, '12', '2021-2025', 'support.need', 'all', '', '7', '', 'triệu đồng', p_kind => 'need');
select pg_temp.target(218, '12', '2022', 'member.total', 'all', '', '5', '', 'thành viên', p_kind => 'actual');
select pg_temp.target(219, '12', '2024', 'member.total', 'all', '', '5', '', 'thành viên');
select pg_temp.judged('2025', 219) offset 9;
select '-- so much a year: by the year''s own; a half says only what is sure already';
select pg_temp.target(220, '106', '2021-2025', 'htx.new.per_year', 'all', 'trở lên', '3', '', 'HTX/năm');
select pg_temp.target(221, '12', '2021-2030', 'htx.new.per_year', 'all', 'mỗi năm', '5', '', 'HTX/năm');
select pg_temp.report(110, '2025-S1', 'actual', '106', 'table', 'unit', 'htx.new=2 member.total=90');
select pg_temp.judged('2025', 221) offset 17;
select * from pg_temp.judged('2025-S1', 221) j where j like '%per_year%';
select pg_temp.report(111, '2025-S1', 'actual', '105', 'table', 'unit', 'htx.new=3');
select * from pg_temp.judged('2025-S1', 221) j where j like '%per_year%';
select '-- so much in all the years together: the sum of them, once each was told';
select pg_temp.target(230, '12', '2024-2026', 'htx.new', 'all', '', '9', '', 'HTX');
select pg_temp.target(231, '12', '2022-2025', 'htx.new', 'all', '', '99', '', 'HTX');
select * from pg_temp.judged('2025', 231) j where j like '% htx.new %';
select '-- not due: judged by what there is';
select pg_temp.target(240, '12', '2030', 'member.total', 'all', 'trên', '450', '', 'thành viên');
select pg_temp.target(241, '12', '2045', 'member.total', 'all', 'khoảng', '600', '', 'thành viên');
select * from pg_temp.judged('2025', 241) j where j ~ '2030 member|2045';
select '-- the province''s own word where nothing can be added up; of units it is not its own';
select pg_temp.report(120, '2022', 'actual', '12', 'table', 'unit',
  'htx.total+branch=391 income.worker_avg=37 worker.kttt=90', p_channel => 'earlier');
select pg_temp.report(121, '2022', 'actual', '105', 'table', 'unit', 'profit.avg=4');
select pg_temp.target(250, '12', '2030', 'income.worker_avg', 'all', 'trên', '65', '', 'triệu đồng/người/năm');
select pg_temp.target(251, '12', '2030', 'profit.avg', 'all', 'trên', '2', '', 'triệu đồng/HTX/năm');
select pg_temp.judged('2022', 251);
select '-- a later word on the same line; one that is gone; an earlier position knows neither';
select pg_temp.target(260, '12', '2045', 'member.total', 'all', 'khoảng', '500', '', 'thành viên', p_section => '241');
select pg_temp.target(261, '12', '2030', 'member.total', 'all', 'trên', '450', '', 'thành viên', p_gone => true,
  p_section => '240');
select * from pg_temp.judged('2025', 261) j where j ~ '2030 member|2045';
select * from pg_temp.judged('2025', 259) j where j ~ '2030 member|2045';
