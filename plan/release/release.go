// Package release keeps releases in a bucket. A release is what a job's clusters
// run: compiled plan, driver config and resources. It is immutable and named by
// its content:
//
//	resources/sha256/<hex>/<file name>
//	releases/<name>/<digest>/plan.json
//	releases/<name>/<digest>/config.json
//
// config.json is written last: where it is, the release is complete.
//
// The digest of a release is the SHA-256, in hex, of three lines, each ended by a
// newline:
//
//	flink-sql-driver/release/1
//	plan.json <SHA-256 of plan.json>
//	config.json <SHA-256 of config.json>
//
// config.json names the digests of all resources, so the digest covers them too.
package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"flink-sql-driver/plan/bucket"
)

// digestDomain separates these digests from every other SHA-256 in the system.
const digestDomain = "flink-sql-driver/release/1"

// The kinds of error that callers act on.
var (
	// ErrIncomplete: something of the release is not in the bucket; publishing it
	// again helps.
	ErrIncomplete = errors.New("the release is not complete")
	// ErrCorrupt: an object of the release does not hold what its digest says.
	ErrCorrupt = errors.New("wrong content")
)

// Release is what Publish puts into a bucket.
type Release struct {
	Name string // the job's
	Plan []byte // plan.json as it is to run
	// Config is the driver config. Run and Resources are filled in from Plan and
	// Resources.
	Config    Config
	Resources []Payload
}

// Payload is a resource with its content.
type Payload struct {
	Name   string // unique; one path element
	Kind   string // KindJar, KindFile or KindArchive
	SHA256 string
	Size   int64 // bytes
	// Open returns the content; it may be called more than once.
	Open func() (io.ReadCloser, error)
}

// Published describes a release as it stands, or would stand, in a bucket.
type Published struct {
	Digest       string // names the release
	Config       Config // complete
	ConfigSHA256 string
	PlanURI      string // what Flink and the driver call the objects
	ConfigURI    string
}

// Describe says what publishing a release would make, without touching the
// bucket.
func Describe(b *bucket.Bucket, r Release) (Published, error) {
	p, _, err := describe(b, r)
	return p, err
}

// describe returns the content of config.json too.
func describe(b *bucket.Bucket, r Release) (Published, []byte, error) {
	if err := CheckName(r.Name); err != nil {
		return Published{}, nil, fmt.Errorf("release of %q: %w", r.Name, err)
	}
	if len(r.Plan) == 0 {
		return Published{}, nil, fmt.Errorf("release of %s: there is no plan", r.Name)
	}
	c := r.Config
	planSum := sum(r.Plan)
	c.Version = ConfigVersion
	c.Run = Run{Plan: &File{SHA256: planSum, Size: int64(len(r.Plan))}}
	c.Resources = nil
	for _, p := range r.Resources {
		if p.SHA256 == "" {
			return Published{}, nil, fmt.Errorf("release of %s: resource %q: it has no sha256", r.Name, p.Name)
		}
		c.Resources = append(c.Resources, Resource{
			Name: p.Name, Kind: p.Kind, URI: b.URI(resourceKey(p.SHA256, p.Name)), SHA256: p.SHA256, Size: p.Size,
		})
	}
	data, err := EncodeConfig(c)
	if err != nil {
		return Published{}, nil, fmt.Errorf("release of %s: %w", r.Name, err)
	}
	d := digestOf(planSum, sum(data))
	return Published{
		Digest:       d,
		Config:       c,
		ConfigSHA256: sum(data),
		PlanURI:      b.URI(planKey(r.Name, d)),
		ConfigURI:    b.URI(configKey(r.Name, d)),
	}, data, nil
}

// digestOf is the digest of a release, as the package comment lays it down.
func digestOf(planSum, configSum string) string {
	return sum(fmt.Appendf(nil, "%s\nplan.json %s\nconfig.json %s\n", digestDomain, planSum, configSum))
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func planKey(name, digest string) string     { return "releases/" + name + "/" + digest + "/plan.json" }
func configKey(name, digest string) string   { return "releases/" + name + "/" + digest + "/config.json" }
func resourceKey(digest, name string) string { return "resources/sha256/" + digest + "/" + name }
