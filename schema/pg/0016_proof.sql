-- A consumer of the publications chain has control records without the commits they are in:
-- what proves each, and when it was, stand beside it. The province itself has its commits,
-- and no rows here.

create table htx.control_proof (
  epoch     bigint not null,
  seq       bigint not null,
  statement bytea not null,
  signature bytea check (octet_length(signature) = 64),
  at        timestamptz not null,
  primary key (epoch, seq)
);
comment on table htx.control_proof is
  'The signed statement of the commit in which a control record is, where the commit itself has not come; at: its time. signature null: of an epoch that ended before it was signed. The path from the record to the statement''s root is in the page.';

grant select on htx.control_proof to htx_serve, htx_admin, htx_read;
