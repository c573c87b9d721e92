-- Every flight that left New York's three airports, in the order of departure.
-- The directory is watched: a file that is added to it is read as well, so the
-- jobs go on until somebody stops them.
CREATE TABLE flights (
  `year` INT,
  `month` INT,
  `day` INT,
  dep_time INT,
  sched_dep_time INT,
  dep_delay INT,          -- minutes; negative: early; NULL: cancelled
  arr_time INT,
  sched_arr_time INT,
  arr_delay INT,
  carrier STRING,
  flight INT,
  tailnum STRING,
  origin STRING,
  dest STRING,
  air_time INT,
  distance INT,
  `hour` INT,
  `minute` INT,
  time_hour STRING,       -- 2013-01-01T10:00:00Z, the scheduled hour
  scheduled AS TO_TIMESTAMP(REPLACE(REPLACE(time_hour, 'T', ' '), 'Z', '')),
  WATERMARK FOR scheduled AS scheduled - INTERVAL '1' DAY
) WITH (
  'connector' = 'filesystem',
  'path' = 'file://${env:PWD}/data',
  'format' = 'csv',
  'csv.null-literal' = 'NA',
  'source.monitor-interval' = '2 s'
);
