// Package compile turns jobs into Flink's compiled plans (FLIP-190) through a SQL
// Gateway: one fresh session for each job, in it resources, table definitions and
// the script's DDL, then COMPILE PLAN, and the plan's way back from the gateway,
// which has no call for it (see Handover).
package compile

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
)

// Handover is a way for a plan to come back from the gateway.
type Handover string

// The ways, in the order in which they are tried.
const (
	// Auto tries the others once for each Compiler and keeps to what works.
	Auto Handover = ""
	// File: the gateway writes to a private directory of ours. Tried by Auto only on
	// a gateway of this machine.
	File Handover = "file"
	// Store: the gateway writes to the bucket, below staging/.
	Store Handover = "store"
	// Query: the gateway writes to its own temporary directory, and one SELECT reads
	// that back. It needs nothing but costs seconds, and leaves the plan in the
	// temporary directory of a session, which Flink does not delete.
	Query Handover = "query"
)

// Options of a Compiler.
type Options struct {
	Handover Handover
	// Bucket is needed by the Handover Store; nil: there is none.
	Bucket Bucket
}

// Bucket is what the Handover Store needs of one; plan/bucket has it.
type Bucket interface {
	Read(ctx context.Context, key string, limit int64) ([]byte, error)
	Write(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
	URI(key string) string // as Flink writes it
}

// Compiler compiles jobs on one gateway. It is safe for concurrent use.
type Compiler struct {
	gateway *gateway.Client
	opts    Options

	mu     sync.Mutex
	chosen Handover // Auto: not yet
}

// New makes a Compiler. It does no I/O.
func New(g *gateway.Client, opts Options) *Compiler {
	return &Compiler{gateway: g, opts: opts, chosen: opts.Handover}
}

// Input is one job to compile.
type Input struct {
	Job  *manifest.Job
	Meta journal.Meta // values of the metadata columns
	// Resources are those that the gateway needs: it gets the jars by ADD JAR.
	Resources []Resource
	// Secret looks a secret up, for the options of catalogs, which are opened while the
	// job is compiled; nil: there is none.
	Secret func(name string) (string, bool)
	// Made are the ids of the CatalogChanges that were made for this job before.
	Made map[string]bool
}

// Resource is a resource of the job where the gateway can read it.
type Resource struct {
	Name string // as in ${resource:NAME}
	Jar  bool
	URI  string // with its scheme: file:///…, s3://…
}

// Result is a compiled job.
type Result struct {
	Plan *plan.Compiled
	Raw  []byte // the plan as the gateway wrote it
	// Init are statements that the cluster has to run before the plan, which names
	// what they make: functions, catalogs, modules. Placeholders stand in them as in
	// the manifest.
	Init []string
	// Catalogs are those that the cluster needs before Init, if an option of one of them
	// mentions a secret.
	Catalogs []release.Catalog
	// SinkColumns is the column list that a SELECT's rows are written to, in order;
	// nil for a script.
	SinkColumns []string
	// Assignment says how the query's columns got there; nil for a script.
	Assignment   *Assignment
	FlinkVersion string // of the gateway: 2.3.0
	// Changes are what is to be changed outside the session before the job can run, in
	// the script's order. None of it was done. ChangesSeen are all that the script has,
	// made or not.
	Changes, ChangesSeen []CatalogChange
	// Unknown is why the plan is known only once the Changes are made; empty: Plan is
	// the one that the job will have. Plan may be nil where Unknown is set.
	Unknown  string
	Warnings []string // for the manifest's author

	foreign []foreign       // tables that the plan has by name and is to have whole
	memory  map[string]bool // catalogs that ended with the session
	filled  filledSecrets
}

// Compile compiles one job. Errors of the SQL are *Error.
func (c *Compiler) Compile(ctx context.Context, in Input) (Result, error) {
	results, errs := c.All(ctx, []Input{in}, 1, nil)
	return results[0], errs[0]
}

// checkVersion refuses a gateway of another Flink than the job asks for: plans are
// of one version, and older Flinks refuse newer ones.
func checkVersion(job *manifest.Job, address, version string) error {
	want := job.FlinkVersion
	if want == "" || version == want || strings.HasPrefix(version, want+".") {
		return nil
	}
	return &Error{
		At: job.Where("flink-version"), Key: "flink-version",
		Cause: fmt.Sprintf("the job wants Flink %s and the gateway at %s is %s; name a gateway for %s in submitter.yaml", want, address, version, want),
	}
}
