package compile

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// queryHandover lets the gateway write to its own disk and reads that back as the
// rows of a table. All plans of one use come with one SELECT.
type queryHandover struct {
	session *gateway.Session
	dir     string // of the session, on the gateway's disk
}

// downloadDir is set by the gateway to a directory for each session
// (org.apache.flink.table.gateway.service.context.SessionContext).
const downloadDir = "table.resources.download-dir"

// openQuery opens the session that will read. The query runs inside the gateway,
// bounded, in one task: so it reads each file as one split, from its first line to
// its last.
func openQuery(ctx context.Context, g *gateway.Client) (handover, error) {
	session, err := g.Open(ctx, "plans", map[string]string{
		"execution.target":       "local",
		"execution.runtime-mode": "batch",
		"parallelism.default":    "1",
	})
	if err != nil {
		return nil, err
	}
	options, err := session.Options(ctx)
	if err == nil && options[downloadDir] == "" {
		err = fmt.Errorf("the gateway at %s does not say where its temporary directory is (%s)", g.URL(), downloadDir)
	}
	if err != nil {
		session.Close()
		return nil, err
	}
	return &queryHandover{session: session, dir: options[downloadDir]}, nil
}

func (*queryHandover) kind() Handover { return Query }
func (*queryHandover) late() bool     { return true }
func (h *queryHandover) close()       { h.session.Close() }

func (h *queryHandover) uri(name string) string { return "file://" + h.dir + "/" + name }

const readPlans = "CREATE TABLE plans (line STRING, file STRING METADATA FROM 'file.path' VIRTUAL) " +
	"WITH ('connector' = 'filesystem', 'format' = 'raw', 'path' = %s)"

func (h *queryHandover) fetch(ctx context.Context, names []string) (map[string][]byte, error) {
	if err := h.session.Configure(ctx, fmt.Sprintf(readPlans, sqltext.Literal("file://"+h.dir))); err != nil {
		return nil, err
	}
	result, err := h.session.Execute(ctx, "SELECT line, file FROM plans", nil)
	if err != nil {
		return nil, err
	}
	files := map[string]*bytes.Buffer{}
	for _, row := range result.Rows {
		name := path.Base(strings.TrimRight(row.Text(1), "/"))
		if files[name] == nil {
			files[name] = &bytes.Buffer{}
		}
		files[name].WriteString(row.Text(0))
		files[name].WriteByte('\n')
	}
	plans := map[string][]byte{}
	for _, name := range names {
		if files[name] == nil {
			return nil, fmt.Errorf("the gateway wrote %s and finds it no more", h.uri(name))
		}
		plans[name] = files[name].Bytes()
	}
	return plans, nil
}
