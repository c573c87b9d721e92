package flink

import (
	"fmt"
	"strconv"
	"strings"
)

// SQLDriver is Flink's main class for SQL scripts (FLIP-480).
const SQLDriver = "org.apache.flink.table.runtime.application.SqlDriver"

// DefaultClaimMode is Flink's own.
const DefaultClaimMode = "NO_CLAIM"

// Restore says what a job starts from.
type Restore struct {
	Path             string // savepoint or checkpoint; empty: clean
	ClaimMode        string // empty: DefaultClaimMode
	AllowNonRestored bool
}

// Script is what SqlDriver executes. Flink prints every statement of it to its
// log, so nothing in it may be a secret.
type Script struct {
	Restore Restore
	Jars    []string // local paths
	Init    []string // statements, in order
	Plan    string   // local path of the compiled plan, or:
	Body    string   // a script's own statements
}

// Text writes the script. The options of recovery always stand in it: Flink's
// entry point for standalone applications overwrites those of config.yaml.
func (s Script) Text() (string, error) {
	var b strings.Builder
	set := func(key, value string) {
		fmt.Fprintf(&b, "SET %s = %s;\n", literal(key), literal(value))
	}
	mode := s.Restore.ClaimMode
	if mode == "" {
		mode = DefaultClaimMode
	}
	if s.Restore.Path != "" {
		set("execution.state-recovery.path", s.Restore.Path)
	}
	set("execution.state-recovery.claim-mode", mode)
	set("execution.state-recovery.ignore-unclaimed-state", strconv.FormatBool(s.Restore.AllowNonRestored))
	for _, jar := range s.Jars {
		fmt.Fprintf(&b, "ADD JAR %s;\n", literal(jar))
	}
	for _, statement := range s.Init {
		statement = strings.TrimRight(strings.TrimSpace(statement), "; \t\r\n")
		// The semicolon gets a line of its own: the last one may be a comment.
		fmt.Fprintf(&b, "%s\n;\n", statement)
	}
	if s.Plan != "" {
		fmt.Fprintf(&b, "EXECUTE PLAN %s;\n", literal(s.Plan))
	}
	b.WriteString(s.Body)
	text := b.String()
	if i := strings.IndexByte(text, 0); i >= 0 {
		return "", fmt.Errorf("script: NUL character at byte %d", i)
	}
	return text, nil
}

// literal quotes a string as Flink SQL does.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
