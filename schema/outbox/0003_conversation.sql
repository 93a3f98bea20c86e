-- What the unit says about its reports: explanations and withdrawals, items as any other.

create table explanation (
    seq       integer primary key references item (seq),
    about     blob not null,            -- hash of the report
    finding   text not null,            -- its code; '' the report as a whole
    indicator integer not null,
    b1        text not null,
    b2        text not null,
    cell      text not null,
    text      text not null,
    withdraw  integer not null check (withdraw in (0, 1))
) strict;
create index explanation_about on explanation (about);

-- a withdrawal of it is on its way or was accepted: the next report of its key replaces it
alter table report add column withdrawn integer not null default 0
    check (withdrawn in (0, 1));
