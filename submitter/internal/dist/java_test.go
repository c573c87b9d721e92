package dist

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// program writes a shell script.
func program(t *testing.T, path, script string) {
	t.Helper()
	writeFile(t, path, "#!/bin/sh\n"+script+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindJava(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	program(t, at("j8/bin/java"), `echo 'openjdk version "1.8.0_392"' >&2`)
	program(t, at("j17/bin/java"), `exit 1`)
	writeFile(t, at("j17/release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n")
	program(t, at("j21/bin/java"), `echo 'openjdk version "21-ea" 2023-09-19' >&2`)
	program(t, at("mute/bin/java"), `exit 3`)
	for _, tc := range []struct {
		name, home, path string
		want             string // version
		err              []string
	}{
		{"JAVA_HOME", at("j17"), at("j21/bin"), "17.0.15", nil},
		{"PATH", "", at("empty") + ":" + at("j21/bin"), "21-ea", nil},
		{"JAVA_HOME too old", at("j8"), at("j17/bin"), "17.0.15", nil},
		{"all too old", "", at("j8/bin"), "", []string{"no Java 17 or newer", "Java 1.8.0_392", "apt-get install"}},
		{"none", "", at("empty"), "", []string{"no java in PATH", "JAVA_HOME is not set"}},
		{"no program", at("empty"), "", "", []string{"is no program"}},
		{"says nothing", at("mute"), "", "", []string{"says no version"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env := map[string]string{"JAVA_HOME": tc.home, "PATH": tc.path}
			j, err := FindJava(t.Context(), func(k string) string { return env[k] })
			if tc.err != nil {
				if err == nil || !containsAll(err.Error(), tc.err...) {
					t.Errorf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil || j.Version != tc.want || filepath.Join(j.Home, "bin", "java") != j.Path {
				t.Errorf("%+v, %v", j, err)
			}
		})
	}
}

func TestEnsureJava(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("as a plain user only the advice can be tested")
	}
	bin := t.TempDir()
	env := func(k string) string { return map[string]string{"PATH": bin}[k] }
	if _, err := EnsureJava(t.Context(), env, nil); err == nil || !strings.Contains(err.Error(), "apt-get install openjdk-17") {
		t.Errorf("without apt-get: %v", err)
	}
	if os.Geteuid() != 0 {
		return
	}
	// The lists are stale: the first round of installations fails.
	program(t, filepath.Join(bin, "apt-get"), `case "$1" in
update) echo yes >`+bin+`/updated;;
install) [ -e `+bin+`/updated ] || { echo "E: Unable to locate package $4"; exit 100; }
  printf '#!/bin/sh\necho version \\"17.0.1\\"\n' >`+bin+`/java; /bin/chmod +x `+bin+`/java;;
esac`)
	var said []string
	j, err := EnsureJava(t.Context(), env, func(s string) { said = append(said, s) })
	if err != nil || j.Version != "17.0.1" {
		t.Errorf("%+v, %v; said %q", j, err, said)
	}
	os.Remove(filepath.Join(bin, "java"))
	program(t, filepath.Join(bin, "apt-get"), `echo "E: no network" ; exit 100`)
	if _, err := EnsureJava(t.Context(), env, nil); err == nil || !containsAll(err.Error(), "E: no network", "JAVA_HOME") {
		t.Errorf("apt-get fails: %v", err)
	}
}
