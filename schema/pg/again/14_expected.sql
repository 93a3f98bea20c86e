-- Who is expected to report for a period. Run again at every migrate; nothing here holds data.

-- The entities that coverage is measured by: those of the register that exist on the
-- cut-off day, and those that reported without standing in it. One that only an earlier
-- report knows is expected once a person confirmed it. A unit of which the register has no
-- entity is not known to expect any: it gets no row.
drop function if exists htx.entity_expected(text, text, text, bigint, bigint);
create function htx.entity_expected(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (unit text, unit_from date, subject text, sector text)
language sql stable as $$
with
told as (
  select distinct on (r.subject) r.subject, r.unit, r.unit_from, r.sector, r.kind
  from htx.report_at(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.cat_form f on f.form = r.form and f.version = r.form_version
  where r.kind <> 'unit' and f.rank = 0
  order by r.subject, htx.channel_rank(r.channel), r.epoch, r.seq),
known as materialized (
  select e.subject, e.unit, e.unit_from, e.commune, e.sector
  from htx.period_at(p_scheme, p_period, p_epoch, p_seq) p
  cross join lateral htx.entity_told_at(p_epoch, p_seq, p.cutoff, false) e
  where e.source <> 'report' and e.kind in (select kind from told union select 'htx')
    and e.state <> 'dissolved'
    and (e.founded is null or e.founded <= p.cutoff)
    and (e.dissolved is null or e.dissolved > p.cutoff)),
-- where they are by the map of the cut-off day
home as materialized (
  select h.* from (
    select array_agg(s.unit) as units, array_agg(s.unit_from) as froms,
      array_agg(s.commune) as communes
    from (select distinct k.unit, k.unit_from, k.commune from known k) s) a,
    htx.period_at(p_scheme, p_period, p_epoch, p_seq) p
  cross join lateral htx.place_home_on(p_epoch, p_seq, p.cutoff, a.units, a.froms,
    a.communes) h),
listed as (
  select k.subject, h.home as unit, h.home_from as unit_from, k.sector
  from known k
  join home h on h.unit = k.unit and h.unit_from = k.unit_from and h.commune = k.commune)
select a.unit, a.unit_from, a.subject, a.sector
from (
  select t.unit, t.unit_from, t.subject, t.sector from told t
  union all
  select l.unit, l.unit_from, l.subject, l.sector from listed l
  where l.subject not in (select t.subject from told t)) a
-- in: hashed once, where exists beside an or was looked up for each entity in all of them
where (a.unit, a.unit_from) in (select l.unit, l.unit_from from listed l)
  -- reported by the unit before it went into another: in the register all the same
  or (a.unit, a.unit_from) in (select k.unit, k.unit_from from known k)
$$;
comment on function htx.entity_expected is
  'Entities expected to report: the register on the cut-off day, and who reported besides; as reported where they did.';

drop function if exists htx.unit_silent(text, text, text, bigint, bigint);
create function htx.unit_silent(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (vintage text, unit text, unit_from date)
language sql stable as $$
  select d.vintage, d.unit, d.unit_from
  from (
    select distinct on (s.vintage, s.unit, s.unit_from) s.*
    from htx.submission s
    where s.scheme = p_scheme and s.period = p_period
      and (p_vintage is null or s.vintage = p_vintage)
      and (s.epoch, s.seq) <= (p_epoch, p_seq) and s.verdict in ('accepted', 'warnings')
    order by s.vintage, s.unit, s.unit_from, s.epoch desc, s.seq desc) d
  where d.nothing
$$;
comment on function htx.unit_silent is
  'Units whose newest declaration for a period says that there is nothing to report.';
