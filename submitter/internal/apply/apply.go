// Package apply makes the world match a set of manifests: it assesses every job
// against its record and its target, has what changed compiled and judged, and
// only then deploys. diff is the same without the last step.
package apply

import (
	"context"
	"io"

	"flink-sql-driver/plan"
	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/release"
	"flink-sql-driver/plan/savepoint"
	"flink-sql-driver/submitter/internal/change"
	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/resource"
	"flink-sql-driver/submitter/internal/target"
)

// Applier has everything that assessing and deploying need of the outside.
type Applier struct {
	Bucket   *bucket.Bucket
	BucketID string
	Journal  *journal.Journal
	// Home says where a manifest's job is to run, and At gives access to that place.
	Home func(job *manifest.Job) (Place, error)
	At   func(p Place) (target.Target, error)
	Git  string // revision of the manifests' work tree
	// FileOf is how a manifest's file is recorded, so that it is known again from elsewhere;
	// nil: as it is.
	FileOf func(file string) string
	// Compile compiles jobs; the results are in the order of the requests.
	Compile func(ctx context.Context, requests []Request) []Result
	// Change runs those statements of a job that change what outlives its session and
	// are still to be run; see compile.ChangeCatalogs.
	Change func(ctx context.Context, r Request, each func(change.CatalogChange, func() error) error) error
	// Load has Flink load plans as they are to run; the errors are in the order of
	// the requests. compile.ErrUnseen: this gateway cannot be shown any. nil: none is.
	Load func(ctx context.Context, loads []Loading) []error
	// Inspect reads a savepoint or checkpoint, by Flink's URI of its directory, for
	// verdicts to be checked against it; nil: none is. ReadSavepoint does.
	Inspect func(ctx context.Context, uri string) (*savepoint.Savepoint, error)
	// Files brings a job's resources to this machine and digests them.
	Files func(ctx context.Context, job *manifest.Job) ([]resource.File, error)
	// Library are the jars that Flink has of its own where a job runs; nil, or answering
	// nil: they are not known.
	Library func(job *manifest.Job) *resource.Library
	Policy  change.Policy
	// Wait waits for a job that another command is deploying, rather than refuse.
	Wait bool
	// GiveUp has Continue end what a deployment that was cut off is starting, for a job
	// that is to end, rather than wait for its health.
	GiveUp   bool
	Progress func(name string, phase journal.Phase, text string)
	Log      io.Writer // see deploy.Deployer
	Step     func(e journal.Entry)
}

// Request asks for one job's compiled plan.
type Request struct {
	Job   *manifest.Job
	Meta  journal.Meta
	Files []resource.File
	// Made are the ids of the catalog changes that were made for the job before.
	Made map[string]bool
}

// Result is a compiled plan, or why there is none.
type Result struct {
	Plan *plan.Compiled
	Init []string // statements that the plan relies on by name
	// Catalogs are those that are there before Init.
	Catalogs []release.Catalog
	// Catalog is what is to be changed outside first, CatalogSeen all such changes that
	// the job asks for.
	Catalog     change.Catalog
	CatalogSeen []change.CatalogChange
	Warnings    []string
	// Assignment says how the columns of a SELECT go into its target table; nil for a
	// script.
	Assignment *compile.Assignment
	Err        error
}

// Assessment is what was found out about one job, and what is to be done.
type Assessment struct {
	Job        *manifest.Job
	Facts      change.Facts
	Inputs     change.Inputs
	Decision   change.Decision
	Comparison *change.Comparison
	// Assignment is set where a SELECT was compiled.
	Assignment *compile.Assignment
	// Meta is the job's meta section after the decision is carried out.
	Meta journal.Meta
	// Err is why the job could not be assessed.
	Err error
	// Unfinished: a deployment was cut off here and has to be continued first.
	Unfinished bool
	// Ahead is what is to be done after an unfinished deployment that starts something
	// else than the manifest says by now, if it is ended; nil for all others.
	Ahead *Assessment

	// surveys look at all jobs that are assessed together; nil: this one is alone.
	surveys *target.Surveys
	// place is where it is to run.
	place  Place
	target target.Target
	site   string // of the launch that it starts
	// lacks names the secrets that its launch would not have.
	lacks error
	files []resource.File
	// kubernetes is the block of that name, the target's part included.
	kubernetes []byte
	release    *candidate
	compiled   bool
	// catalogSeen are all changes outside that the job asks for, once it was compiled.
	catalogSeen []change.CatalogChange
	warnings    []string // of compiling
	// origin is where the state comes from that a job without a record starts with.
	origin *origin
	// refused is why this applier must not touch the job.
	refused error
	// used is the highest launch number that left a trace of a job without a record.
	used uint64
	// strays are launches of the job's name that run, though no record speaks of them.
	strays []target.Found
	// damage is what is wrong with the recorded release in the bucket; remade is that
	// release, to be published again.
	damage error
	remade *remade
	// ended: the record's launch counts as ended, since it is to be (Ahead).
	ended bool
	// adopt: a stray is to be taken over; foundling is that one.
	adopt     bool
	foundling *foundling
}

func (a *Applier) deployer(t target.Target) *deploy.Deployer {
	return &deploy.Deployer{Bucket: a.Bucket, Journal: a.Journal, Target: t, Progress: a.Progress, Log: a.Log, Step: a.Step}
}
