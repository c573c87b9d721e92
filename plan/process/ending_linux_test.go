package process

import (
	"os/exec"
	"testing"
)

func TestKilled(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		want   bool
	}{
		"nothing":            {"", false},
		"nothing waits":      {"Name:\tjava\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000100\n", false},
		"for a thread":       {"SigPnd:\t0000000000000100\nShdPnd:\t0000000000000000\n", true},
		"for the process":    {"SigPnd:\t0000000000000000\nShdPnd:\t0000000000004100\n", true},
		"to end, if it will": {"SigPnd:\t0000000000004000\nShdPnd:\t0000000000000000\n", false},
	} {
		if got := killed([]byte(c.status)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for name, c := range map[string]struct {
		flags string
		want  bool
	}{"runs": {"4194304", false}, "exits": {"4194308", true}, "no number": {"x", false}} {
		if got := exits([]string{"S", "1", "1", "1", "0", "-1", c.flags}); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestEnding: a process runs, then is killed and not waited for.
func TestEnding(t *testing.T) {
	if mySelf(t).Ending() {
		t.Error("this process is said to end")
	}
	c := exec.Command("sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	i, err := Of(c.Process.Pid)
	if err != nil || i.Ending() {
		t.Fatalf("it is said to end: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if alive, _ := i.Alive(); alive && !i.Ending() { // at every moment it is one of both
		if alive, _ := i.Alive(); alive && !i.Ending() {
			t.Error("it was killed, and is said to run")
		}
	}
	other := i.Number
	other.Start++
	if other.Ending() {
		t.Error("another process of that number is said to end")
	}
}
