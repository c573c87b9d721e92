package plan_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "flink-sql-driver/"

// imports lists what packages import directly, as "package import".
func imports(t *testing.T, pattern string) [][2]string {
	t.Helper()
	out := goList(t, "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}{{"\n"}}{{end}}`, pattern)
	var list [][2]string
	for line := range strings.Lines(out) {
		if from, to, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			list = append(list, [2]string{from, to})
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s imports nothing", pattern)
	}
	return list
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return string(out)
}

// Both programs, and anybody's tools, build on plan/...: it must stay light.
func TestPlanImportsTheStandardLibraryAlone(t *testing.T) {
	for _, i := range imports(t, "./plan/...") {
		from, to := i[0], i[1]
		foreign := strings.Contains(strings.Split(to, "/")[0], ".")
		switch {
		case strings.HasPrefix(to, module):
			if !strings.HasPrefix(to, module+"plan") {
				t.Errorf("%s imports %s", from, to)
			}
			needsBucket := from == module+"plan/release" || from == module+"plan/launch"
			if to == module+"plan/bucket" && !needsBucket {
				t.Errorf("%s imports %s", from, to)
			}
		case foreign:
			allowed := strings.HasPrefix(to, "gocloud.dev/blob") || strings.HasPrefix(to, "gocloud.dev/gcerrors") ||
				strings.HasPrefix(to, "github.com/aws/")
			if from != module+"plan/bucket" || !allowed {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

// The driver starts every job: nothing that it does not need may slow it down.
func TestDriverNeedsNeitherKubernetesNorACommandLine(t *testing.T) {
	deps := goList(t, "-deps", "./driver/...")
	if !strings.Contains(deps, module+"plan/launch\n") {
		t.Fatalf("the driver's packages were not found:\n%s", deps)
	}
	for dep := range strings.Lines(deps) {
		dep = strings.TrimSpace(dep)
		if strings.HasPrefix(dep, "k8s.io/") || strings.HasPrefix(dep, "sigs.k8s.io/") || strings.HasPrefix(dep, "github.com/urfave/cli") ||
			strings.HasPrefix(dep, module+"submitter") {
			t.Errorf("the driver depends on %s", dep)
		}
	}
}
