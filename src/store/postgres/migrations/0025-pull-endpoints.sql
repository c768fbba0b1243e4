-- Endpoints of kind `pull` have no URL (the text is empty): their deliveries wait until a client takes them. What a client has
-- leased is claimed by 0, which is no process: such leases outlive every process. A column with a constant default is added to
-- the catalog only, and so is its constraint.
alter table endpoints add column kind text not null default 'push';
alter table endpoints add constraint endpoints_kind_check check (kind in ('push', 'pull')) not valid;
