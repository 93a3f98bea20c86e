-- The collector's outbox: what was read, what was sealed, what was answered.
-- One connection, exclusive, WAL + FULL. Rows are never deleted by this release.

-- One claimed file. The claim names it for ever: a crash between commit and move finds
-- the row and only finishes the move.
create table file (
    claim      text primary key,
    unit       text not null,
    unit_from  integer not null,
    name       text not null,           -- as dropped
    shown      text not null,           -- name in the folder of answered files
    hash       blob not null,           -- BLAKE2b-256 of the original
    bad        integer not null check (bad in (0, 1)),
    taken_at   integer not null,        -- ms since 1970 UTC
    answered   integer not null check (answered in (0, 1)), -- final answer is written
    unique (unit, shown)
) strict;
create index file_open on file (answered) where answered = 0;

-- A sealed batch: the very envelope that is sent for ever.
create table batch (
    no        integer primary key,
    unit      text not null,
    unit_from integer not null,
    epoch     integer not null,
    number    integer not null,
    hash      blob not null,            -- of the header
    envelope  blob not null,
    items     integer not null,
    answered  integer not null default 0, -- items with a receipt
    sealed_at integer not null,
    unique (unit, unit_from, epoch, number)
) strict;
create index batch_open on batch (unit, unit_from, epoch, number) where answered < items;

-- Everything that is sealed one day: reports and submissions in the order they arose.
create table item (
    seq       integer primary key autoincrement,
    kind      integer not null,         -- enum item_kind
    id        blob not null unique,
    hash      blob not null unique,
    unit      text not null,
    unit_from integer not null,
    scheme    text not null,
    period    text not null,
    vintage   integer not null,
    body      blob not null,            -- the exact bytes
    made_at   integer not null,
    approved  integer not null check (approved in (0, 1)),
    batch     integer references batch (no),
    position  integer,                  -- in the batch, from 0
    verdict   integer not null default 0
) strict;
create index item_waiting on item (unit, unit_from, seq) where batch is null;
create index item_unanswered on item (made_at) where verdict = 0;
create unique index item_place on item (batch, position) where batch is not null;
create index item_period on item (unit, unit_from, scheme, period, vintage);

create table report (
    seq          integer primary key references item (seq),
    form         text not null,
    form_version integer not null,
    subject      text not null,         -- "unit" or scheme:issuer:id
    name         text not null,         -- of the subject, for lists
    channel      integer not null,
    key          text not null,         -- all columns of the key but the revision
    digest       blob not null,         -- content digest
    revision     integer not null,
    supersedes   blob,
    stands       integer not null check (stands in (0, 1)), -- occupies its key
    counts_as    blob,                  -- hash of the first, when ours is a duplicate
    catalogue    integer not null,
    file         text not null references file (claim)
) strict;
create index report_newest on report (key, seq);
create unique index report_key on report (key, revision) where stands = 1;

create table submission (
    seq     integer primary key references item (seq),
    digest  blob not null,              -- without id and time
    nil     integer not null check (nil in (0, 1)) -- nothing to report
) strict;

-- What a file came to, line by line: the answer to the officer is written from it.
create table result (
    file     text not null references file (claim),
    ord      integer not null,
    title    text not null,
    place    text not null,
    outcome  integer not null,          -- enum outcome
    seq      integer references item (seq),
    findings blob not null,             -- packed Findings of the local check
    primary key (file, ord)
) strict, without rowid;
create index result_item on result (seq) where seq is not null;

create table receipt (
    seq     integer primary key references item (seq),
    bytes   blob not null,              -- the packed Receipt
    verdict integer not null,
    epoch   integer not null,
    pos     integer not null,
    late    integer not null check (late in (0, 1)),
    time    integer not null,           -- of the commit, ms
    came_at integer not null
) strict;

create table notice (
    id      blob primary key,
    kind    integer not null,
    unit    text not null,
    period  text not null,
    about   blob not null,
    text    text not null,
    time    integer not null,
    came_at integer not null
) strict;

-- The epoch a unit seals in, and the heads that its first batch continues.
create table epoch (
    unit      text not null,
    unit_from integer not null,
    epoch     integer not null,
    opened_at integer not null,
    primary key (unit, unit_from, epoch)
) strict, without rowid;

create table continues (
    unit      text not null,
    unit_from integer not null,
    epoch     integer not null,
    of_epoch  integer not null,
    number    integer not null,
    hash      blob not null,
    primary key (unit, unit_from, epoch, of_epoch, number)
) strict, without rowid;
