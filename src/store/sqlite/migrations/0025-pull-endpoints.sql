-- Endpoints of kind `pull` have no URL (the text is empty): their deliveries wait until a client takes them. The leases of such
-- clients outlive this process.
alter table endpoints add column kind text not null default 'push' check (kind in ('push', 'pull'));
