-- The register as it stands: of several rows with one key the highest position counts.
-- Run again at every migrate; nothing here holds data.

drop view if exists htx.unit_now, htx.period_now, htx.person_now,
  htx.key_now, htx.catalogue_now, htx.entity_now cascade;

create view htx.unit_now as
  select distinct on (code, valid_from) *
  from htx.unit order by code, valid_from, epoch desc, seq desc;
comment on view htx.unit_now is 'Đơn vị báo cáo: the newest row of each (code, valid_from).';

create view htx.period_now as
  select distinct on (scheme, code) *
  from htx.period order by scheme, code, epoch desc, seq desc;
comment on view htx.period_now is 'Kỳ báo cáo: the newest row of each (scheme, code).';

create view htx.person_now as
  select distinct on (code) *
  from htx.person order by code, epoch desc, seq desc;
comment on view htx.person_now is 'People: the newest row of each code.';

create view htx.key_now as
  select distinct on (public) *
  from htx.key order by public, epoch desc, seq desc;
comment on view htx.key_now is
  'Keys: the newest row of each public key; revoked ones are still listed.';

create view htx.catalogue_now as
  select b.version, b.hash, b.valid_from, b.accept_until,
    b.version = (select a.version from htx.catalogue a where a.act = 'activate'
      order by a.epoch desc, a.seq desc limit 1) is true as active,
    coalesce((select a.person from htx.catalogue a
      where a.version = b.version and a.act = 'propose'
      order by a.epoch desc, a.seq desc limit 1), '') as proposed
  from htx.catalogue_bundle b;
comment on view htx.catalogue_now is
  'Catalogue versions loaded here; one of them is active. proposed: by whom its activation was first signed.';

-- An entity that only reports know is listed as chưa xác nhận, with the facts of the
-- first report that counted.
create view htx.entity_now as
  select e.*, 'register' as source from (
    select distinct on (subject, as_of) *
    from htx.entity order by subject, as_of, epoch desc, seq desc) e
  union all
  select r.* from (
    select distinct on (subject) epoch, seq, subject, kind, name, sector, unit, unit_from,
      commune, state, null::date, null::date, false, null::date, 'report'
    from htx.report p
    where kind <> 'unit' and verdict in ('accepted', 'warnings')
      and not exists (select from htx.supersession s join htx.answer a on a.hash = s.by
        where s.old = p.hash) -- withdrawn: nobody says so any more
    order by subject, epoch, seq) r
  where not exists (select from htx.entity e where e.subject = r.subject);
comment on view htx.entity_now is
  'Register of entities as loaded: the newest row of each (subject, as_of); and the entities that only reports know (source report: chưa xác nhận). By date, with events and merges: entity_fact_at.';

grant select on htx.unit_now, htx.period_now, htx.person_now, htx.key_now,
  htx.catalogue_now, htx.entity_now to htx_serve, htx_admin, htx_read;
