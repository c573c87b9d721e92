package target

import (
	"fmt"
	"strconv"
	"strings"
)

// Room is how many tasks a cluster of a fixed size can run side by side.
type Room struct {
	TaskManagers int
	Slots        int // of each
}

// All is the number of slots.
func (r Room) All() int { return r.TaskManagers * r.Slots }

// Lacks says that more slots are needed than there are.
func (r Room) Lacks(need int) string {
	one := ""
	if r.TaskManagers > 1 {
		one = " each"
	}
	verb := "gives"
	if r.TaskManagers != 1 {
		verb = "give"
	}
	return fmt.Sprintf("%s needed, and %s with %s%s %s %d", are(need), count(r.TaskManagers, "TaskManager"), count(r.Slots, "slot"), one, verb, r.All())
}

func are(slots int) string {
	if slots == 1 {
		return "1 slot is"
	}
	return fmt.Sprintf("%d slots are", slots)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

const (
	optionScheduler  = "jobmanager.scheduler"
	optionMode       = "scheduler-mode"
	optionMostSlots  = "slotmanager.number-of-slots.max"
	adaptive         = "adaptive"
	reactiveInFlinks = "reactive"
)

// Room is what the launch's cluster has; not ok where it grows with what is asked of it,
// or where its job shrinks to what there is. grows: Flink makes TaskManagers itself.
func (l Launch) Room(grows bool) (r Room, ok bool) {
	if strings.EqualFold(l.Options[optionScheduler], adaptive) || strings.EqualFold(l.Options[optionMode], reactiveInFlinks) {
		return r, false
	}
	r = Room{TaskManagers: l.TaskManagers(), Slots: l.Slots()}
	if !grows {
		return r, true
	}
	most, err := strconv.Atoi(l.Options[optionMostSlots])
	if err != nil || most < 1 {
		return r, false
	}
	r.TaskManagers = most / r.Slots
	return r, true
}
