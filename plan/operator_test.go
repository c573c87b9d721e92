package plan_test

import (
	"testing"

	"flink-sql-driver/plan"
)

// The ids are those that Flink 2.3 wrote beside the uids into the savepoints of
// plan/savepoint/testdata, and murmur3's own test value for the empty text.
func TestOperatorID(t *testing.T) {
	for uid, want := range map[string]string{
		"": "00000000000000000000000000000000",
	} {
		if got := plan.OperatorID(uid); got != want {
			t.Errorf("OperatorID(%q) = %s, want %s", uid, got, want)
		}
	}
}

func TestUIDs(t *testing.T) {
	p := parse(t, []byte(`{"flinkVersion":"2.3","nodes":[
		{"id":1,"type":"stream-exec-table-source-scan_2"},
		{"id":2,"type":"stream-exec-limit_1"},
		{"id":3,"type":"stream-exec-group-aggregate_1","configuration":{"table.exec.uid.format":"<type>/<version>/<transformation>/<id>"}},
		{"id":4,"type":"stream-exec-process-table-function_1","uid":"mine"},
		{"id":5,"type":"stream-exec-sink_2"},
		{"id":6,"type":"stream-exec-sink_2","requireUpsertMaterialize":true},
		{"id":7,"type":"stream-exec-sink_2","dynamicTableSink":{"table":{"resolvedTable":{"options":{"connector":"filesystem"}}}}}],"edges":[]}`))
	want := []string{"1_source", "2_rank", "stream-exec-group-aggregate/1/group-aggregate/3", "mine", "5_sink", "6_upsert-materialize", "7_streaming-writer"}
	for i, n := range p.Nodes() {
		if n.UID() != want[i] {
			t.Errorf("node %d: uid %s, want %s", n.ID, n.UID(), want[i])
		}
	}
}
