-- The log: every record has a position (epoch, seq), without gaps, in commit order.
-- Append-only. No daemon may UPDATE, DELETE or TRUNCATE; see 0003_roles.sql.

create schema htx;
comment on schema htx is
  'HTX: báo cáo hợp tác xã. Append-only log, register and what is derived from them.';

create table htx.commit (
  epoch          bigint not null check (epoch > 0),
  number         bigint not null check (number > 0),
  first_seq      bigint not null check (first_seq > 0),
  last_seq       bigint not null,
  control        boolean not null,
  statement      bytea not null,
  statement_hash bytea not null check (octet_length(statement_hash) = 32),
  leaves         bytea not null,
  at             timestamptz not null,
  primary key (epoch, number),
  constraint commit_lock unique (epoch, first_seq),
  check (last_seq >= first_seq),
  check (octet_length(leaves) = 32 * (last_seq - first_seq + 1))
);
alter table htx.commit alter column leaves set storage external;
comment on table htx.commit is
  'One row a group; the unique (epoch, first_seq) is the lock between writers. statement: the exact bytes that are signed; leaves: leaf hashes in seq order, 32 bytes each, from which proofs are derived. control: the group holds control records, not reports.';

create table htx.commit_signature (
  epoch     bigint not null,
  number    bigint not null,
  key       bytea not null check (octet_length(key) = 32),
  signature bytea not null check (octet_length(signature) = 64),
  primary key (epoch, number),
  foreign key (epoch, number) references htx.commit
);
comment on table htx.commit_signature is
  'Ed25519 over the commit statement, made after COMMIT by the signer process.';

create table htx.evidence (
  hash          bytea primary key check (octet_length(hash) = 32),
  unit          text not null,
  unit_from     date not null,
  batch_epoch   bigint not null,
  batch_number  bigint not null,
  signer        bytea not null check (octet_length(signer) = 32),
  carrier       text not null,
  envelope      bytea not null,
  commit_epoch  bigint not null,
  commit_number bigint not null,
  unique (unit, unit_from, batch_epoch, batch_number)
);
alter table htx.evidence alter column envelope set storage external;
comment on table htx.evidence is
  'Every batch that came in its turn, as received: header, signature, signed bytes; also one of which nothing can be judged yet, so that the next has its predecessor. hash: of the header. carrier: the CURVE key or person that brought it. commit: of its first items, or the one it came after.';

create table htx.receipt (
  item_hash bytea primary key check (octet_length(item_hash) = 32),
  epoch     bigint not null,
  number    bigint not null,
  seq       bigint not null,
  leaf      bytea not null,
  findings  bytea not null
);
comment on table htx.receipt is
  'The answer to every item, fixed with its commit: leaf bytes and findings bytes. A replay of the same bytes gets this again.';

create table htx.report (
  epoch        bigint not null,
  seq          bigint not null,
  scheme       text not null,
  period       text not null,
  vintage      text not null check (vintage in ('plan', 'estimate', 'actual')),
  form         text not null,
  form_version integer not null,
  unit         text not null,
  unit_from    date not null,
  kind         text not null check (kind in ('unit', 'htx', 'tht', 'lhhtx', 'qtdnd')),
  subject      text not null,
  channel      text not null check (channel in ('territorial', 'sectoral', 'on_behalf', 'earlier')),
  revision     integer not null check (revision > 0),
  verdict      text not null check (verdict in ('accepted', 'warnings', 'held', 'refused', 'conflict')),
  late         boolean not null,
  counts       boolean not null,
  hash         bytea not null check (octet_length(hash) = 32),
  digest       bytea not null check (octet_length(digest) = 32),
  supersedes   bytea,
  duplicate_of bytea,
  id           uuid not null,
  evidence     bytea not null,
  item         integer not null,
  catalogue    integer not null,
  name         text not null check (name is nfc normalized),
  sector       text not null,
  commune      text not null check (commune is nfc normalized),
  state        text not null,
  value        bigint[] not null,
  upper        bigint[],
  mark         text not null,
  qualifier    text,
  primary key (epoch, seq)
);
alter table htx.report alter column value set storage external;
create index report_period on htx.report (period, scheme, vintage, unit) where counts;
create index report_hash on htx.report (hash);
comment on table htx.report is
  'One slim row a report, whatever its verdict. value and upper are positional by the cells of (form, form_version): see cat_cell; mark holds one letter a cell: v value, - nil, x not applicable, . not yet available, k refused, blank missing; qualifier likewise (a about, > more than, + at least, < less than, ! at most, r range, e expected, blank none), null when there is none. subject: "unit", "tax:...", "certificate:number|issuer", "register:...". counts: accepted, holds its key and is no duplicate; superseded ones are found in supersession.';

