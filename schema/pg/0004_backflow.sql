-- What flows back to the units: catalogue versions in force by two officers, notices.

alter table htx.catalogue drop constraint catalogue_act_check;
alter table htx.catalogue add constraint catalogue_act_check
  check (act in ('load', 'propose', 'activate'));
alter table htx.catalogue add column person text not null default '';
alter table htx.catalogue add column key bytea check (octet_length(key) = 32);
alter table htx.catalogue add column signature bytea check (octet_length(signature) = 64);
comment on table htx.catalogue is
  'Loading of catalogue versions, and their activation: one officer of the genesis proposes, another one activates; key and signature (over province, version, hash and day) travel with the version, so that collectors need not trust this database. Rows of earlier releases have none.';

create table htx.notice (
  epoch     bigint not null,
  seq       bigint not null,
  kind      text not null,
  unit      text not null,
  unit_from date not null,
  scheme    text not null,
  period    text not null,
  vintage   text not null,
  about     bytea check (octet_length(about) = 32),
  finding   text not null,
  cell      text not null,
  text      text not null check (text is nfc normalized),
  due       date,
  person    text not null,
  primary key (epoch, seq)
);
create index notice_unit on htx.notice (unit, unit_from, epoch, seq);
create index notice_about on htx.notice (about) where about is not null;
comment on table htx.notice is
  'Later acts of a person that go back to a unit (answers to findings, questions, returns, reminders, extensions); the record itself is in control, and travels with its proof. about: hash of the report.';

grant select on htx.notice to htx_serve, htx_admin, htx_read;
grant insert on htx.notice to htx_admin;
