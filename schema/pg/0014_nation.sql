-- The ministry's side, one level up: the provinces it follows and the pages it has of them.
-- What the pages say stands in a schema a province (htx_12), made of the same steps as htx;
-- this one is made once a database and stays empty in a province.

create schema nation;
comment on schema nation is
  'Bộ: the provinces that are followed, their pages, and one view over all copies a table, the province being its first column.';

create table nation.migration (
  schema text not null,
  number integer not null,
  name   text not null,
  hash   bytea not null check (octet_length(hash) = 32),
  at     timestamptz not null default now(),
  primary key (schema, name)
);
comment on table nation.migration is
  'What ran for the copy of each province, as public.htx_migration does for htx.';

create table nation.province (
  code    text primary key check (code ~ '^[A-Za-z0-9]{1,16}$'),
  schema  text not null unique,
  name    text not null check (name is nfc normalized),
  genesis bytea not null unique check (octet_length(genesis) = 32),
  file    bytea not null,
  chain   text not null check (chain in ('full', 'publications')),
  at      timestamptz not null default now()
);
comment on table nation.province is
  'Tỉnh: the genesis that was pinned by hand and the chain that is read. Never changed: another genesis is another province.';

create table nation.source (
  code     text not null references nation.province,
  number   integer not null check (number > 0),
  endpoint text not null,
  actor    text not null,
  at       timestamptz not null default now(),
  primary key (code, number)
);
comment on table nation.source is
  'Where a province''s feed is heard; the highest number counts, an empty one is none: pages are carried by hand.';

create table nation.branch (
  code   text not null references nation.province,
  branch integer not null check (branch > 0),
  epoch  bigint not null,
  page   bigint not null,
  lost   bigint not null check (lost >= 0),
  why    text not null check (why is nfc normalized),
  person text not null,
  at     timestamptz not null default now(),
  primary key (code, branch)
);
comment on table nation.branch is
  'Which line of its history a province is followed on: 1 from the beginning; a later one after it was restored, taken up by a person behind page (epoch, page) of the one before, whose copy stays as htx_CODE_forkN. lost: pages of that one which the new one does not have.';

create table nation.page (
  code      text not null,
  branch    integer not null,
  epoch     bigint not null check (epoch > 0),
  page      bigint not null check (page > 0),
  hash      bytea not null check (octet_length(hash) = 32),
  log_epoch bigint not null check (log_epoch > 0),
  last_number bigint not null,
  first_seq bigint not null,
  last_seq  bigint not null,
  records   integer not null,
  receipts  integer not null,
  sealed_at timestamptz not null,
  file      bytea not null,
  at        timestamptz not null default now(),
  primary key (code, branch, epoch, page),
  foreign key (code, branch) references nation.branch
);
alter table nation.page alter column file set storage external;
comment on table nation.page is
  'Pages as they came (header, signature, body), each written in the transaction that wrote its rows: the newest one of the newest branch is the cursor. log_epoch, first_seq, last_seq: the positions in it (a page may bring what an earlier epoch left behind). receipts: items of units in it.';

create table nation.halt (
  code          text not null references nation.province,
  number        bigint not null check (number > 0),
  branch        integer not null,
  epoch         bigint not null,
  page          bigint not null,
  reason        text not null check (reason in ('', 'refused', 'unknown', 'fork')),
  detail        text not null,
  fork_epoch    bigint,
  common_epoch  bigint,
  common_page   bigint,
  lost_pages    bigint not null default 0,
  lost_receipts bigint not null default 0,
  at            timestamptz not null default now(),
  primary key (code, number),
  check ((reason = 'fork') = (fork_epoch is not null)),
  check ((fork_epoch is null) = (common_epoch is null)),
  check ((fork_epoch is null) = (common_page is null))
);
comment on table nation.halt is
  'Why a cursor stands: at (branch, epoch, page) what came next was refused, is of a kind this release does not know (unknown), or belongs to another history (fork: the province was restored and began fork_epoch behind page (common_epoch, common_page), so it lacks what this copy has behind that). Reason empty: it was solved without a page. Speaks as long as the cursor is where it was.';

do $$
begin
  if not exists (select from pg_roles where rolname = 'htx_pull') then
    create role htx_pull login;
  end if;
end
$$;
grant usage on schema nation to htx_admin, htx_read, htx_pull;
grant select on all tables in schema nation to htx_admin, htx_read, htx_pull;
grant insert on nation.page, nation.halt to htx_pull;
