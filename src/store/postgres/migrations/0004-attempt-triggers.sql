-- Why an attempt was made: 'redelivery', 'replay' or 'test'; null for the retry schedule, which most are made by. A check
-- of the values would scan the table.
alter table attempts add column trigger text;
