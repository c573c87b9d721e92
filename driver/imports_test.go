package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The driver is small because it needs neither Kubernetes nor a command line
// library, and it must never depend on the submitter.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		for _, never := range []string{"k8s.io/", "github.com/urfave/", "flink-sql-driver/submitter"} {
			if strings.HasPrefix(dep, never) {
				t.Errorf("the driver depends on %s", dep)
			}
		}
	}
}
