-- What the province decides about its register and its reports: dated facts of entities,
-- merging of doubles, the lineage of units, decisions on reports. Every table is read by
-- position: over a prefix of the log without such records every roll-up is what it was.

alter table htx.unit add column reports boolean not null default true;
comment on column htx.unit.reports is
  'Does it report itself? No: a commune that its district reports for, kept so that its entities can be found again after a reform.';

alter table htx.entity add column as_of date;
comment on column htx.entity.as_of is
  'The day from which these facts hold; null: since ever. Of two facts the later day counts, of one day the higher position.';

create table htx.entity_event (
  epoch     bigint not null,
  seq       bigint not null,
  subject   text not null,
  event     text not null,
  day       date not null,
  kind      text,
  name      text check (name is nfc normalized),
  sector    text,
  unit      text,
  unit_from date,
  commune   text check (commune is nfc normalized),
  state     text,
  other     text,
  act       text not null check (act is nfc normalized),
  note      text not null check (note is nfc normalized),
  person    text not null,
  primary key (epoch, seq)
);
create index entity_event_subject on htx.entity_event (subject);
create index entity_event_unit on htx.entity_event (unit, unit_from);
comment on table htx.entity_event is
  'Dated facts of an entity by an act of the province: founded, renamed, moved, suspended, dissolved, confirmed ...; null: says nothing of it. other: the entity it was merged with, split from or converted to, by law (a double of the register is entity_merge).';

create table htx.entity_merge (
  epoch        bigint not null,
  seq          bigint not null,
  subject      text not null,
  into_subject text not null,
  act          text not null check (act in ('merge', 'unmerge')),
  why          text not null check (why is nfc normalized),
  person       text not null,
  primary key (epoch, seq)
);
create index entity_merge_subject on htx.entity_merge (subject);
create index entity_merge_into on htx.entity_merge (into_subject);
comment on table htx.entity_merge is
  'One entity under two numbers or spellings: subject is the same as into_subject (merge), or is not after all (unmerge). Of one subject the highest position counts.';

create table htx.lineage (
  epoch    bigint not null,
  seq      bigint not null,
  old      text not null,
  old_from date not null,
  new      text not null,
  new_from date not null,
  day      date not null,
  part     text not null check (part in ('full', 'part', 'none')),
  act      text not null check (act is nfc normalized),
  primary key (epoch, seq)
);
create index lineage_old on htx.lineage (old, old_from);
comment on table htx.lineage is
  'Which unit became which on a day, by a legal act; full: the old unit as a whole went into the new one, part: a piece of it, none: this line was an error. Of one (old, new) the highest position counts.';

create table htx.decision (
  epoch     bigint not null,
  seq       bigint not null,
  act       text not null check (act in ('count', 'reject')),
  about     bytea not null check (octet_length(about) = 32),
  replaces  bytea check (octet_length(replaces) = 32),
  unit      text not null,
  unit_from date not null,
  scheme    text not null,
  period    text not null,
  vintage   text not null,
  why       text not null check (why is nfc normalized),
  person    text not null,
  primary key (epoch, seq)
);
create index decision_about on htx.decision (about);
create index decision_period on htx.decision (period, scheme);
comment on table htx.decision is
  'A person''s word on a report that was held or in conflict (count, reject), or on one that counts (reject). It never changes the receipt; of one report the highest position counts. replaces: the report that no longer counts, as a row of supersession.';

-- The register asks what movement forms say of an entity, whatever their period.
create index report_movement on htx.report (subject) where form = 'bien_dong';

grant select on htx.entity_event, htx.entity_merge, htx.lineage, htx.decision
  to htx_serve, htx_admin, htx_read;
grant insert on htx.entity_event, htx.entity_merge, htx.lineage, htx.decision to htx_admin;
