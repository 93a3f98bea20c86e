-- What the update file for the national cooperative information system is made of. Run
-- again at every migrate; nothing here holds data.

-- What counting reports say of entities, one row a figure: of several forms that say it the
-- lowest rank, blanks and earlier data last, as in the roll-up. value: in printed units.
drop function if exists htx.national_fact(text, text, text, bigint, bigint, integer, text[]);
create function htx.national_fact(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint, p_catalogue integer, p_only text[])
returns table (subject text, indicator text, b1 text, b2 text, value numeric, mark text,
  qualifier text)
language sql stable
set work_mem = '64MB' set enable_nestloop = off as $$
with
ind as (
  select i.no, i.code, i.scale from htx.cat_indicator i
  where i.version = p_catalogue and i.code = any (p_only)),
rep as materialized (
  select r.*, f.rank
  from htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.cat_form f on f.form = r.form and f.version = r.form_version
  where r.kind <> 'unit' and r.subject <> ''),
said as (
  select r.subject, r.channel, r.rank, r.form, c.indicator, c.b1, c.b2,
    r.value[c.pos] as value, coalesce(nullif(substr(r.mark, c.pos, 1), ''), ' ') as mark,
    coalesce(nullif(substr(r.qualifier, c.pos, 1), ''), ' ') as qualifier
  from rep r
  join htx.cat_cell c on c.form = r.form and c.version = r.form_version
  where c.indicator in (select i.no from ind i)
  union all
  select r.subject, r.channel, r.rank, r.form, x.indicator, x.b1, x.b2, x.value,
    x.mark::text, x.qualifier::text
  from rep r join htx.report_cell x on x.epoch = r.epoch and x.seq = r.seq
  where x.cell is null and x.indicator in (select i.no from ind i)),
one as (
  select distinct on (s.subject, s.indicator, s.b1, s.b2) s.*
  from said s
  order by s.subject, s.indicator, s.b1, s.b2, s.mark = ' ', s.channel = 'earlier', s.rank,
    s.form collate "C")
select o.subject, i.code, o.b1, o.b2, case o.mark
    when 'v' then trim_scale(o.value::numeric / i.scale) when '-' then 0 end,
  o.mark, o.qualifier
from one o join ind i on i.no = o.indicator
where o.mark <> ' '
order by o.subject collate "C", i.no, o.b1 collate "C", o.b2 collate "C"
$$;
comment on function htx.national_fact is
  'Figures of entities in one period by the reports that count at a position, one row each; value in printed units, null where the mark says why there is none.';

-- What happened to entities up to a day: acts of the province, and movement forms where no
-- act says the same of that day. Of two that do the newest position counts.
drop function if exists htx.national_event(bigint, bigint, date);
create function htx.national_event(p_epoch bigint, p_seq bigint, p_to date)
returns table (subject text, event text, day date, act text, other text, note text,
  name text, source text)
language sql stable
set work_mem = '64MB' as $$
with
same as materialized (select * from htx.same_at(p_epoch, p_seq)),
told as (
  select coalesce(m.root, v.subject) as subject, v.event, v.day, v.act,
    coalesce(n.root, v.other, '') as other, v.note, coalesce(v.name, '') as name, 'event' as source,
    0 as rank, v.epoch, v.seq
  from htx.entity_event v
  left join same m on m.subject = v.subject
  left join same n on n.subject = v.other
  where (v.epoch, v.seq) <= (p_epoch, p_seq) and v.day <= p_to and v.event <> 'confirmed'
  union all
  select v.subject, v.event, v.day, v.decision, '', '', coalesce(v.new_name, ''), 'movement',
    1, v.epoch, v.seq
  from htx.movement_of(p_epoch, p_seq, (select array_agg(distinct r.subject)
    from htx.report r where r.form = 'bien_dong' and (r.epoch, r.seq) <= (p_epoch, p_seq))) v
  where v.day <= p_to)
select distinct on (t.subject collate "C", t.day, t.event collate "C")
  t.subject, t.event, t.day, t.act, t.other, t.note, t.name, t.source
from told t
order by t.subject collate "C", t.day, t.event collate "C", t.rank, t.epoch desc, t.seq desc,
  t.act collate "C"
$$;
comment on function htx.national_event is
  'What happened to entities up to a day, as known at a position: one row an entity, day and kind of event; source: event (an act of the province) or movement (a form).';
