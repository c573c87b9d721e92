package launch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/internal/record"
)

// maxRecord bounds a decision or claim; real ones have less than a KiB.
const maxRecord = 1 << 20

// Dir is the key prefix of a launch's objects, with its slash.
func Dir(name string, n uint64) string {
	return "launches/" + name + "/" + strconv.FormatUint(n, 10) + "/"
}

func decisionKey(name string, n uint64) string { return Dir(name, n) + "decision.json" }
func claimKey(name string, n uint64) string    { return Dir(name, n) + "claim.json" }

// Decide writes the decision of launch n of a job unless there is one, and
// returns the one that holds: ours or a rival's. Version and Launch are filled
// in, and Nonce if it is empty. A decision that is repeated with the nonce of the
// first try is found to be ours.
func Decide(ctx context.Context, b *bucket.Bucket, name string, n uint64, d Decision) (Decision, error) {
	if err := checkName(name); err != nil {
		return Decision{}, err
	}
	d.Version, d.Launch = Version, n
	if d.Nonce == "" {
		d.Nonce = rand.Text()
	}
	if err := d.check(n); err != nil {
		return Decision{}, fmt.Errorf("decision of launch %d of %s: %w", n, name, err)
	}
	data, err := record.Encode(d)
	if err != nil {
		return Decision{}, err
	}
	err = b.Create(ctx, decisionKey(name, n), data)
	if errors.Is(err, bucket.ErrExist) {
		return ReadDecision(ctx, b, name, n)
	}
	return d, err
}

// ReadDecision reads the decision of launch n of a job; bucket.ErrNotExist while
// there is none.
func ReadDecision(ctx context.Context, b *bucket.Bucket, name string, n uint64) (Decision, error) {
	if err := checkName(name); err != nil {
		return Decision{}, err
	}
	key := decisionKey(name, n)
	data, err := b.Read(ctx, key, maxRecord)
	if err != nil {
		return Decision{}, err
	}
	var d Decision
	err = record.Decode(data, Version, &d)
	if err == nil {
		err = d.check(n)
	}
	if err != nil {
		return Decision{}, fmt.Errorf("decision %s: %w", b.URI(key), err)
	}
	return d, nil
}

// check refuses decisions that nobody could obey.
func (d Decision) check(n uint64) error {
	switch {
	case d.Verdict != Go && d.Verdict != Abort:
		return fmt.Errorf("its verdict %q is neither go nor abort", d.Verdict)
	case d.Launch != n:
		return fmt.Errorf("it is for launch %d", d.Launch)
	case d.Nonce == "":
		return errors.New("it has no nonce")
	case d.Verdict == Go && (d.ClusterID == "" || d.JobID == ""):
		return errors.New("it names no cluster or no job id")
	}
	return nil
}

// ClaimFor claims launch n of a job and returns the claim that holds. The caller
// may run the launch only if that claim's Instance is its own.
func ClaimFor(ctx context.Context, b *bucket.Bucket, name string, n uint64, c Claim) (Claim, error) {
	if err := checkName(name); err != nil {
		return Claim{}, err
	}
	c.Version, c.Launch = Version, n
	if err := c.check(n); err != nil {
		return Claim{}, fmt.Errorf("claim of launch %d of %s: %w", n, name, err)
	}
	data, err := record.Encode(c)
	if err != nil {
		return Claim{}, err
	}
	err = b.Create(ctx, claimKey(name, n), data)
	if errors.Is(err, bucket.ErrExist) {
		return ReadClaim(ctx, b, name, n)
	}
	return c, err
}

// ReadClaim reads the claim of launch n of a job; bucket.ErrNotExist while there
// is none.
func ReadClaim(ctx context.Context, b *bucket.Bucket, name string, n uint64) (Claim, error) {
	if err := checkName(name); err != nil {
		return Claim{}, err
	}
	key := claimKey(name, n)
	data, err := b.Read(ctx, key, maxRecord)
	if err != nil {
		return Claim{}, err
	}
	var c Claim
	err = record.Decode(data, Version, &c)
	if err == nil {
		err = c.check(n)
	}
	if err != nil {
		return Claim{}, fmt.Errorf("claim %s: %w", b.URI(key), err)
	}
	return c, nil
}

func (c Claim) check(n uint64) error {
	switch {
	case c.Launch != n:
		return fmt.Errorf("it is for launch %d", c.Launch)
	case c.Instance == "":
		return errors.New("it names no instance")
	}
	return nil
}

// checkName keeps a name from reaching beyond the job's own objects.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return fmt.Errorf("%q is not the name of a job", name)
	}
	return nil
}
