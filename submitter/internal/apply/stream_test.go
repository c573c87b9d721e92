package apply

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	_ "gocloud.dev/blob/fileblob"

	"flink-sql-driver/plan/bucket"
)

// TestLargeResourceIsStreamed: what is taken over from another store goes through no
// memory as a whole.
func TestLargeResourceIsStreamed(t *testing.T) {
	const size = 256 << 20
	here, there := t.TempDir(), t.TempDir()
	jar, err := os.Create(filepath.Join(there, "udf.jar"))
	if err == nil {
		err = jar.Truncate(size) // a hole
	}
	if err != nil {
		t.Fatal(err)
	}
	defer jar.Close()
	b, err := bucket.Open(t.Context(), "file://"+here)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	content, err := (&Applier{Bucket: b}).openAt(t.Context(), "file://"+there+"/udf.jar", nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := io.Copy(io.Discard, content)
	runtime.ReadMemStats(&after)
	if err != nil || n != size || content.Close() != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > size/8 {
		t.Errorf("%d bytes were allocated", used)
	}
	if _, err := (&Applier{Bucket: b}).readAt(t.Context(), "file://"+there+"/udf.jar", nil, 1<<10); err == nil {
		t.Error("what must be small may be large")
	}
}
