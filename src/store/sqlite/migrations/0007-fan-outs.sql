-- Publications whose deliveries are not all written yet: the number and the list of each event, the lists of endpoints
-- (both JSON), and how many deliveries are on disk.
create table fan_outs (
  id integer primary key,
  events text not null,
  endpoints text not null,
  written integer not null
) strict;
