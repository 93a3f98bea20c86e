-- The feed: the log as pages that are sealed once, for the ministry and other consumers.

create table htx.feed_page (
  chain        text not null check (chain in ('full', 'publications')),
  epoch        bigint not null check (epoch > 0),
  page         bigint not null check (page > 0),
  version      integer not null check (version > 0),
  commit_epoch bigint not null check (commit_epoch > 0),
  first_number bigint not null check (first_number > 0),
  last_number  bigint not null,
  header       bytea not null,
  hash         bytea not null unique check (octet_length(hash) = 32),
  at           timestamptz not null default now(),
  primary key (chain, epoch, page),
  check (commit_epoch <= epoch),
  check (last_number >= first_number)
);
comment on table htx.feed_page is
  'Sealed pages: header (the exact bytes that are signed; they name body, previous page, boundaries and key) and its hash. The row is written before it is signed, so that no page is ever signed twice with other bytes. Bodies are made again from the log, commits first_number to last_number of commit_epoch, by the rules of `version`, and must give the hash in the header.';

create table htx.feed_signature (
  chain     text not null,
  epoch     bigint not null,
  page      bigint not null,
  signature bytea not null check (octet_length(signature) = 64),
  primary key (chain, epoch, page),
  foreign key (chain, epoch, page) references htx.feed_page
);
comment on table htx.feed_signature is
  'Ed25519 over the header of a page, by the receipt key that the header names; made after COMMIT by a signer process. Only pages with a signature are served.';

create function htx.commit_newest_epoch() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(1213487107); -- epoch begin holds it alone
  if exists (select from htx.commit c where c.epoch > new.epoch) then
    raise exception 'epoch % has ended', new.epoch
      using errcode = 'unique_violation', constraint = 'commit_lock';
  end if;
  return new;
end
$$;
comment on function htx.commit_newest_epoch is
  'Nothing is written behind the end of an epoch: who read the end of the log before a new epoch began looks again, as when another writer was first.';
create trigger commit_newest_epoch before insert on htx.commit
  for each row execute function htx.commit_newest_epoch();

alter table htx.key drop constraint key_use_check;
alter table htx.key add constraint key_use_check
  check (use in ('sign', 'curve', 'desk', 'receipt', 'person', 'feed', 'publications'));
comment on table htx.key is
  'Keys of units (sign: Ed25519 hex, curve: Z85), of the province''s desk (desk: may sign nhập thay for any unit), receipt keys, and CURVE keys of consumers, unit being the consumer''s code (feed: may read the full chain, publications: that of publications alone); of a person''s key (person) only its revocation stands here, unit being the person''s code. Of one public key the highest position counts; a signature counts if its batch committed before the revocation.';

do $$
begin
  if not exists (select from pg_roles where rolname = 'htx_feed') then
    create role htx_feed login;
  end if;
end
$$;
grant usage on schema htx to htx_feed;
grant select on htx.commit, htx.commit_signature, htx.control, htx.evidence, htx.receipt,
  htx.report, htx.submission, htx.answer, htx.supersession, htx.province, htx.key,
  htx.catalogue_bundle, htx.publication, htx.feed_page, htx.feed_signature, htx.audit to htx_feed;
grant select on htx.feed_page, htx.feed_signature to htx_serve, htx_admin, htx_read;
grant insert on htx.feed_page, htx.feed_signature, htx.audit to htx_feed;
