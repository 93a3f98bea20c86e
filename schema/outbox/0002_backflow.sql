-- What flows back: notices with their proof, named by their position in the province's
-- log; and reports that were read again under a newer catalogue.

drop table notice;
create table notice (
    unit      text not null,
    unit_from integer not null,
    epoch     integer not null,         -- position in the province's log
    pos       integer not null,
    kind      integer not null,         -- enum notice_kind
    scheme    text not null,
    period    text not null,
    about     blob,                     -- hash of the report
    act       blob not null,            -- the exact record
    proof     blob not null,            -- the packed Notice as it came
    time      integer not null,         -- of the commit, ms
    came_at   integer not null,
    shown     integer not null default 0 check (shown in (0, 1)), -- its file is written
    primary key (unit, unit_from, epoch, pos)
) strict;
create index notice_unshown on notice (came_at) where shown = 0;
create index notice_about on notice (about) where about is not null;
