-- A copy of the log has a batch's items when their commits come: those of a batch that were
-- judged later than its first ones stand beside it. The province itself keeps each batch
-- whole and has no rows here.

create table htx.evidence_later (
  hash          bytea not null references htx.evidence check (octet_length(hash) = 32),
  commit_epoch  bigint not null,
  commit_number bigint not null,
  envelope      bytea not null,
  primary key (hash, commit_epoch, commit_number)
);
alter table htx.evidence_later alter column envelope set storage external;
comment on table htx.evidence_later is
  'The batch `hash` once more, with the bodies of the items that this commit answered; of all others it has the hash alone.';

grant select on htx.evidence_later to htx_serve, htx_admin, htx_read;
