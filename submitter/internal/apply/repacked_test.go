package apply_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/resource"
)

// built is a jar of one class, as a build at some time makes it.
func built(t *testing.T, kind, class string, at time.Time) resource.File {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "demo/Mask.class", Modified: at})
	if err == nil {
		_, err = w.Write([]byte(class))
	}
	if err == nil {
		err = z.Close()
	}
	path := filepath.Join(t.TempDir(), "my.jar")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return resource.File{Name: "my.jar", Kind: kind, Path: path, SHA256: hex.EncodeToString(sum[:]), Size: int64(b.Len())}
}

// TestRepackedJar: a jar that was only built anew asks for no approval, though its
// functions are before state; another class does.
func TestRepackedJar(t *testing.T) {
	monday, tuesday := time.Unix(1_700_000_000, 0), time.Unix(1_700_086_400, 0)
	for name, c := range map[string]struct {
		kind, statement string
		again           change.Kind
	}{
		"USING JAR": {release.KindFile, "CREATE TEMPORARY FUNCTION mask AS 'demo.Mask' USING JAR '${resource:my.jar}'", change.Record},
		"ADD JAR":   {release.KindFile, "ADD JAR '${resource:my.jar}'", change.Record},
		"resources": {release.KindJar, classA, change.Upgrade},
	} {
		first, again, other := built(t, c.kind, "one", monday), built(t, c.kind, "one", tuesday), built(t, c.kind, "two", monday)
		synctest.Test(t, func(t *testing.T) {
			w := deploytest.New(t)
			if _, err := deploytest.Apply(t.Context(), given(w, first), defining(feeding, c.statement)); err != nil {
				t.Fatal(err)
			}
			if s := assess(t, given(w, again), defining(feeding, c.statement)); s.Decision.Kind != c.again || len(s.Comparison.Items) == 0 {
				t.Errorf("%s, built again: %+v %+v", name, s.Decision, s.Comparison.Items)
			}
			if s := assess(t, given(w, other), defining(feeding, c.statement)); s.Decision.Kind != change.Blocked || s.Comparison.ApprovalID == "" {
				t.Errorf("%s, another class: %+v", name, s.Decision)
			}
			object := filepath.Join(w.Dir, "resources/sha256", first.SHA256, "my.jar")
			if err := os.Remove(object); err != nil {
				t.Fatal(err)
			}
			if s := assess(t, given(w, again), defining(feeding, c.statement)); s.Decision.Kind != change.Blocked {
				t.Errorf("%s, the old jar is gone: %+v", name, s.Decision)
			}
		})
	}
}
