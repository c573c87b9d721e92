//go:build linux

package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// foreignProc makes the test binary print what Here says.
const foreignProc = "TEST_PRINT_HERE"

func TestMain(m *testing.M) {
	if os.Getenv(foreignProc) != "" {
		fmt.Println(Here())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func mySelf(t *testing.T) Identity {
	t.Helper()
	me, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	return me
}

func TestGone(t *testing.T) {
	me := mySelf(t)
	changed := func(f func(*Identity)) Identity { i := me; f(&i); return i }
	ended, _, err := endedChild(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		identity Identity
		gone     bool
		why      string
	}{
		"lives":                         {me, false, "is running"},
		"number used again":             {changed(func(i *Identity) { i.Start++ }), true, ""},
		"not waited for":                {ended, true, ""},
		"other boot":                    {changed(func(i *Identity) { i.Boot = "other"; i.Start++ }), false, "unknown"},
		"other namespace":               {changed(func(i *Identity) { i.Namespace = "pid:[1]"; i.Start++ }), false, "unknown"},
		"no namespace":                  {changed(func(i *Identity) { i.Namespace = ""; i.Start++ }), false, "unknown"},
		"nothing is known":              {Identity{}, false, "not known"},
		"a number that nobody can have": {changed(func(i *Identity) { i.PID = 1 << 30 }), true, ""},
		"no number":                     {changed(func(i *Identity) { i.PID = -1 }), false, "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			gone, why := c.identity.Gone()
			if gone != c.gone || !strings.Contains(why, c.why) || gone != (why == "") {
				t.Errorf("%v because %q, want %v because %q", gone, why, c.gone, c.why)
			}
		})
	}
}

// endedChild is a process that has ended and was not waited for.
func endedChild(t *testing.T) (Identity, *exec.Cmd, error) {
	t.Helper()
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		return Identity{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return Identity{}, nil, err
	}
	t.Cleanup(func() { cmd.Wait() })
	i, err := Of(cmd.Process.Pid)
	if err != nil {
		return Identity{}, nil, err
	}
	if alive, err := i.Alive(); err != nil || !alive {
		return Identity{}, nil, fmt.Errorf("a process that waits for input: alive %v, %v", alive, err)
	}
	in.Close()
	for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if alive, err := i.Alive(); err == nil && !alive {
			return i, cmd, nil
		}
		if time.Now().After(until) {
			return Identity{}, nil, fmt.Errorf("%s does not end", i.Number)
		}
	}
}

func TestOfNobody(t *testing.T) {
	ended, cmd, err := endedChild(t)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // before and after it was waited for
		if i, err := Of(ended.PID); err == nil {
			t.Errorf("%s has an identity", i)
		}
		cmd.Wait()
	}
}

func TestTextForm(t *testing.T) {
	i := Identity{Number: Number{PID: 4711, Start: 99}, Place: Place{Boot: "b00t", Namespace: "pid:[4026531836]"}}
	const text = "process:4711.99@b00t+4026531836" // in claims that are there already
	if i.String() != text {
		t.Errorf("%s, want %s", i, text)
	}
	me := mySelf(t)
	for _, want := range []Identity{i, me} {
		if got, ok := Parse(want.String()); !ok || got != want {
			t.Errorf("%+v from %s, want %+v", got, want, want)
		}
	}
	for _, bad := range []string{"", "job:one", "process:", "process:nonsense", "process:1@b", "process:1.x@b", "process:-1.1@b", "process:0.1@b", "process:1.1"} {
		if i, ok := Parse(bad); ok {
			t.Errorf("%q was read as %+v", bad, i)
		}
	}
	old, ok := Parse("process:1.1@some-boot")
	if gone, _ := old.Gone(); !ok || gone {
		t.Errorf("without a namespace: read %v, gone %v", ok, gone)
	}
}

func TestJSON(t *testing.T) {
	data, err := json.Marshal(Identity{Number: Number{PID: 42, Start: 7}, Place: Place{Boot: "b", Namespace: "pid:[1]"}})
	if want := `{"pid":42,"start":7,"boot":"b","namespace":"pid:[1]"}`; err != nil || string(data) != want {
		t.Errorf("%s, %v, want %s", data, err, want)
	}
}

// A /proc that was made for another namespace has other numbers: nothing may be
// concluded from it.
func TestForeignProc(t *testing.T) {
	for _, flags := range []uintptr{syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID, syscall.CLONE_NEWPID} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), foreignProc+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		out, err := cmd.CombinedOutput()
		if err == nil {
			if !strings.Contains(string(out), "does not show the processes of this namespace") {
				t.Errorf("in another pid namespace with this /proc: %s", out)
			}
			return
		}
		t.Logf("namespaces %#x: %v", flags, err)
	}
	t.Error("no pid namespace can be made: allow user namespaces (sysctl user.max_user_namespaces), or run as root")
}

func TestParseStat(t *testing.T) {
	line := func(name, state, threads, start string) string {
		return "42 (" + name + ") " + state + " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 " + threads + " 0 " + start + " 0 0"
	}
	for _, tc := range []struct {
		name, line string
		ended, bad bool
	}{
		{"runs", line("java", "S", "40", "99"), false, false},
		{"odd name", line(") Z 1 (x", "R", "1", "99"), false, false},
		{"waits to be waited for", line("java", "Z", "1", "99"), true, false},
		{"other threads are left", line("java", "Z", "3", "99"), false, false},
		{"empty", "", false, true},
		{"cut off", "42 (java) S 1", false, true},
		{"no number", line("java", "S", "1", "x"), false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n, ended, err := parseStat(42, []byte(tc.line))
			if (err != nil) != tc.bad || ended != tc.ended || !tc.bad && n != (Number{42, 99}) {
				t.Errorf("%+v, %v, %v", n, ended, err)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("1 (a) S 1"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _, _ = parseStat(1, data) })
}

func FuzzParse(f *testing.F) {
	f.Add("process:4711.99@b00t+4026531836")
	f.Fuzz(func(t *testing.T, text string) {
		i, ok := Parse(text)
		if !ok {
			return
		}
		if again, ok := Parse(i.String()); !ok || again.Number != i.Number {
			t.Errorf("%q: %+v, then %+v", text, i, again)
		}
	})
}
