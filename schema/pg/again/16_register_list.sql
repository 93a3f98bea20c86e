-- The register for those who keep it: everything that was ever said of an entity, and
-- which entries may be one entity twice. Run again at every migrate.

-- In the order of days, then of positions. what: loaded, the word of an event, reported,
-- merged, unmerged; counts: it is among what is known (a movement form that was withdrawn,
-- replaced or does not feed the register is shown, and counts no more).
drop function if exists htx.entity_history(bigint, bigint, text);
create function htx.entity_history(p_epoch bigint, p_seq bigint, p_subject text)
returns table (day date, what text, source text, counts boolean, subject text, kind text,
  name text, sector text, unit text, unit_from date, commune text, state text,
  founded date, dissolved date, other text, act text, note text, person text, period text,
  epoch bigint, seq bigint)
language sql stable
set work_mem = '64MB' as $$
with
same as (select * from htx.same_at(p_epoch, p_seq)),
root as (select coalesce((select m.root from same m where m.subject = p_subject), p_subject)
  as root),
member as materialized (
  select root as subject from root union select m.subject from same m join root using (root)
  union select p_subject),
movement as (
  select * from htx.movement_of(p_epoch, p_seq, (select array_agg(subject) from member)))
select e.as_of, 'loaded', 'register', true, e.subject, e.kind, e.name, e.sector, e.unit,
  e.unit_from, e.commune, e.state, e.founded, e.dissolved, '', '', '', c.actor, '',
  e.epoch, e.seq
from htx.entity e join member using (subject)
left join htx.control c on c.epoch = e.epoch and c.seq = e.seq
where (e.epoch, e.seq) <= (p_epoch, p_seq)
union all
select v.day, v.event, 'event', true, v.subject, v.kind, v.name, v.sector, v.unit,
  v.unit_from, v.commune, v.state, null, null, coalesce(v.other, ''), v.act, v.note,
  v.person, '', v.epoch, v.seq
from htx.entity_event v join member using (subject)
where (v.epoch, v.seq) <= (p_epoch, p_seq)
union all
select coalesce(o.as_of, p.cutoff), case o.b1 when 'new' then 'founded' else o.b1 end,
  'movement', exists (select from movement m where m.epoch = r.epoch and m.seq = r.seq),
  r.subject, null,
  case when o.b1 = 'renamed' then coalesce((select m.new_name from movement m
    where m.epoch = r.epoch and m.seq = r.seq and m.b1 = o.b1 and m.b2 = o.b2), r.name)
    when o.b1 = 'new' then r.name end,
  null, r.unit, r.unit_from, null, null, null, null, '', o.b2, '', '', r.period, r.epoch,
  r.seq
from htx.report r join member using (subject)
join htx.cat_indicator i on i.version = r.catalogue and i.code = 'ktt.event'
join htx.observation o on o.epoch = r.epoch and o.seq = r.seq and o.indicator = i.no
  and o.mark = 'v' and o.value > 0 and o.b1 <> ''
left join lateral htx.period_at(r.scheme, r.period, p_epoch, p_seq) p on true
where r.form = 'bien_dong' and (r.epoch, r.seq) <= (p_epoch, p_seq)
  and r.verdict in ('accepted', 'warnings')
  and (o.b2 <> '' or not exists (select from htx.observation d where d.epoch = r.epoch
    and d.seq = r.seq and d.indicator = i.no and d.b1 = o.b1 and d.b2 <> ''))
union all
select * from (
  select distinct on (r.subject) null::date, 'reported', 'report', true, r.subject, r.kind,
    r.name, r.sector, r.unit, r.unit_from, r.commune, r.state, null::date, null::date, '',
    '', '', '', r.period, r.epoch, r.seq
  from htx.report r join member using (subject)
  where r.counts and r.kind <> 'unit' and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.supersession s join htx.answer a on a.hash = s.by
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))
  order by r.subject, r.epoch, r.seq) f
union all
select null, case m.act when 'merge' then 'counted_under' else 'apart' end, 'merge', true,
  m.subject, null, null, null, null, null, null, null, null, null, m.into_subject, '', m.why,
  m.person, '', m.epoch, m.seq
from htx.entity_merge m
where (m.epoch, m.seq) <= (p_epoch, p_seq)
  and (m.subject in (select subject from member) or m.into_subject in (select subject from member))
order by 1 nulls first, epoch, seq
$$;
comment on function htx.entity_history is
  'Every dated fact of an entity and of those counted under it, with its position and where it comes from, as known at a position.';

