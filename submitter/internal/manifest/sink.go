package manifest

import (
	"regexp"
	"strings"

	"flink-sql-driver/submitter/internal/sqltext"
)

// Values of Job.Columns.
const (
	ByName     = "by-name"
	ByPosition = "by-position"
)

// Values of Job.OnConflict.
const (
	Deduplicate = "deduplicate"
	Fail        = "error"
	Ignore      = "nothing"
)

// onlyWithTarget reports the keys that say how rows get into target-table, where there
// is none. Those of a template are defaults for the jobs that have one.
func (b *jobBuilder) onlyWithTarget() {
	for key, remedy := range map[string]string{
		"columns":     "write the columns into the INSERT: INSERT INTO t (a, b) SELECT …",
		"on-conflict": "write it into the INSERT: INSERT INTO t SELECT … ON CONFLICT DO DEDUPLICATE",
	} {
		if p, ok := b.places[key]; ok && p.key.File == b.job.File {
			b.add(p.key, key+" goes with a SELECT and target-table; a script's INSERT says it itself", remedy)
		}
	}
	b.job.Columns, b.job.OnConflict = "", ""
}

// checkSelect reports the clause of an INSERT behind a SELECT.
func (b *jobBuilder) checkSelect(s Source, st sqltext.Statement) {
	if offset, ok := st.OnConflict(); ok {
		b.add(s.position(st.Offset+offset), "ON CONFLICT is no part of a SELECT; it belongs to the INSERT into target-table",
			"leave it out and write a line like on-conflict: deduplicate beside target-table")
	}
}

// checkInsert reports an INSERT without a table or a query.
func (b *jobBuilder) checkInsert(s Source, st sqltext.Statement, runs bool) {
	if !runs {
		return
	}
	if d, ok := st.InsertDefect(); ok {
		b.add(s.position(st.Offset+d.Offset), d.Message, d.Remedy)
	}
}

// jobName is what templates of seed 000's tool write for the job's name. ${job_name} is a
// variable.
var jobName = regexp.MustCompile(`(^|[^$])\{job_name\}`)

// fillJobName fills in {job_name} in an option that the template sets.
func (b *jobBuilder) fillJobName(p property, text string) string {
	if p.layer > 0 {
		return text
	}
	return jobName.ReplaceAllStringFunc(text, func(found string) string {
		return strings.TrimSuffix(found, "{job_name}") + b.doc.Name
	})
}
