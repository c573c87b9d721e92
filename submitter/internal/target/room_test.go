package target

import (
	"testing"

	"flink-sql-driver/submitter/internal/journal"
)

func TestRoom(t *testing.T) {
	for name, c := range map[string]struct {
		options map[string]string
		size    journal.Size
		grows   bool
		want    Room
		fixed   bool
	}{
		"nothing said":              {nil, journal.Size{}, false, Room{1, 1}, true},
		"enough for parallelism":    {map[string]string{"parallelism.default": "8"}, journal.Size{}, false, Room{1, 8}, true},
		"both said":                 {map[string]string{"parallelism.default": "8"}, journal.Size{Slots: 1, Replicas: 1}, false, Room{1, 1}, true},
		"slots by option":           {map[string]string{"parallelism.default": "8", "taskmanager.numberOfTaskSlots": "2"}, journal.Size{Replicas: 3}, false, Room{3, 2}, true},
		"adaptive":                  {map[string]string{"jobmanager.scheduler": "Adaptive"}, journal.Size{Slots: 1, Replicas: 1}, false, Room{}, false},
		"reactive":                  {map[string]string{"scheduler-mode": "REACTIVE"}, journal.Size{Slots: 1, Replicas: 1}, false, Room{}, false},
		"Flink makes more":          {nil, journal.Size{Slots: 1, Replicas: 1}, true, Room{}, false},
		"Flink makes more, to some": {map[string]string{"slotmanager.number-of-slots.max": "7"}, journal.Size{Slots: 2}, true, Room{3, 2}, true},
	} {
		got, ok := Launch{Options: c.options, TaskManager: c.size}.Room(c.grows)
		if ok != c.fixed || ok && got != c.want {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	for want, r := range map[string]Room{
		"8 slots are needed, and 1 TaskManager with 1 slot gives 1":       {1, 1},
		"8 slots are needed, and 2 TaskManagers with 3 slots each give 6": {2, 3},
		"8 slots are needed, and 0 TaskManagers with 4 slots give 0":      {0, 4},
		"8 slots are needed, and 1 TaskManager with 4 slots gives 4":      {1, 4},
	} {
		if got := r.Lacks(8); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
