-- Control records of the same log: register, keys, people, periods, catalogue, publications.
-- Each typed row carries the position of its control record; of several rows with one key
-- the highest position counts, so "as of (epoch, seq)" is a prefix.

create table htx.control (
  epoch bigint not null,
  seq   bigint not null,
  kind  text not null,
  body  bytea not null,
  hash  bytea not null check (octet_length(hash) = 32),
  actor text not null,
  primary key (epoch, seq)
);
comment on table htx.control is
  'Every act on register, keys, people, periods, catalogue and publications: canonical JSON, hashed as a leaf of its commit.';

create table htx.province (
  one     boolean primary key default true check (one),
  code    text not null,
  name    text not null check (name is nfc normalized),
  genesis bytea not null,
  file    bytea not null
);
comment on table htx.province is 'The province of this database: its genesis file and hash.';

create table htx.unit (
  epoch      bigint not null,
  seq        bigint not null,
  code       text not null,
  valid_from date not null,
  valid_to   date,
  name       text not null check (name is nfc normalized),
  kind       text not null,
  parent     text not null,
  act        text not null,
  primary key (epoch, seq)
);
create index unit_key on htx.unit (code, valid_from);
comment on table htx.unit is
  'Who reports: commune, former district, department, Liên minh HTX. Key (code, valid_from): codes are reused. act: the legal act.';

create table htx.entity (
  epoch     bigint not null,
  seq       bigint not null,
  subject   text not null,
  kind      text not null,
  name      text not null check (name is nfc normalized),
  sector    text not null,
  unit      text not null,
  unit_from date not null,
  commune   text not null,
  state     text not null,
  founded   date,
  dissolved date,
  confirmed boolean not null,
  primary key (epoch, seq)
);
create index entity_subject on htx.entity (subject);
create index entity_unit on htx.entity (unit, unit_from);
comment on table htx.entity is
  'Register of HTX, THT, LHHTX, QTDND; subject as in report. confirmed = false: chưa xác nhận.';

create table htx.period (
  epoch   bigint not null,
  seq     bigint not null,
  scheme  text not null,
  code    text not null,
  kind    text not null,
  name_vi text not null,
  name_en text not null,
  starts  date not null,
  ends    date not null,
  opens   date not null,
  cutoff  date not null,
  due     date not null,
  closes  date,
  primary key (epoch, seq)
);
create index period_key on htx.period (code, scheme);
comment on table htx.period is 'Periods in force here; catalogue activation writes them, period load changes them.';

create table htx.person (
  epoch      bigint not null,
  seq        bigint not null,
  code       text not null,
  name       text not null check (name is nfc normalized),
  role       text not null,
  title      text not null,
  key        bytea,
  valid_from date not null,
  valid_to   date,
  primary key (epoch, seq)
);
comment on table htx.person is 'People and their roles: nhập liệu, duyệt, tổng hợp tỉnh, lãnh đạo, kiểm tra, người đọc.';

create table htx.key (
  epoch     bigint not null,
  seq       bigint not null,
  unit      text not null,
  unit_from date not null,
  use       text not null check (use in ('sign', 'curve', 'desk', 'receipt')),
  public    text not null,
  revoked   boolean not null,
  reason    text not null,
  primary key (epoch, seq)
);
create index key_public on htx.key (public);
comment on table htx.key is
  'Keys of units (sign: Ed25519 hex, curve: Z85), of the province''s desk (desk: may sign nhập thay for any unit) and receipt keys. Of one public key the highest position counts; a signature counts if its batch committed before the revocation.';

create table htx.catalogue (
  epoch   bigint not null,
  seq     bigint not null,
  version integer not null,
  act     text not null check (act in ('load', 'activate')),
  hash    bytea not null,
  primary key (epoch, seq)
);
comment on table htx.catalogue is 'Loading and activation of catalogue versions.';

create table htx.catalogue_bundle (
  version      integer primary key,
  hash         bytea not null unique,
  valid_from   date not null,
  accept_until date,
  bundle       bytea not null
);
comment on table htx.catalogue_bundle is 'The bytes of each catalogue version, as hashed.';

create table htx.cat_indicator (
  version   integer not null,
  no        integer not null,
  ord       integer not null,
  code      text not null,
  name_vi   text not null,
  name_en   text not null,
  unit_vi   text not null,
  unit_en   text not null,
  scale     bigint not null,
  decimals  integer not null,
  type      text not null,
  level     text not null,
  op        text not null,
  num       text not null,
  den       text not null,
  primary key (version, no)
);
comment on table htx.cat_indicator is 'Indicators of each catalogue version, unfolded for roll-ups.';

create table htx.cat_breakdown (
  version integer not null,
  dim     text not null,
  code    text not null,
  ord     integer not null,
  parent  text not null,
  name_vi text not null,
  name_en text not null,
  primary key (version, dim, code)
);
comment on table htx.cat_breakdown is 'Codes of each dimension; parent gives the upper level.';

create table htx.cat_form (
  form    text not null,
  version integer not null,
  subject text not null,
  layout  text not null,
  rank    integer not null,
  name_vi text not null,
  name_en text not null,
  primary key (form, version)
);
comment on table htx.cat_form is 'Form versions; of two statements the lower rank counts.';

create table htx.cat_cell (
  form      text not null,
  version   integer not null,
  pos       integer not null,
  indicator integer not null,
  b1        text not null,
  b2        text not null,
  label_vi  text not null,
  primary key (form, version, pos)
);
comment on table htx.cat_cell is 'Cells of a form version, fixed for ever: pos counts from 1, as the arrays of report do.';

create table htx.cat_source (
  version     integer not null,
  ord         integer not null,
  indicator   text not null,
  period_kind text not null,
  vintage     text not null,
  sources     text not null,
  primary key (version, ord)
);
comment on table htx.cat_source is 'Which source counts: first match by (indicator or *, period kind, vintage or empty).';

create table htx.publication (
  epoch     bigint not null,
  seq       bigint not null,
  scheme    text not null,
  period    text not null,
  vintage   text not null,
  number    integer not null,
  as_epoch  bigint not null,
  as_seq    bigint not null,
  method    integer not null,
  catalogue integer not null,
  totals    bytea not null,
  hash      bytea not null,
  missing   text[] not null,
  primary key (epoch, seq),
  unique (period, scheme, vintage, number)
);
comment on table htx.publication is
  'Numbered, sealed roll-ups. totals: the canonical bytes, recomputable from the log prefix (as_epoch, as_seq) and method.';

create table htx.extract (
  hash    bytea not null,
  name    text not null,
  format  text not null,
  scheme  text not null,
  period  text not null,
  vintage text not null,
  number  integer not null,
  body    bytea not null,
  at      timestamptz not null,
  primary key (period, scheme, vintage, number, format)
);
comment on table htx.extract is 'Laid-out files of a publication, stored with their hash.';