-- What an entity is called, without the words for what it is.
create or replace function htx.entity_name_key(p_name text) returns text
language sql immutable parallel safe as $$
  select btrim(regexp_replace(regexp_replace(htx.name_key(p_name),
    '^(liên hiệp hợp tác xã|liên hiệp htx|lhhtx|hợp tác xã|htx|tổ hợp tác|tht|quỹ tín dụng nhân dân|qtdnd)[ .:]*',
    ''), '[ ,.;:&"''()/]+|( và )', ' ', 'g'))
$$;
comment on function htx.entity_name_key is
  'The key by which two spellings of one entity''s name are matched: name_key without HTX, Hợp tác xã and the like.';

drop function if exists htx.entity_double_at(bigint, bigint, date);
create function htx.entity_double_at(p_epoch bigint, p_seq bigint, p_day date)
returns table (reason text, subject text, name text, unit text, commune text,
  other text, other_name text, other_unit text, other_commune text)
language sql stable
set work_mem = '64MB' as $$
with
fact as materialized (
  select f.*, htx.entity_name_key(f.name) as key,
    htx.name_key_bare(htx.entity_name_key(f.name)) as bare,
    case when f.subject like 'tax:%' then substr(f.subject, 5, 10)
      when f.subject ~ '^(certificate|register):[0-9]{10}([-|]|$)'
        then substring(f.subject from ':([0-9]{10})') end as tax,
    split_part(f.subject, ':', 1) as scheme
  from htx.entity_fact_at(p_epoch, p_seq, p_day) f),
-- said to be two after all
apart as (
  select m.subject, m.into_subject from (
    select distinct on (subject, into_subject) * from htx.entity_merge
    where (epoch, seq) <= (p_epoch, p_seq)
    order by subject, into_subject, epoch desc, seq desc) m where m.act = 'unmerge'),
pair as (
  select 'tax_suffix' as reason, 1 as rank, a.subject, b.subject as other
  from fact a join fact b on a.tax = b.tax and a.subject < b.subject
  union all
  -- the tax number first: the other is counted under it
  select case when a.scheme <> b.scheme then 'two_numbers' else 'same_name' end, 2,
    a.subject, b.subject
  from fact a join fact b on a.key = b.key and a.kind = b.kind and a.key <> ''
    and (a.unit = b.unit and a.unit_from = b.unit_from
      or a.commune <> '' and htx.name_key(a.commune) = htx.name_key(b.commune))
  where (a.scheme = 'tax') > (b.scheme = 'tax')
    or (a.scheme = 'tax') = (b.scheme = 'tax') and a.subject < b.subject
  union all
  select 'spelling', 3, a.subject, b.subject
  from fact a join fact b on a.bare = b.bare and a.key <> b.key and a.kind = b.kind
    and a.bare <> '' and a.unit = b.unit and a.unit_from = b.unit_from
  where (a.scheme = 'tax') > (b.scheme = 'tax')
    or (a.scheme = 'tax') = (b.scheme = 'tax') and a.subject < b.subject),
-- one subject that two units list for one period
twice as (
  select distinct coalesce(m.root, r.subject) as subject, r.unit, r.unit_from
  from htx.report r
  join htx.cat_form f on f.form = r.form and f.version = r.form_version and f.rank = 0
  left join htx.same_at(p_epoch, p_seq) m on m.subject = r.subject
  where r.counts and r.kind <> 'unit' and r.subject <> '' and r.channel <> 'sectoral'
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.supersession s
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))
    and exists (select from htx.report o where o.counts and o.period = r.period
      and o.scheme = r.scheme and o.vintage = r.vintage and o.form = r.form
      and o.subject = r.subject and o.channel <> 'sectoral'
      and (o.unit, o.unit_from) <> (r.unit, r.unit_from)
      and (o.epoch, o.seq) <= (p_epoch, p_seq)
      and not exists (select from htx.supersession s
        where s.old = o.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))))
select x.reason, a.subject, a.name, a.unit, a.commune, b.subject, b.name, b.unit, b.commune
from (select distinct on (least(p.subject, p.other), greatest(p.subject, p.other)) p.*
    from pair p
    order by least(p.subject, p.other), greatest(p.subject, p.other), p.rank) x
join fact a on a.subject = x.subject
join fact b on b.subject = x.other
where not exists (select from apart p
  where p.subject in (x.subject, x.other) and p.into_subject in (x.subject, x.other))
union all
select 'two_units', f.subject, f.name, t.unit, '', f.subject, f.name, u.unit, ''
from twice t join twice u on u.subject = t.subject and (u.unit, u.unit_from) > (t.unit, t.unit_from)
join fact f on f.subject = t.subject
order by 1, 2, 6, 4, 8
$$;
comment on function htx.entity_double_at is
  'Entries that may be one entity: the same tax number with and without suffix, one name under two numbers, two spellings of a name in one unit, and one entity that two units list. Those that a person took apart again are not proposed. other is the one to be counted under subject.';
