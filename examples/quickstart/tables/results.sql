CREATE TABLE late_departures (
  carrier STRING,
  flight INT,
  origin STRING,
  dest STRING,
  dep_delay INT,
  `__create_timestamp` TIMESTAMP(3),
  `__query_name` STRING,
  `__query_description` STRING,
  `__query_id` STRING,
  `__query_version` INT,
  `__query_create_timestamp` TIMESTAMP(3)
) WITH (
  'connector' = 'filesystem',
  'path' = 'file://${env:PWD}/.flink-sql/results/late-departures',
  'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s'
);

CREATE TABLE departures_per_hour (
  window_start TIMESTAMP(3),
  origin STRING,
  departures BIGINT,
  minutes_late BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = 'file://${env:PWD}/.flink-sql/results/departures-per-hour',
  'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s'
);

CREATE TABLE cancelled (
  carrier STRING,
  flight INT,
  origin STRING,
  dest STRING
) WITH (
  'connector' = 'filesystem',
  'path' = 'file://${env:PWD}/.flink-sql/results/cancelled',
  'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s'
);

CREATE TABLE long_haul (
  carrier STRING,
  flight INT,
  origin STRING,
  dest STRING,
  distance INT
) WITH (
  'connector' = 'filesystem',
  'path' = 'file://${env:PWD}/.flink-sql/results/long-haul',
  'format' = 'csv',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s'
);
