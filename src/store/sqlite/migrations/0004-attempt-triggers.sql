-- Why an attempt was made: 'redelivery', 'replay' or 'test'; null for the retry schedule, which most are made by.
alter table attempts add column trigger text;
