-- What stood in the log at a position: a prefix, chosen by (epoch, seq) alone.
-- Run again at every migrate; nothing here holds data.

drop view if exists htx.observation;
create view htx.observation as
  select r.epoch, r.seq, r.scheme, r.period, r.vintage, r.form, r.form_version, r.unit,
    r.unit_from, r.kind, r.subject, r.channel, r.counts, c.pos as cell, c.indicator,
    c.b1, c.b2, r.value[c.pos] as value, r.upper[c.pos] as upper,
    substr(r.mark, c.pos, 1)::"char" as mark,
    coalesce(nullif(substr(r.qualifier, c.pos, 1), ''), ' ')::"char" as qualifier,
    coalesce(x.stated, false) as stated, x.as_of, coalesce(x.population, '') as population,
    coalesce(x.text, '') as text
  from htx.report r
  join htx.cat_cell c on c.form = r.form and c.version = r.form_version
  left join htx.report_cell x on x.epoch = r.epoch and x.seq = r.seq and x.cell = c.pos
  where substr(r.mark, c.pos, 1) not in ('', ' ')
  union all
  select r.epoch, r.seq, r.scheme, r.period, r.vintage, r.form, r.form_version, r.unit,
    r.unit_from, r.kind, r.subject, r.channel, r.counts, null, x.indicator,
    x.b1, x.b2, x.value, x.upper, x.mark, x.qualifier, x.stated, x.as_of, x.population,
    x.text
  from htx.report r
  join htx.report_cell x on x.epoch = r.epoch and x.seq = r.seq and x.cell is null;
comment on view htx.observation is
  'Every given value of every report, one row each: arrays unfolded by cat_cell, and the observations that have no place in the form (cell is null).';
grant select on htx.observation to htx_serve, htx_admin, htx_read;

create or replace function htx.channel_rank(channel text) returns integer
language sql immutable as $$
  select array_position(array['territorial', 'on_behalf', 'sectoral', 'earlier'], channel)
$$;
comment on function htx.channel_rank is
  'Of several reports of one entity the lower rank counts, then the lowest position.';

create or replace function htx.catalogue_at(p_epoch bigint, p_seq bigint) returns integer
language sql stable as $$
  select version from htx.catalogue
  where act = 'activate' and (epoch, seq) <= (p_epoch, p_seq)
  order by epoch desc, seq desc limit 1
$$;
comment on function htx.catalogue_at is 'The catalogue version in force at a position.';

create or replace function htx.period_at(p_scheme text, p_code text, p_epoch bigint,
  p_seq bigint) returns setof htx.period
language sql stable as $$
  select p.* from htx.period p
  where p.scheme = p_scheme and p.code = p_code and (p.epoch, p.seq) <= (p_epoch, p_seq)
  order by p.epoch desc, p.seq desc limit 1
$$;
comment on function htx.period_at is 'A period as known at a position.';

create or replace function htx.unit_at(p_epoch bigint, p_seq bigint) returns setof htx.unit
language sql stable as $$
  select distinct on (u.code, u.valid_from) u.* from htx.unit u
  where (u.epoch, u.seq) <= (p_epoch, p_seq)
  order by u.code, u.valid_from, u.epoch desc, u.seq desc
$$;
comment on function htx.unit_at is 'The register of units at a position.';

create or replace function htx.entity_at(p_epoch bigint, p_seq bigint)
returns setof htx.entity
language sql stable as $$
  select distinct on (e.subject) e.* from htx.entity e
  where (e.epoch, e.seq) <= (p_epoch, p_seq)
  order by e.subject, e.epoch desc, e.seq desc
$$;
comment on function htx.entity_at is 'The register of entities at a position.';

-- Units that must report for a period: valid on its cut-off day, not those that another
-- one speaks for, and not the province itself, which gathers.
create or replace function htx.unit_expected(p_scheme text, p_code text, p_epoch bigint,
  p_seq bigint) returns setof htx.unit
