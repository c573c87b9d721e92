package main

import (
	"context"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
	"flink-sql-driver/plan/bucket"
)

// TestEverythingInS3 starts a launch whose plan, config, resource, decision and
// journal are on a real S3 server, through a proxy that spoils what it says.
func TestEverythingInS3(t *testing.T) {
	s3 := flinktest.S3(t)
	for _, e := range s3.Env() {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}
	proxy := flinktest.S3Fault(t, s3.Endpoint)
	small := strings.ReplaceAll(smallPlan, "${secret:CANARY}", "${resource:data}")
	root := "s3://" + s3.Bucket + "/env"
	config := `{"version":1,"run":{"plan":{"sha256":"` + digestOf(small) + `"}},"resources":[{"name":"data","kind":"file","uri":"` + root + `/data","sha256":"` + digestOf(strings.Repeat("d", 100_000)) + `"}]}`
	b, err := bucket.Open(context.Background(), s3.BucketURL(s3.Endpoint)+"&prefix=env/")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for key, text := range map[string]string{
		"p.json": small, "c.json": config, "data": strings.Repeat("d", 100_000),
		"journal/orders/00000000000000000007.json": `{"version":1,"number":7,"name":"orders","phase":"decided","launch":{"number":3}}`,
		"launches/orders/3/decision.json":          goDecision,
	} {
		if err := b.Write(context.Background(), key, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		faults []flinktest.Fault
		code   int
	}{
		"well":                    {},
		"cut off in the middle":   {faults: []flinktest.Fault{{Match: flinktest.Key("GET", "/data"), Times: 2, Truncate: 50_000}}},
		"errors at first":         {faults: []flinktest.Fault{{Match: flinktest.Key("GET", "/p.json"), Times: 2, Status: http.StatusInternalServerError, Code: "InternalError"}}},
		"slow":                    {faults: []flinktest.Fault{{Match: flinktest.Key("GET", ""), Delay: 100 * time.Millisecond}}},
		"reply to the claim lost": {faults: []flinktest.Fault{{Match: flinktest.Key("PUT", "claim"), Times: 1, DropReply: true}}},
		"denied":                  {faults: []flinktest.Fault{{Match: flinktest.Key("GET", "/p.json"), Status: http.StatusForbidden, Code: "AccessDenied"}}, code: 65},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.env = append(w.env, s3.Env()...)
			conf := s3.FlinkConf(proxy.URL)
			for _, key := range slices.Sorted(maps.Keys(conf)) {
				w.file("flink/conf/config.yaml", w.text("flink/conf/config.yaml")+key+": "+conf[key]+"\n", 0o644)
			}
			if err := b.Delete(context.Background(), "launches/orders/3/claim.json"); err != nil {
				t.Fatal(err)
			}
			proxy.Clear()
			for _, f := range c.faults {
				proxy.Add(f)
			}
			r := w.run("standalone-job", "-D", planOption(root+"/p.json"), "-D", configOption(root+"/c.json#sha256="+digestOf(config)),
				"-D", optJobID+"="+testJobID, "-D", optLaunch+"="+root+"/launches/orders/3/")
			r.want(t, c.code)
			if c.code == 0 && !strings.Contains(w.inPrivate(r, "jobmanager", "plan.json"), filepath.Join(w.dir, "work/resources")) {
				t.Error("the plan does not name the resource")
			}
		})
	}
}
