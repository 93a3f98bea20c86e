-- What units and province say to each other about reports: explanations and withdrawals of
-- the units (items, as reports are), remarks and extensions of the province (acts).

create table htx.answer (
  epoch     bigint not null,
  seq       bigint not null,
  unit      text not null,
  unit_from date not null,
  scheme    text not null,
  period    text not null,
  vintage   text not null check (vintage in ('plan', 'estimate', 'actual')),
  about     bytea not null check (octet_length(about) = 32),
  target    bytea not null check (octet_length(target) = 32),
  withdraw  boolean not null,
  finding   text not null,
  indicator integer not null,
  b1        text not null,
  b2        text not null,
  place     text not null,
  text      text not null check (text is nfc normalized),
  maker     text not null check (maker is nfc normalized),
  verdict   text not null,
  counts    boolean not null,
  hash      bytea not null,
  id        uuid not null,
  evidence  bytea not null,
  primary key (epoch, seq)
);
create index answer_target on htx.answer (target);
create index answer_period on htx.answer (period, scheme, unit);
comment on table htx.answer is
  'What a unit says about a report it sent: giải trình of a finding ('''' for the report as a whole), or its withdrawal (thu hồi), whose effect is a row of supersession. about: the report named; target: the one that counts in its place.';

create table htx.remark (
  epoch     bigint not null,
  seq       bigint not null,
  act       text not null check (act in ('accept', 'ask', 'return')),
  unit      text not null,
  unit_from date not null,
  scheme    text not null,
  period    text not null,
  vintage   text not null,
  about     bytea not null check (octet_length(about) = 32),
  finding   text not null,
  place     text not null,
  note      text not null check (note is nfc normalized),
  person    text not null,
  primary key (epoch, seq)
);
create index remark_about on htx.remark (about);
create index remark_period on htx.remark (period, scheme, unit);
comment on table htx.remark is
  'The province''s word on a report or one of its findings: the explanation is accepted, a question, or trả lại. It never changes the receipt.';

create table htx.extension (
  epoch     bigint not null,
  seq       bigint not null,
  unit      text not null,
  unit_from date not null,
  scheme    text not null,
  period    text not null,
  due       date not null,
  why       text not null check (why is nfc normalized),
  person    text not null,
  primary key (epoch, seq)
);
create index extension_period on htx.extension (period, scheme, unit);
comment on table htx.extension is
  'Gia hạn: the day until which a unit''s reports of a period are not late. The highest position counts.';

alter table htx.submission add column approver text not null default '';

grant select on htx.answer, htx.remark, htx.extension to htx_serve, htx_admin, htx_read;
grant insert on htx.answer to htx_serve, htx_admin;
grant insert on htx.remark, htx.extension to htx_admin;
