CREATE TABLE orders (id BIGINT, customer BIGINT, amount INT, note STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'datagen', 'rows-per-second' = '10')
----
CREATE TABLE orders_faster (id BIGINT, customer BIGINT, amount INT, note STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'datagen', 'rows-per-second' = '20')
----
CREATE TABLE files (customer BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/customers', 'format' = 'csv')
----
CREATE TABLE files_elsewhere (customer BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/others', 'format' = 'csv')
----
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole')
----
CREATE TABLE sums_printed (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'print')
----
CREATE TABLE sums_by_customer (customer BIGINT, orders BIGINT, total BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'print')
----
CREATE TABLE windows (customer BIGINT, starts TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole')
----
CREATE TABLE notes (id BIGINT, note STRING, tag STRING) WITH ('connector' = 'blackhole')
----
CREATE TABLE notes_in_files (id BIGINT, note STRING, tag STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/notes', 'format' = 'csv')
----
CREATE TABLE names (customer BIGINT, name STRING) WITH ('connector' = 'blackhole')
----
CREATE TABLE tagged (tag STRING, customer BIGINT, orders BIGINT) WITH ('connector' = 'blackhole')
----
-- sum
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer
----
-- sum-faster-source
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders /*+ OPTIONS('rows-per-second' = '20') */ GROUP BY customer
----
-- sum-other-source
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders_faster GROUP BY customer
----
-- sum-printed
INSERT INTO sums_printed SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer
----
-- sum-count-doubled
INSERT INTO sums SELECT customer, COUNT(*) * 2, SUM(amount) FROM orders GROUP BY customer
----
-- sum-count-tripled
INSERT INTO sums SELECT customer, COUNT(*) * 3, SUM(amount) FROM orders GROUP BY customer
----
-- sum-above-5
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 5 GROUP BY customer
----
-- sum-above-6
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 6 GROUP BY customer
----
-- sum-doubled
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount * 2) FROM orders GROUP BY customer
----
-- sum-tripled
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount * 3) FROM orders GROUP BY customer
----
-- sum-having-5
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer HAVING COUNT(*) > 5
----
-- sum-having-6
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer HAVING COUNT(*) > 6
----
-- max
INSERT INTO sums SELECT customer, COUNT(*), MAX(amount) FROM orders GROUP BY customer
----
-- sum-keyed
INSERT INTO sums_by_customer SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer
----
-- materialized
INSERT INTO sums_by_customer SELECT MOD(customer, 10), COUNT(*), SUM(amount) FROM orders GROUP BY customer ON CONFLICT DO DEDUPLICATE
----
-- window-1m
INSERT INTO windows SELECT customer, window_start, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end
----
-- window-2m
INSERT INTO windows SELECT customer, window_start, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTE)) GROUP BY customer, window_start, window_end
----
-- filter
INSERT INTO notes SELECT id, note, 'a' FROM orders WHERE amount > 5
----
-- filter-to-files
INSERT INTO notes_in_files SELECT id, note, 'a' FROM orders WHERE amount > 5
----
-- filter-tagged-b
INSERT INTO notes SELECT id, note, 'b' FROM orders WHERE amount > 5
----
-- filter-odd-text
INSERT INTO notes SELECT id, note, '<&>"\ é日😀' FROM orders WHERE amount > 5
----
-- join
INSERT INTO names SELECT o.customer, f.name FROM orders o JOIN files f ON o.customer = f.customer AND o.amount > 5
----
-- join-watched
INSERT INTO names SELECT o.customer, f.name FROM orders o JOIN files /*+ OPTIONS('source.monitor-interval' = '10 s') */ f ON o.customer = f.customer AND o.amount > 5
----
-- top-3
INSERT INTO sums SELECT customer, id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY amount) AS n FROM orders) WHERE n <= 3
----
-- top-5
INSERT INTO sums SELECT customer, id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY amount) AS n FROM orders) WHERE n <= 5
----
-- over-5
INSERT INTO sums SELECT customer, id, SUM(amount) OVER (PARTITION BY customer ORDER BY ts ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM orders
----
-- over-6
INSERT INTO sums SELECT customer, id, SUM(amount) OVER (PARTITION BY customer ORDER BY ts ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM orders
----
-- copy-files
INSERT INTO names SELECT customer, name FROM files
----
-- copy-files-elsewhere
INSERT INTO names SELECT customer, name FROM files_elsewhere
----
-- two-sinks
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer; INSERT INTO notes SELECT id, note, 'a' FROM orders WHERE amount > 5; END
----
-- values
INSERT INTO names VALUES (1, 'a'), (2, 'b')
----
-- session
INSERT INTO windows SELECT customer, window_start, amount FROM TABLE(SESSION(TABLE orders PARTITION BY customer, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
----
-- tumble-rows
INSERT INTO windows SELECT customer, window_start, amount FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
----
-- branches-1-2
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; END
----
-- branches-2-1
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; END
----
-- branches-1-3
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; END
----
-- branches-3-4
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 4 GROUP BY customer; END
----
-- branches-1-2-3
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; END
----
-- branches-3-1-9
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 9 GROUP BY customer; END
----
-- branches-3-8-9
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 8 GROUP BY customer; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 9 GROUP BY customer; END
----
-- apart-1-2
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO sums_printed SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; END
----
-- apart-2-1
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer; INSERT INTO sums_printed SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer; END
----
-- apart-3-4
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO sums_printed SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 4 GROUP BY customer; END
----
-- tagged-1-2
STATEMENT SET BEGIN INSERT INTO tagged SELECT 'a', customer, COUNT(*) FROM orders WHERE amount > 1 GROUP BY customer; INSERT INTO tagged SELECT 'b', customer, COUNT(*) FROM orders WHERE amount > 2 GROUP BY customer; END
----
-- tagged-3-4
STATEMENT SET BEGIN INSERT INTO tagged SELECT 'a', customer, COUNT(*) FROM orders WHERE amount > 3 GROUP BY customer; INSERT INTO tagged SELECT 'b', customer, COUNT(*) FROM orders WHERE amount > 4 GROUP BY customer; END
----
-- tagged-4-3
STATEMENT SET BEGIN INSERT INTO tagged SELECT 'b', customer, COUNT(*) FROM orders WHERE amount > 4 GROUP BY customer; INSERT INTO tagged SELECT 'a', customer, COUNT(*) FROM orders WHERE amount > 3 GROUP BY customer; END
----
-- having-1-2
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer HAVING COUNT(*) > 5; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer HAVING COUNT(*) > 6; END
----
-- having-1-2-others
STATEMENT SET BEGIN INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer HAVING COUNT(*) > 7; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer HAVING COUNT(*) > 8; END
----
-- union-1-2
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer UNION ALL SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer
----
-- union-2-1
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 2 GROUP BY customer UNION ALL SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 1 GROUP BY customer
----
-- union-3-4
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 3 GROUP BY customer UNION ALL SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount > 4 GROUP BY customer
----
-- self-join-1-2
INSERT INTO sums SELECT l.customer, l.c, r.c FROM (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 1 GROUP BY customer) l JOIN (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 2 GROUP BY customer) r ON l.customer = r.customer
----
-- self-join-2-1
INSERT INTO sums SELECT l.customer, l.c, r.c FROM (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 2 GROUP BY customer) l JOIN (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 1 GROUP BY customer) r ON l.customer = r.customer
----
-- self-join-3-4
INSERT INTO sums SELECT l.customer, l.c, r.c FROM (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 3 GROUP BY customer) l JOIN (SELECT customer, COUNT(*) AS c FROM orders WHERE amount > 4 GROUP BY customer) r ON l.customer = r.customer
----
-- two-sinks-reordered
STATEMENT SET BEGIN INSERT INTO notes SELECT id, note, 'a' FROM orders WHERE amount > 5; INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer; END
----
-- limit-5
INSERT INTO names SELECT customer, note FROM orders LIMIT 5
----
-- limit-6
INSERT INTO names SELECT customer, note FROM orders LIMIT 6
----
-- constant-5
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE customer = 5 GROUP BY customer
----
-- constant-6
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE customer = 6 GROUP BY customer
----
-- in-1-2
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount IN (1, 2) GROUP BY customer
----
-- in-1-3
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE amount IN (1, 3) GROUP BY customer
----
-- counted-5
INSERT INTO sums SELECT customer, COUNT(*) FILTER (WHERE amount > 5), SUM(amount) FROM orders GROUP BY customer
----
-- counted-6
INSERT INTO sums SELECT customer, COUNT(*) FILTER (WHERE amount > 6), SUM(amount) FROM orders GROUP BY customer
----
-- join-above-6
INSERT INTO names SELECT o.customer, f.name FROM orders o JOIN files f ON o.customer = f.customer AND o.amount > 6
----
-- join-compared-1
INSERT INTO names SELECT o.customer, f.name FROM orders o JOIN files f ON o.customer = f.customer AND o.amount > f.customer + 1
----
-- join-compared-2
INSERT INTO names SELECT o.customer, f.name FROM orders o JOIN files f ON o.customer = f.customer AND o.amount > f.customer + 2
