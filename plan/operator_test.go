package plan_test

import (
	"testing"

	"flink-sql-driver/plan"
)

// The ids are those that Flink 2.3 wrote beside the uids into the savepoints of
// plan/savepoint/testdata, and murmur3's own test value for the empty text.
func TestOperatorID(t *testing.T) {
	for uid, want := range map[string]string{
		"":                  "00000000000000000000000000000000",
		"10_join":           "f22b5c2eb8cfbeac01b3d9922d4aaa94",
		"11_calc":           "a73f8675147a3a9637d231a5ae0e46e1",
		"12_sink":           "a59d73c95dcb97ffd39f5b65cfc0edd8",
		"1_source":          "d3f21cabc6fe0fdf76c8be915bdb22a2",
		"3_group-aggregate": "4f0fea56069e128b6efb5cf69722457e",
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
