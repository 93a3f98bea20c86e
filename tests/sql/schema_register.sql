-- Of several rows with one key the highest position counts; reports name entities that the
-- register does not know.
set search_path = htx;
insert into unit values
  (1, 1, '106', '2004-01-01', null, 'A', 'district', '12', ''),
  (1, 9, '106', '2025-07-01', null, 'the code used again', 'commune', '12', ''),
  (1, 7, '106', '2004-01-01', '2025-06-30', 'B', 'district', '12', ''),
  (1, 10, '107', '2004-01-01', null, 'C', 'district', '12', ''),
  (2, 1, '107', '2004-01-01', null, 'a later epoch', 'district', '12', '');
select code, valid_from, valid_to, name from unit_now order by 1, 2;

insert into key values
  (1, 11, '106', '2004-01-01', 'sign', 'k1', false, ''),
  (1, 12, '106', '2004-01-01', 'curve', 'k2', false, ''),
  (1, 13, '106', '2004-01-01', 'sign', 'k1', true, 'lost');
select use, public, revoked, reason from key_now order by 1, 2;

insert into catalogue_bundle values (1, '\x01', '2021-01-01', null, ''), (2, '\x02', '2024-01-01', null, '');
select version, active from catalogue_now order by 1;
insert into catalogue values (1, 20, 1, 'load', '\x01'), (1, 21, 1, 'activate', '\x01'),
  (1, 22, 2, 'load', '\x02');
select version, active from catalogue_now order by 1;
insert into catalogue values (1, 23, 2, 'activate', '\x02'), (1, 24, 1, 'activate', '\x01');
select version, active from catalogue_now order by 1;

insert into entity values
  (1, 30, 'tax:1', 'htx', 'old name', 'agri', '106', '2004-01-01', '', 'active', null, null, true),
  (1, 31, 'tax:1', 'htx', 'new name', 'agri', '106', '2004-01-01', '', 'stopped', null, null, true);
insert into report (epoch, seq, scheme, period, vintage, form, form_version, unit, unit_from, kind,
  subject, channel, revision, verdict, late, counts, hash, digest, id, evidence, item, catalogue,
  name, sector, commune, state, value, mark)
select 1, seq, 'nd09', '2025-S1', 'actual', 'f', 1, '106', '2004-01-01', kind, subject,
  'territorial', 1, verdict, false, true, sha256(seq::text::bytea), sha256(''), gen_random_uuid(),
  '', 0, 1, name, 'agri', '', 'active', '{}', ''
from (values
  (41, 'htx', 'tax:1', 'accepted', 'in the register already'),
  (42, 'htx', 'tax:2', 'refused', 'refused'),
  (43, 'htx', 'tax:3', 'warnings', 'first report'),
  (44, 'htx', 'tax:3', 'accepted', 'later report'),
  (45, 'unit', 'unit', 'accepted', 'a statement')) v (seq, kind, subject, verdict, name);
select subject, name, state, confirmed, source from entity_now order by 1;
