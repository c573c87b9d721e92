package plan_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"flink-sql-driver/plan/compat/connector"
)

// TestOptionsThatFlinkSupports asks a real Flink for the options of the connectors and
// formats that it brings: none may be missing in the table that compat judges by.
func TestOptionsThatFlinkSupports(t *testing.T) {
	s := newSession(t)
	const place = `'path' = 'file:///tmp/x', 'format' = `
	for _, c := range []struct {
		connector string
		use       connector.Use
		options   string
		formats   []string
	}{
		{"datagen", connector.Source, "", nil},
		{"filesystem", connector.Source, place + "'csv'", []string{"csv"}},
		{"filesystem", connector.Sink, place + "'csv'", []string{"csv"}},
		{"filesystem", connector.Source, place + "'json'", []string{"json"}},
		{"filesystem", connector.Sink, place + "'json'", []string{"json"}},
		{"filesystem", connector.Source, place + "'raw'", []string{"raw"}},
		{"filesystem", connector.Source, place + "'debezium-json'", []string{"debezium-json"}},
		{"filesystem", connector.Source, place + "'canal-json'", []string{"canal-json"}},
		{"filesystem", connector.Source, place + "'maxwell-json'", []string{"maxwell-json"}},
		{"filesystem", connector.Source, place + "'ogg-json'", []string{"ogg-json"}},
		{"print", connector.Sink, "", nil},
		{"blackhole", connector.Sink, "", nil},
	} {
		options := map[string]string{"connector": c.connector}
		for _, f := range c.formats {
			options["format"] = f
		}
		listed := s.supported(c.connector, c.options, c.use)
		if len(listed) < 2 {
			t.Errorf("%s as %s: Flink lists %q", c.connector, c.use, listed)
		}
		for _, option := range listed {
			if option == "connector" {
				continue
			}
			option = strings.ReplaceAll(option, "#", "x")
			if f := connector.Of(c.connector, c.use, option, options); f.Effect == connector.Unknown {
				t.Errorf("%s as %s: %s is not in the table", c.connector, c.use, option)
			}
		}
	}
}

// supported are the options that Flink lists when a table has one that it does not know.
func (s *session) supported(name, options string, use connector.Use) []string {
	s.t.Helper()
	s.n++
	table := fmt.Sprintf("asked_%d", s.n)
	if options != "" {
		options = ", " + options
	}
	s.execute(fmt.Sprintf("CREATE TABLE %s (x STRING) WITH ('connector' = '%s'%s, 'no-such-option' = 'x')", table, name, options))
	s.execute("CREATE TABLE IF NOT EXISTS strings_in (x STRING) WITH ('connector' = 'datagen')")
	s.execute("CREATE TABLE IF NOT EXISTS strings_out (x STRING) WITH ('connector' = 'blackhole')")
	query := "INSERT INTO strings_out SELECT x FROM " + table
	if use == connector.Sink {
		query = "INSERT INTO " + table + " SELECT x FROM strings_in"
	}
	_, list, ok := strings.Cut(s.refusal("EXPLAIN "+query), `Supported options:\n\n`)
	if !ok {
		s.t.Fatalf("%s as %s: Flink lists no options", name, use)
	}
	list, _, _ = strings.Cut(list, `\n\tat `)
	return strings.Fields(strings.ReplaceAll(list, `\n`, " "))
}

// refusal is what Flink answers to a statement that it does not take.
func (s *session) refusal(statement string) string {
	s.t.Helper()
	var operation struct{ OperationHandle string }
	s.call(http.MethodPost, s.url+"/statements", map[string]any{"statement": statement}, &operation)
	url := s.url + "/operations/" + operation.OperationHandle
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		var status struct{ Status string }
		s.call(http.MethodGet, url+"/status", nil, &status)
		switch status.Status {
		case "ERROR":
			return s.failure(url + "/result/0?rowFormat=JSON")
		case "FINISHED":
			s.t.Fatalf("Flink takes %s", statement)
		}
		time.Sleep(20 * time.Millisecond) // between polls
	}
	s.t.Fatalf("not done after a minute: %s", statement)
	return ""
}
