-- Log rows as ingest would write them. Positions are given by the test.

-- One report. cells: "code[/b1]=value ..." in printed units; ~ before a value: about;
-- - nil, . not yet available, k refused, x not applicable. Cells not named are blank.
create function pg_temp.report(p_seq bigint, p_period text, p_vintage text, p_unit text,
  p_form text, p_subject text, p_cells text, p_sector text default '',
  p_state text default 'active', p_channel text default 'territorial',
  p_verdict text default 'accepted', p_old bigint default null, p_epoch bigint default 1)
returns void language plpgsql as $$
declare
  h bytea := sha256(convert_to(p_epoch || '.' || p_seq, 'UTF8'));
begin
  insert into htx.report (epoch, seq, scheme, period, vintage, form, form_version, unit,
    unit_from, kind, subject, channel, revision, verdict, late, counts, hash, digest, id,
    evidence, item, catalogue, name, sector, commune, state, value, mark, qualifier)
  select p_epoch, p_seq, 'nd09', p_period, p_vintage, p_form, 1, p_unit, '2004-01-01',
    case when p_subject = 'unit' then 'unit' else 'htx' end, p_subject, p_channel,
    case when p_old is null then 1 else 2 end, p_verdict, false,
    p_verdict in ('accepted', 'warnings'), h, h, gen_random_uuid(), h, 0, 1,
    'HTX ' || p_subject, p_sector, '', p_state,
    array_agg(case when w.v ~ '^~?-?[0-9]' then (ltrim(w.v, '~')::numeric * i.scale)::bigint end
      order by c.pos),
    string_agg(case when w.v is null then ' ' when w.v ~ '^~?-?[0-9]' then 'v' else w.v end,
      '' order by c.pos),
    string_agg(case when w.v like '~%' then 'a' else ' ' end, '' order by c.pos)
  from htx.cat_cell c
  join htx.cat_indicator i on i.no = c.indicator and i.version = 1
  left join (select split_part(t, '=', 1) as k, split_part(t, '=', 2) as v
    from regexp_split_to_table(trim(p_cells), '\s+') t) w
    on w.k = i.code || case when c.b1 = '' then '' else '/' || c.b1 end
  where c.form = p_form;
  if p_old is not null then
    insert into htx.supersession values (sha256(convert_to(p_epoch || '.' || p_old, 'UTF8')),
      h, p_epoch, p_seq);
  end if;
end $$;

create function pg_temp.submission(p_seq bigint, p_period text, p_vintage text, p_unit text,
  p_nothing boolean, p_forms text[], p_rows integer[]) returns void language sql as $$
  insert into htx.submission (epoch, seq, unit, unit_from, scheme, period, vintage, nothing,
    forms, rows, paper_number, signer, signer_title, maker, pdf_hash, late, verdict, hash,
    id, evidence)
  values (1, p_seq, p_unit, '2004-01-01', 'nd09', p_period, p_vintage, p_nothing, p_forms,
    p_rows, '', '', '', '', '', false, 'accepted', sha256(p_seq::text::bytea),
    gen_random_uuid(), '')
$$;