language sql stable as $$
  select u.* from htx.unit_at(p_epoch, p_seq) u,
    htx.period_at(p_scheme, p_code, p_epoch, p_seq) p
  where u.kind <> 'province' and u.reports and u.valid_from <= p.cutoff
    and (u.valid_to is null or u.valid_to >= p.cutoff)
$$;
comment on function htx.unit_expected is
  'Units that must report for a period: valid on its cut-off day.';

-- One entity under several numbers: where a person said so, the one it is counted under.
create or replace function htx.same_at(p_epoch bigint, p_seq bigint)
returns table (subject text, root text)
language sql stable as $$
  with recursive now as (
    select distinct on (m.subject) m.subject, m.into_subject, m.act
    from htx.entity_merge m where (m.epoch, m.seq) <= (p_epoch, p_seq)
    order by m.subject, m.epoch desc, m.seq desc),
  up (subject, root, step) as (
    select n.subject, n.into_subject, 1 from now n where n.act = 'merge'
    union all
    select u.subject, n.into_subject, u.step + 1
    from up u join now n on n.subject = u.root and n.act = 'merge'
    where u.step < 100) -- a ring is refused when it is made
  select distinct on (u.subject) u.subject, u.root from up u
  order by u.subject, u.step desc
$$;
comment on function htx.same_at is
  'Merged entities at a position: subject is counted as root.';

-- The newest decision on each report of a period.
create or replace function htx.decision_at(p_scheme text, p_period text, p_epoch bigint,
  p_seq bigint) returns setof htx.decision
language sql stable as $$
  select distinct on (d.about) d.* from htx.decision d
  where d.scheme = p_scheme and d.period = p_period and (d.epoch, d.seq) <= (p_epoch, p_seq)
  order by d.about, d.epoch desc, d.seq desc
$$;
comment on function htx.decision_at is 'Decisions on reports of a period at a position.';

-- rows: so that whoever joins with it expects a province's lists, not a handful (a
-- roll-up of 107,000 reports took three times as long).
create or replace function htx.report_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint) returns setof htx.report
language sql stable rows 100000 set work_mem = '64MB' as $$
  with
  same as materialized (select * from htx.same_at(p_epoch, p_seq)),
  decided as materialized (
    select d.about, d.act from htx.decision_at(p_scheme, p_period, p_epoch, p_seq) d),
  standing as (
    select r.* from htx.report r
    where r.counts and r.scheme = p_scheme and r.period = p_period
      and (p_vintage is null or r.vintage = p_vintage)
      and (r.epoch, r.seq) <= (p_epoch, p_seq)
      and not exists (select from decided d where d.about = r.hash and d.act = 'reject')
    union all
    select r.* from decided d join htx.report r on r.hash = d.about
    where d.act = 'count' and not r.counts
      and (p_vintage is null or r.vintage = p_vintage)
      and (r.epoch, r.seq) <= (p_epoch, p_seq)),
  open as (
    select r.epoch, r.seq, r.scheme, r.period, r.vintage, r.form, r.form_version, r.unit,
      r.unit_from, r.kind, coalesce(m.root, r.subject) as subject, r.channel, r.revision,
      r.verdict, r.late, true as counts, r.hash, r.digest, r.supersedes, r.duplicate_of,
      r.id, r.evidence, r.item, r.catalogue, r.name, r.sector, r.commune, r.state, r.value,
      r.upper, r.mark, r.qualifier
    from standing r left join same m on m.subject = r.subject
    where not exists (select from htx.supersession s
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq)))
  select distinct on (r.vintage, r.form, coalesce(nullif(r.subject, ''), r.hash::text),
      case when r.kind = 'unit' then r.unit end,
      case when r.kind = 'unit' then r.unit_from end) r.*
  from open r
  order by r.vintage, r.form, coalesce(nullif(r.subject, ''), r.hash::text),
    case when r.kind = 'unit' then r.unit end,
    case when r.kind = 'unit' then r.unit_from end,
    htx.channel_rank(r.channel), r.epoch, r.seq
$$;
comment on function htx.report_at is
  'The reports that count at a position: not superseded by then, as decided by then, under the number their entity is counted under; of one subject and form the authoritative channel, then the lowest position.';
