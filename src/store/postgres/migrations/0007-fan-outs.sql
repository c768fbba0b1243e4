-- Publications whose deliveries are not all written yet: the number and the list of each event, the lists of endpoints
-- (both JSON), how many deliveries are on disk, and the process that writes the others.
create table fan_outs (
  id bigint not null generated always as identity primary key,
  owner int not null,
  events text not null,
  endpoints text not null,
  written bigint not null
);
