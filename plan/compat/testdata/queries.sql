# Plans of connectors that Flink does not bring, and of a session with options, as `submitter compile` printed them on Flink 2.3.0 with
# flink-sql-connector-kafka 5.0.0-2.2, flink-connector-jdbc-core and -postgres 4.0.0-2.0 and flink-sql-parquet 2.3.0 under resources.
----
-- kafka
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'a:9092', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'a:9092', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 5 GROUP BY customer
----
-- kafka-elsewhere
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'b:9092', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'b:9092', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 5 GROUP BY customer
----
-- kafka-group
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'a:9092', 'properties.group.id' = 'h', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'a:9092', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 5 GROUP BY customer
----
-- kafka-window-5
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'a:9092', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'a:9092', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE windows (customer BIGINT, starts TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO windows SELECT customer, window_start, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end
----
-- kafka-window-7
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '7' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'a:9092', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'a:9092', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE windows (customer BIGINT, starts TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO windows SELECT customer, window_start, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end
----
-- kafka-window-idle
CREATE TABLE orders (customer BIGINT, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'a:9092', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json', 'scan.watermark.idle-timeout' = '1 min');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'sums', 'properties.bootstrap.servers' = 'a:9092', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE windows (customer BIGINT, starts TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO windows SELECT customer, window_start, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end
----
-- pushed-5
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/shop', 'table-name' = 'orders');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 5 GROUP BY customer
----
-- pushed-6
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/shop', 'table-name' = 'orders');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 6 GROUP BY customer
----
-- pushed-branches-1-2
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/shop', 'table-name' = 'orders');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; END;
----
-- pushed-branches-2-1
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/shop', 'table-name' = 'orders');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; END;
----
-- pushed-branches-3-4
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://db/shop', 'table-name' = 'orders');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 4 GROUP BY customer; END;
----
-- unshared-1-2
SET 'table.optimizer.reuse-sub-plan-enabled' = 'false';
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; END;
----
-- unshared-2-1
SET 'table.optimizer.reuse-sub-plan-enabled' = 'false';
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; END;
----
-- unshared-1-3
SET 'table.optimizer.reuse-sub-plan-enabled' = 'false';
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; END;
----
-- unshared-3-4
SET 'table.optimizer.reuse-sub-plan-enabled' = 'false';
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 4 GROUP BY customer; END;
----
-- large-csv-5
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE big (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/large', 'format' = 'csv');
INSERT INTO big SELECT customer, amount FROM orders WHERE amount > 5;
----
-- large-csv-6
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'csv');
CREATE TABLE big (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/large', 'format' = 'csv');
INSERT INTO big SELECT customer, amount FROM orders WHERE amount > 6;
----
-- large-parquet-5
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'parquet');
CREATE TABLE big (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/large', 'format' = 'csv');
INSERT INTO big SELECT customer, amount FROM orders WHERE amount > 5;
----
-- large-parquet-6
CREATE TABLE orders (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/orders', 'format' = 'parquet');
CREATE TABLE big (customer BIGINT, amount INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/large', 'format' = 'csv');
INSERT INTO big SELECT customer, amount FROM orders WHERE amount > 6;
