package launch_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

var (
	update = flag.Bool("update", false, "write testdata/*.json")
	ctx    = context.Background()
)

func open(t *testing.T) (*bucket.Bucket, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := bucket.Open(ctx, "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, dir
}

func put(t *testing.T, b *bucket.Bucket, key, text string) {
	t.Helper()
	if err := b.Write(ctx, key, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

var (
	goDecision = launch.Decision{
		Verdict: launch.Go, ClusterID: "orders-3", JobID: "73497b1578f231882a08778fc45699c7", Entry: 17,
		Savepoint: "s3://b/p/savepoints/orders/1/2-ab?&/savepoint-1", ClaimMode: "NO_CLAIM", AllowNonRestored: true, Nonce: "N",
	}
	claim = launch.Claim{
		ClusterID: "orders-3", JobID: "73497b1578f231882a08778fc45699c7", Instance: "process:4711.123456@boot",
		Time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
)

func TestGoldens(t *testing.T) {
	b, dir := open(t)
	if d, err := launch.Decide(ctx, b, "orders", 3, goDecision); err != nil || d.Version != 1 || d.Launch != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	abort := launch.Decision{Verdict: launch.Abort, ClusterID: "orders-4", Reason: "no room: 0 of 1 TaskManagers", Nonce: "M"}
	if _, err := launch.Decide(ctx, b, "orders", 4, abort); err != nil {
		t.Fatal(err)
	}
	if c, err := launch.ClaimFor(ctx, b, "orders", 3, claim); err != nil || c.Version != 1 || c.Launch != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	for golden, key := range map[string]string{
		"go.json": "launches/orders/3/decision.json", "abort.json": "launches/orders/4/decision.json", "claim.json": "launches/orders/3/claim.json",
	} {
		got, err := os.ReadFile(filepath.Join(dir, key))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", golden)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", key, got, want)
		}
	}
}

func TestFirstDecisionHolds(t *testing.T) {
	b, _ := open(t)
	if _, err := launch.ReadDecision(ctx, b, "orders", 3); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("before there is one: %v", err)
	}
	mine, err := launch.Decide(ctx, b, "orders", 3, launch.Decision{Verdict: launch.Abort, Reason: "gave up"})
	if err != nil || mine.Nonce == "" {
		t.Fatalf("%+v, %v", mine, err)
	}
	winner, err := launch.Decide(ctx, b, "orders", 3, goDecision)
	if err != nil || winner != mine {
		t.Errorf("second decision: %+v, %v", winner, err)
	}
	if again, err := launch.Decide(ctx, b, "orders", 3, mine); err != nil || again != mine {
		t.Errorf("the first one repeated: %+v, %v", again, err)
	}
}

func TestRaceForADecision(t *testing.T) {
	b, _ := open(t)
	var wg sync.WaitGroup
	winners := make([]launch.Decision, 8)
	for i := range winners {
		wg.Go(func() {
			d := goDecision
			d.Nonce = fmt.Sprint(i)
			var err error
			if winners[i], err = launch.Decide(ctx, b, "orders", 3, d); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, w := range winners {
		if w != winners[0] {
			t.Errorf("two decisions hold: %+v and %+v", winners[0], w)
		}
	}
}

func TestFirstClaimHolds(t *testing.T) {
	b, _ := open(t)
	if _, err := launch.ClaimFor(ctx, b, "orders", 3, claim); err != nil {
		t.Fatal(err)
	}
	other := claim
	other.Instance = "process:1.1@boot"
	winner, err := launch.ClaimFor(ctx, b, "orders", 3, other)
	if err != nil || winner.Instance != claim.Instance || !winner.Time.Equal(claim.Time) {
		t.Errorf("%+v, %v", winner, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	b, _ := open(t)
	for text, want := range map[string]string{
		"":              "empty",
		"{}":            "no version",
		`{"version":2}`: "version 2",
		`{"version":1}`: `verdict ""`,
		`{"version":1,"verdict":"go","launch":4,"clusterId":"c","jobId":"j","nonce":"n"}`:       "for launch 4",
		`{"version":1,"verdict":"go","launch":3,"clusterId":"c","jobId":"j"}`:                   "no nonce",
		`{"version":1,"verdict":"go","launch":3,"clusterId":"c","nonce":"n"}`:                   "no job id",
		`{"version":1,"verdict":"go","launch":3,"clusterId":"c","jobId":"j","nonce":"n","x":1}`: `unknown field "x"`,
		`{"version":1,"verdict":"go","launch":3,"clusterId":"c","jobId":"j","nonce":"n"`:        "cut off",
		`{"version":1,"verdict":"maybe","launch":3,"clusterId":"c","jobId":"j","nonce":"n"}`:    `"maybe" is neither`,
	} {
		put(t, b, "launches/orders/3/decision.json", text)
		if d, err := launch.ReadDecision(ctx, b, "orders", 3); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "decision.json") {
			t.Errorf("decision %s: %+v, %v, want %q", text, d, err, want)
		}
	}
	put(t, b, "launches/orders/3/claim.json", `{"version":1,"launch":3}`)
	if c, err := launch.ReadClaim(ctx, b, "orders", 3); err == nil {
		t.Errorf("claim without an instance: %+v", c)
	}
	if _, err := launch.Decide(ctx, b, "orders", 5, launch.Decision{Verdict: "maybe"}); err == nil {
		t.Error("a decision that says nothing was written")
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`} {
		if _, err := launch.Decide(ctx, b, name, 1, goDecision); err == nil {
			t.Errorf("decided for %q", name)
		}
		if _, _, err := launch.Current(ctx, b, name); err == nil {
			t.Errorf("current of %q", name)
		}
	}
}

func TestCurrent(t *testing.T) {
	b, _ := open(t)
	entry := func(n int, launch string) string {
		return fmt.Sprintf(`{"version":1,"number":%d,"name":"orders","phase":"decided","action":"upgrade"%s,"whatever":{"comes":"later"}}`, n, launch)
	}
	if _, _, err := launch.Current(ctx, b, "orders"); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("without a journal: %v", err)
	}
	put(t, b, "journal/orders/heartbeat", "{}")
	put(t, b, "journal/orders/00000000000000000099.tmp", "{}")
	put(t, b, "journal/orders/100.json", "{}")
	put(t, b, "journal/orders-2/00000000000000000044.json", entry(44, ""))
	if _, _, err := launch.Current(ctx, b, "orders"); !errors.Is(err, bucket.ErrNotExist) {
		t.Errorf("with no entry: %v", err)
	}
	put(t, b, "journal/orders/00000000000000000009.json", entry(9, ""))
	if e, l, err := launch.Current(ctx, b, "orders"); e != 9 || l != 0 || err != nil {
		t.Errorf("entry %d, launch %d, %v", e, l, err)
	}
	put(t, b, "journal/orders/00000000000000000010.json", entry(10, `,"launch":{"number":3,"clusterId":"orders-3"}`))
	if e, l, err := launch.Current(ctx, b, "orders"); e != 10 || l != 3 || err != nil {
		t.Errorf("entry %d, launch %d, %v", e, l, err)
	}
	for text, want := range map[string]string{
		"": "unexpected end",
		`{"version":2,"number":11,"name":"orders"}`: "version 2",
		entry(10, ""): "number 10",
		`{"version":1,"number":11,"name":"other","phase":"x"}`: `"other"`,
		`{"version":1,"number":11,"name":"orders"}`:            "no phase",
	} {
		put(t, b, "journal/orders/00000000000000000011.json", text)
		if e, l, err := launch.Current(ctx, b, "orders"); err == nil || !strings.Contains(err.Error(), want) || l != 0 {
			t.Errorf("%s: entry %d, launch %d, %v; want %q", text, e, l, err, want)
		}
	}
}

// The journal's own golden file must stay readable here.
func TestCurrentReadsTheJournalsGolden(t *testing.T) {
	data, err := os.ReadFile("../../submitter/internal/journal/testdata/entry.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Name   string
		Number uint64
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	b, _ := open(t)
	put(t, b, fmt.Sprintf("journal/%s/%020d.json", golden.Name, golden.Number), string(data))
	if e, l, err := launch.Current(ctx, b, golden.Name); e != golden.Number || l == 0 || err != nil {
		t.Errorf("entry %d, launch %d, %v", e, l, err)
	}
}
