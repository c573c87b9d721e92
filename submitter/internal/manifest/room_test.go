package manifest

import (
	"context"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/target"
)

// TestRoom: what a job's cluster has is known where it is fixed, and a job that may need
// more is told of.
func TestRoom(t *testing.T) {
	const insert = "sql: INSERT INTO b SELECT 1\n"
	for name, c := range map[string]struct {
		yaml  string
		room  *target.Room
		warns bool
	}{
		"nothing said":          {insert, &target.Room{TaskManagers: 1, Slots: 1}, false},
		"enough":                {"parallelism: 8\n" + insert, &target.Room{TaskManagers: 1, Slots: 8}, false},
		"too few":               {"parallelism: 8\ntask-manager: {slots: 1, replicas: 1}\n" + insert, &target.Room{TaskManagers: 1, Slots: 1}, true},
		"by an option":          {"flinkProperties: {parallelism.default: 8}\ntask-manager: {slots: 3, replicas: 2}\n" + insert, &target.Room{TaskManagers: 2, Slots: 3}, true},
		"by a SET":              {"task-manager: {slots: 1, replicas: 1}\nsql: \"SET 'parallelism.default' = '2'; INSERT INTO b SELECT 1\"\n", &target.Room{TaskManagers: 1, Slots: 1}, true},
		"slots by an option":    {"parallelism: 8\nflinkProperties: {taskmanager.numberOfTaskSlots: 2}\ntask-manager: {replicas: 3}\n" + insert, &target.Room{TaskManagers: 3, Slots: 2}, true},
		"a source":              {"sql: INSERT INTO b SELECT * FROM c /*+ OPTIONS('scan.parallelism'='2') */\n", &target.Room{TaskManagers: 1, Slots: 1}, true},
		"replicas for less":     {"parallelism: 8\ntask-manager: {replicas: 3}\n" + insert, &target.Room{TaskManagers: 3, Slots: 3}, false},
		"adaptive":              {"parallelism: 8\nflinkProperties: {jobmanager.scheduler: Adaptive}\ntask-manager: {slots: 1, replicas: 1}\n" + insert, nil, false},
		"reactive":              {"parallelism: 8\nflinkProperties: {scheduler-mode: reactive}\ntask-manager: {slots: 1, replicas: 1}\n" + insert, nil, false},
		"native Kubernetes":     {"parallelism: 8\ntarget: kubernetes\ntask-manager: {slots: 1, replicas: 1}\n" + insert, nil, false},
		"native, limited":       {"parallelism: 8\ntarget: kubernetes\nflinkProperties: {slotmanager.number-of-slots.max: 4}\ntask-manager: {slots: 2}\n" + insert, &target.Room{TaskManagers: 2, Slots: 2}, true},
		"standalone Kubernetes": {"parallelism: 8\ntarget: kubernetes\nkubernetes: {mode: standalone}\ntask-manager: {slots: 1, replicas: 1}\n" + insert, &target.Room{TaskManagers: 1, Slots: 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := Load(context.Background(), Options{Paths: []string{"-"}, Stdin: strings.NewReader("name: a\n" + c.yaml)})
			if err != nil {
				t.Fatal(err)
			}
			got := set.Jobs[0].Room
			if (got == nil) != (c.room == nil) || got != nil && *got != *c.room {
				t.Errorf("%v, want %v", got, c.room)
			}
			if (len(set.Warnings) > 0) != c.warns {
				t.Errorf("%v", set.Warnings)
			}
		})
	}
}

// TestSharedDefinitions: a table that others use with a parallelism of its own is no
// reason to warn, and is one to ask for the plan.
func TestSharedDefinitions(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "d.sql", "CREATE TABLE b (c INT) WITH ('connector'='print','sink.parallelism'='16');")
	write(t, "a.yaml", "name: a\ntable-definitions: [d.sql]\nsql: INSERT INTO e SELECT 1\n")
	set, err := Load(context.Background(), Options{Paths: []string{"a.yaml"}})
	if err != nil || len(set.Warnings) > 0 || set.Jobs[0].MostSlots() != 16 {
		t.Errorf("%v, %v", err, set)
	}
}