create table htx.report_cell (
  epoch      bigint not null,
  seq        bigint not null,
  ord        integer not null,
  cell       integer,
  indicator  integer not null,
  b1         text not null,
  b2         text not null,
  value      bigint,
  upper      bigint,
  mark       "char" not null,
  qualifier  "char" not null,
  stated     boolean not null,
  as_of      date,
  population text not null,
  text       text not null check (text is nfc normalized),
  primary key (epoch, seq, ord)
);
comment on table htx.report_cell is
  'What is rare about a cell of a report: as-of date, population, words as written, and whole observations that have no place in the form (cell is null).';

create table htx.finding (
  epoch     bigint not null,
  seq       bigint not null,
  ord       integer not null,
  code      text not null,
  severity  text not null check (severity in ('error', 'warning', 'note')),
  indicator integer not null,
  b1        text not null,
  b2        text not null,
  place     text not null,
  value     text not null,
  args      text[] not null,
  refuses   boolean not null,
  holds     boolean not null,
  primary key (epoch, seq, ord)
);
comment on table htx.finding is
  'Findings of a report as named by its receipt (their hash is in the leaf).';

create table htx.report_id (
  unit      text not null,
  unit_from date not null,
  id        uuid not null,
  hash      bytea not null,
  primary key (unit, unit_from, id)
);
comment on table htx.report_id is 'The first report or submission that used an id of its unit.';

create table htx.report_key (
  period    text not null,
  scheme    text not null,
  unit      text not null,
  unit_from date not null,
  form      text not null,
  vintage   text not null,
  subject   text not null,
  channel   text not null,
  revision  integer not null,
  hash      bytea not null,
  digest    bytea not null,
  primary key (period, scheme, unit, unit_from, form, vintage, subject, channel, revision)
);
comment on table htx.report_key is
  'Keys held by accepted reports. Refused, held and conflicting reports occupy none.';

create table htx.supersession (
  old   bytea primary key,
  by    bytea not null unique,
  epoch bigint not null,
  seq   bigint not null
);
comment on table htx.supersession is
  'old was replaced by `by` at (epoch, seq). Current and as-of are one anti-join.';

create table htx.submission (
  epoch        bigint not null,
  seq          bigint not null,
  unit         text not null,
  unit_from    date not null,
  scheme       text not null,
  period       text not null,
  vintage      text not null,
  nothing      boolean not null,
  forms        text[] not null,
  rows         integer[] not null,
  paper_number text not null,
  paper_date   date,
  signer       text not null,
  signer_title text not null,
  maker        text not null,
  pdf_hash     text not null,
  late         boolean not null,
  verdict      text not null,
  hash         bytea not null,
  id           uuid not null,
  evidence     bytea not null,
  primary key (epoch, seq)
);
comment on table htx.submission is
  'A unit''s signed declaration for a period and vintage: forms complete, or nothing to report.';

create table htx.quarantine (
  hash     bytea primary key,
  unit     text not null,
  body     bytea not null,
  message  text not null,
  at       timestamptz not null
);
comment on table htx.quarantine is
  'Raw bytes that our judge accepted and the database refused: no verdict, an alarm.';

create table htx.redelivery (
  id    uuid primary key,
  at    timestamptz not null,
  items integer not null
);
comment on table htx.redelivery is
  'A group of replays alone: written before its receipts leave again, so that a synchronous standby has waited. No position, not in the feed.';

create table htx.audit (
  chain  text not null,
  number bigint not null,
  at     timestamptz not null,
  what   text not null,
  detail text not null,
  prev   bytea not null,
  hash   bytea not null,
  primary key (chain, number)
);
comment on table htx.audit is
  'Access audit: a hash chain a process (rejected batches, refused keys, exports).';
