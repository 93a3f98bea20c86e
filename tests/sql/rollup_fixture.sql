-- A small province: three districts, one department, a catalogue for the tests.
set search_path = htx, pg_temp;
set client_min_messages = warning;

insert into unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act) values
  (1, 1, '12', '2004-01-01', null, 'Tỉnh Lai Châu', 'province', '', ''),
  (1, 2, '105', '2004-01-01', '2025-06-30', 'Thành phố Lai Châu', 'district', '12', ''),
  (1, 3, '106', '2004-01-01', '2025-06-30', 'Huyện Tam Đường', 'district', '12', ''),
  (1, 4, '107', '2004-01-01', '2025-06-30', 'Huyện Mường Tè', 'district', '12', ''),
  (1, 5, 'NN', '2004-01-01', null, 'Sở Nông nghiệp', 'department', '12', '');
insert into period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends, opens,
    cutoff, due, closes) values
  (1, 6, 'nd09', '2023', 'year', 'Năm 2023', 'Year 2023', '2022-12-15', '2023-12-14',
    '2022-07-01', '2023-12-14', '2023-12-18', null),
  (1, 7, 'nd09', '2025-S1', 'half', '6 tháng đầu năm 2025', 'First half of 2025',
    '2024-12-15', '2025-06-14', '2025-05-15', '2025-06-14', '2025-06-16', null),
  (1, 8, 'nd09', '2025-S2', 'half', '6 tháng cuối năm 2025', 'Second half of 2025',
    '2025-06-15', '2025-12-14', '2025-06-15', '2025-12-14', '2025-12-18', null);
insert into catalogue (epoch, seq, version, act, hash) values (1, 9, 1, 'activate', '');

insert into cat_indicator (version, no, ord, code, name_vi, name_en, unit_vi, unit_en, scale,
    decimals, type, level, op, num, den) values
  (1, 1, 1, 'htx.total', 'Tổng số hợp tác xã', '', 'HTX', '', 1, 0, 'stock', 'UP', 'count', 'kind=htx', ''),
  (1, 2, 2, 'htx.active', 'HTX đang hoạt động', '', 'HTX', '', 1, 0, 'stock', 'UP', 'count', 'kind=htx state=active', ''),
  (1, 3, 3, 'htx.good', 'HTX tốt', '', 'HTX', '', 1, 0, 'stock', 'UP', 'sum', '', ''),
  (1, 4, 4, 'htx.fair', 'HTX khá', '', 'HTX', '', 1, 0, 'stock', 'UP', 'sum', '', ''),
  (1, 5, 5, 'htx.good_pct', 'Tỷ lệ tốt, khá', '', '%', '', 100, 1, 'ratio', 'UP', 'ratio', 'htx.good,htx.fair', 'htx.total'),
  (1, 6, 6, 'htx.share', 'Tỷ trọng', '', '%', '', 100, 1, 'ratio', 'UP', 'ratio', 'htx.total', 'htx.total:all'),
  (1, 7, 7, 'htx.agri_pct', 'Tỷ lệ nông nghiệp', '', '%', '', 100, 1, 'ratio', 'UP', 'ratio', 'htx.total:agri', 'htx.total'),
  (1, 8, 8, 'member.total', 'Thành viên', '', 'thành viên', '', 1, 0, 'stock', 'CUP', 'sum', '', ''),
  (1, 9, 9, 'worker.regular', 'Lao động', '', 'lao động', '', 1, 0, 'stock', 'CUP', 'sum', '', ''),
  (1, 10, 10, 'income.worker_avg', 'Thu nhập bình quân', '', 'triệu đồng/người/năm', '', 1000000, 2, 'mean', 'CUP', 'wmean', 'income.worker_total', 'worker.regular'),
  (1, 11, 11, 'income.worker_total', 'Tổng thu nhập', '', 'triệu đồng', '', 1000000, 0, 'flow', 'CU', 'sum', '', ''),
  (1, 12, 12, 'revenue.total', 'Doanh thu', '', 'triệu đồng', '', 1000000, 0, 'flow', 'CUP', 'sum', '', ''),
  (1, 13, 13, 'revenue.avg', 'Doanh thu bình quân', '', 'triệu đồng/HTX/năm', '', 1000000, 1, 'mean', 'UP', 'wmean', 'revenue.total', 'htx.total'),
  (1, 14, 14, 'profit.total', 'Lãi', '', 'triệu đồng', '', 1000000, 0, 'flow', 'CUP', 'sum', '', ''),
  (1, 15, 15, 'profit.avg', 'Lãi bình quân', '', 'triệu đồng/HTX/năm', '', 1000000, 1, 'mean', 'UP', 'wmean', 'profit.total', 'htx.total'),
  (1, 16, 16, 'revenue.yoy', 'Tăng so với năm trước', '', '%', '', 100, 1, 'given', 'U', 'given', '', ''),
  (1, 17, 17, 'loan.amount', 'Số tiền vay', '', 'triệu đồng', '', 1000000, 0, 'stock', 'UP', 'sum', '', ''),
  (1, 18, 18, 'fund.support', 'Quỹ hỗ trợ', '', 'triệu đồng', '', 1000000, 0, 'stock', 'P', 'last', '', ''),
  (1, 19, 19, 'score', 'Điểm', '', 'điểm', '', 1, 0, 'given', 'C', 'none', '', '');
