package compile

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/manifest"
)

func TestCheckSecrets(t *testing.T) {
	const (
		scan = `{"nodes":[{"scanTableSource":{"table":{"resolvedTable":{"options":{"p":"${secret:X}"}}}},"description":"${secret:X}"}]}`
		none = `{"nodes":[{"id":1}]}`
		calc = `{"nodes":[{"projection":[{"value":"${secret:X}"}]}]}`
		ddl  = "CREATE TABLE t (a INT) WITH ('p' = '${secret:X}');"
	)
	for _, c := range []struct{ sql, plan, wrong string }{
		{ddl + "INSERT INTO s SELECT a FROM t", scan, ""},
		{ddl + "INSERT INTO s SELECT a FROM other", none, ""},
		{"INSERT INTO s SELECT a FROM t /*+ OPTIONS('p'='${secret:X}') */", scan, ""},
		{"INSERT INTO s SELECT a FROM t /*+ OPTIONS('p'='${secret:X}') */", none, "reached no table's options"},
		{"SELECT MD5('${secret:X}') FROM t", none, "reached no table's options"},
		{"INSERT INTO s SELECT a FROM t -- ${secret:X}", none, ""},
		{"INSERT INTO s SELECT a FROM t", calc, "stands at nodes.0.projection.0.value"},
		{"INSERT INTO s SELECT a FROM t", scan[:len(scan)-2], "compiled plan"},
	} {
		err := checkSecrets(&manifest.Job{Name: "j", SQL: manifest.NewSource("j.sql", c.sql)}, []byte(c.plan))
		var refused *Error
		if c.wrong == "" && err != nil || c.wrong != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %v, want %q", c.sql, err, c.wrong)
		}
	}
}
