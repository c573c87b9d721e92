package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// kafkaTables are the flights as files, as a topic, and what is counted of them.
const kafkaTables = `CREATE TABLE files (
  y INT, m INT, d INT, dep_time STRING, sdt STRING, dep_delay STRING, arr_time STRING, sat STRING, arr_delay STRING,
  carrier STRING, flight STRING, tailnum STRING, origin STRING, dest STRING, air_time STRING, distance STRING, h STRING, mi STRING,
  time_hour STRING
) WITH ('connector' = 'filesystem', 'path' = 'file://${env:PWD}/in', 'format' = 'csv', 'source.monitor-interval' = '200 ms');
CREATE TABLE flights (carrier STRING, flight STRING, origin STRING, dest STRING) WITH (
  'connector' = 'kafka', 'topic' = 'flights', 'properties.bootstrap.servers' = '${env:KAFKA}', 'format' = 'json',
  'properties.group.id' = 'per-route', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE per_route (origin STRING, dest STRING, flights BIGINT, PRIMARY KEY (origin, dest) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = 'per-route', 'properties.bootstrap.servers' = '${env:KAFKA}',
  'key.format' = 'json', 'value.format' = 'json');
`

const kafkaTemplate = `table-definitions: [tables.sql]
resources:
  - jar: maven:org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2
flinkProperties:
  execution.checkpointing.interval: 1 s
`

// TestKafka takes flights from files to a topic and from there to a count for each
// route in another, which is upgraded in between.
func TestKafka(t *testing.T) {
	kafka := flinktest.Kafka(t, "nobody asks for it")
	w := newGuest(t)
	w.env = append(w.env, "KAFKA="+kafka.Servers)
	f := newFeed(t, filepath.Join(w.dir, "in"), 3)
	w.write("tables.sql", kafkaTables)
	w.write("template.yaml", kafkaTemplate)
	w.write("load.yaml", "name: load\ntarget-table: flights\nsql: SELECT carrier, flight, origin, dest FROM files\n")
	perRoute := "name: per-route\ntarget-table: per_route\nsql: SELECT origin, dest, COUNT(*) AS flights FROM flights GROUP BY origin, dest\n"
	w.write("per-route.yaml", perRoute)
	f.piece(0)
	w.must("apply", "load.yaml", "--template-file", "template.yaml") // makes the topic
	w.must("apply", "per-route.yaml", "--template-file", "template.yaml")
	f.piece(1)
	w.write("per-route.yaml", perRoute+"flinkProperties: {task.cancellation.interval: 30001}\n")
	w.must("apply", "load.yaml", "per-route.yaml", "--template-file", "template.yaml")
	if jobs := w.status(); jobs["per-route"].Launch != 2 || jobs["load"].Launch != 1 {
		t.Errorf("%+v, want launch 2 of per-route and 1 of load", jobs)
	}
	f.piece(2)

	want := f.perRoute()
	var got map[string]int
	w.eventually("all routes are counted", func() bool {
		got = make(map[string]int)
		for _, value := range kafka.Read(t, "per-route", 2*time.Second) {
			var r struct {
				Origin, Dest string
				Flights      int
			}
			if err := json.Unmarshal([]byte(value), &r); err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			got[r.Origin+" "+r.Dest] = r.Flights // the newest of a key counts
		}
		return maps.Equal(got, want)
	})
	if len(want) < 10 {
		t.Errorf("only %d routes", len(want))
	}
}

// perRoute counts the flights of all pieces for each route, without Flink.
func (f *feed) perRoute() map[string]int {
	counts := make(map[string]int)
	for _, r := range f.rows {
		counts[r[12]+" "+r[13]]++
	}
	return counts
}