insert into cat_breakdown (version, dim, code, ord, parent, name_vi, name_en) values
  (1, 'sector', 'agri', 1, '', 'Nông, lâm, ngư nghiệp', ''),
  (1, 'sector', 'craft', 2, '', 'Công nghiệp - tiểu thủ công nghiệp', ''),
  (1, 'sector', 'construction', 3, '', 'Xây dựng', ''),
  (1, 'sector', 'trade', 4, '', 'Thương mại - dịch vụ', ''),
  (1, 'sector', 'other', 5, '', 'Khác', ''),
  (1, 'sector', 'crops', 6, 'agri', 'Trồng trọt', ''),
  (1, 'sector', 'livestock', 7, 'agri', 'Chăn nuôi', ''),
  (1, 'lender', 'nhno', 8, '', 'Ngân hàng Nông nghiệp', ''),
  (1, 'lender', 'other', 9, '', 'Tổ chức khác', '');
insert into cat_form (form, version, subject, layout, rank, name_vi, name_en) values
  ('list', 1, 'htx', 'entity_rows', 0, 'Danh sách', ''),
  ('statement', 1, 'unit', 'by_sector', 1, 'Biểu tổng hợp', ''),
  ('table', 1, 'unit', 'by_period', 2, 'Biểu chỉ tiêu', '');
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi)
  select 'list', 1, row_number() over (order by no), no, '', '', name_vi
  from cat_indicator where code in ('member.total', 'worker.regular', 'income.worker_avg',
    'income.worker_total', 'revenue.total', 'profit.total', 'htx.good', 'htx.fair', 'score');
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi)
  select 'statement', 1, row_number() over (order by i.no, s.n), i.no, s.code, '', i.name_vi
  from cat_indicator i, unnest(array['', 'agri', 'craft', 'construction', 'trade', 'other',
    'crops', 'livestock']) with ordinality as s (code, n)
  where i.code not in ('loan.amount', 'fund.support', 'revenue.yoy', 'score');
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi) values
  ('statement', 1, 900, 16, '', '', ''), ('statement', 1, 901, 17, 'nhno', '', ''),
  ('statement', 1, 902, 17, 'other', '', ''), ('statement', 1, 903, 18, '', '', '');
update cat_cell c set pos = n.pos from (select indicator, b1,
    row_number() over (order by pos) as pos from cat_cell where form = 'statement') n
  where c.form = 'statement' and c.indicator = n.indicator and c.b1 = n.b1;
insert into cat_cell (form, version, pos, indicator, b1, b2, label_vi)
  select 'table', 1, row_number() over (order by no), no, '', '', name_vi
  from cat_indicator where code <> 'score';
insert into cat_source (version, ord, indicator, period_kind, vintage, sources) values
  (1, 1, '*', 'half', '', 'statement,entity'),
  (1, 2, '*', 'year', 'estimate', 'statement,entity'),
  (1, 3, '*', 'year', 'plan', 'statement'),
  (1, 4, '*', 'year', 'actual', 'complete_entity,statement');

\i tests/sql/rollup_rows.sql

create function pg_temp.entity(p_seq bigint, p_subject text, p_unit text, p_sector text,
  p_state text default 'active') returns void language sql as $$
  insert into htx.entity (epoch, seq, subject, kind, name, sector, unit, unit_from, commune,
    state, confirmed)
  values (1, p_seq, p_subject, 'htx', 'HTX ' || p_subject, p_sector, p_unit, '2004-01-01',
    '', p_state, true)
$$;

-- One line a row, what a test looks at. grp: letters u (by unit), s (by sector).
create function pg_temp.show(p_period text, p_vintage text, p_seq bigint, p_like text,
  grp text default 'u') returns setof text language sql as $$
  select concat_ws(' ', nullif(unit, ''), vintage, indicator || case when b1 <> ''
      then '/' || b1 else '' end || case when b2 <> '' then '/' || b2 else '' end,
    coalesce(value::text, 'null'),
    case when denominator is not null then numerator || '/' || denominator end,
    'stated=' || stated, basis, source,
    'reported=' || reported || '/' || coalesce(expected::text, '?'),
    case when unit = '' then 'units=' || units_statement || '+' || units_entity || '/'
      || units_expected end,
    'nil=' || nullif(nil, 0), 'na=' || nullif(not_available, 0),
    'refused=' || nullif(refused, 0), 'missing=' || nullif(missing, 0),
    'about=' || nullif(approximate, 0))
  from htx.rollup('nd09', p_period, p_vintage, 1, p_seq, 1, grp like '%u%', grp like '%s%')
  where indicator ~ p_like
$$;
