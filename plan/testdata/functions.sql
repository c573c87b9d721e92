CREATE TEMPORARY FUNCTION mask AS 'named.Mask'
----
CREATE TEMPORARY SYSTEM FUNCTION mask_all AS 'named.Mask'
----
CREATE FUNCTION kept_mask AS 'named.Mask'
----
CREATE TEMPORARY FUNCTION longer AS 'named.Longer'
----
CREATE TEMPORARY FUNCTION total AS 'named.Total'
----
CREATE TEMPORARY FUNCTION parts AS 'named.Parts'
----
CREATE TEMPORARY FUNCTION later AS 'named.Later'
----
CREATE TEMPORARY FUNCTION gather AS 'named.Gather'
----
CREATE TEMPORARY MODEL labels INPUT (note STRING) OUTPUT (label STRING) WITH ('provider' = 'named', 'task' = 'classification')
----
CREATE MODEL kept_labels INPUT (note STRING) OUTPUT (label STRING) WITH ('provider' = 'named', 'task' = 'classification')
----
CREATE TABLE orders (id BIGINT, customer BIGINT, amount INT, note STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'datagen', 'rows-per-second' = '10')
----
CREATE TABLE changes (customer BIGINT, note STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/changes', 'format' = 'debezium-json')
----
CREATE TABLE files (customer BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/customers', 'format' = 'csv')
----
CREATE TABLE sums (customer BIGINT, orders BIGINT, total BIGINT) WITH ('connector' = 'blackhole')
----
CREATE TABLE counts (note STRING, orders BIGINT) WITH ('connector' = 'blackhole')
----
CREATE TABLE windows (customer BIGINT, starts TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole')
----
CREATE TABLE notes (id BIGINT, note STRING) WITH ('connector' = 'blackhole')
----
CREATE TABLE notes_in_files (id BIGINT, note STRING) WITH ('connector' = 'filesystem', 'path' = '/tmp/notes', 'format' = 'csv')
----
-- mask-printed
INSERT INTO notes SELECT id, mask(note) FROM orders
----
-- mask-to-files
INSERT INTO notes_in_files SELECT id, mask(note) FROM orders
----
-- mask-as-key
INSERT INTO counts SELECT mask(note), COUNT(*) FROM orders GROUP BY mask(note)
----
-- mask-as-filter
INSERT INTO sums SELECT customer, COUNT(*), SUM(amount) FROM orders WHERE mask(note) <> 'x' GROUP BY customer
----
-- mask-as-argument
INSERT INTO counts SELECT MAX(mask(note)), customer FROM orders GROUP BY customer
----
-- mask-behind
INSERT INTO counts SELECT mask(note), n FROM (SELECT note, COUNT(*) AS n FROM orders GROUP BY note)
----
-- mask-between
INSERT INTO counts SELECT mask(note), SUM(n) FROM (SELECT note, COUNT(*) AS n FROM orders GROUP BY note) GROUP BY mask(note)
----
-- mask-of-changes
INSERT INTO counts SELECT mask(note), COUNT(*) FROM changes GROUP BY mask(note)
----
-- mask-as-join-key
INSERT INTO notes SELECT o.id, f.name FROM orders o JOIN files f ON mask(o.note) = f.name
----
-- longer-in-join
INSERT INTO notes SELECT o.id, f.name FROM orders o JOIN files f ON o.customer = f.customer AND longer(o.note, f.name)
----
-- total
INSERT INTO sums SELECT customer, COUNT(*), total(amount) FROM orders GROUP BY customer
----
-- total-in-window
INSERT INTO windows SELECT customer, window_start, total(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end
----
-- total-over
INSERT INTO sums SELECT customer, id, total(amount) OVER (PARTITION BY customer ORDER BY ts) FROM orders
----
-- parts-printed
INSERT INTO notes SELECT id, word FROM orders, LATERAL TABLE(parts(note)) AS p(word)
----
-- parts-counted
INSERT INTO counts SELECT word, COUNT(*) FROM orders, LATERAL TABLE(parts(note)) AS p(word) GROUP BY word
----
-- mask-all-as-key
INSERT INTO counts SELECT mask_all(note), COUNT(*) FROM orders GROUP BY mask_all(note)
----
-- kept-mask-as-key
INSERT INTO counts SELECT kept_mask(note), COUNT(*) FROM orders GROUP BY kept_mask(note)
----
-- labels-printed
INSERT INTO notes SELECT id, label FROM ML_PREDICT(TABLE orders, MODEL labels, DESCRIPTOR(note))
----
-- labels-counted
INSERT INTO counts SELECT label, COUNT(*) FROM ML_PREDICT(TABLE orders, MODEL labels, DESCRIPTOR(note)) GROUP BY label
----
-- kept-labels-counted
INSERT INTO counts SELECT label, COUNT(*) FROM ML_PREDICT(TABLE orders, MODEL kept_labels, DESCRIPTOR(note)) GROUP BY label
----
-- later-printed
INSERT INTO notes SELECT id, later(note) FROM orders
----
-- later-counted
INSERT INTO counts SELECT note, COUNT(*) FROM (SELECT later(note) AS note FROM orders) GROUP BY note
----
-- gather
INSERT INTO counts SELECT note, EXPR$0 FROM gather(r => TABLE orders PARTITION BY note, uid => 'g')
----
-- mask-in-pattern
INSERT INTO notes SELECT last_id, first_note FROM (SELECT id, customer, note, PROCTIME() AS p FROM orders)
MATCH_RECOGNIZE (PARTITION BY customer ORDER BY p MEASURES LAST(B.id) AS last_id, A.note AS first_note ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B) DEFINE A AS mask(A.note) = 'x')
