package fence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

// maxClaimBytes bounds a claim; real ones have less than a KiB.
const maxClaimBytes = 1 << 20

// Claim makes this instance the one that runs the launch and then makes sure
// that the newest journal entry still means this launch. again says that the
// launch was started before, by this instance or by a process that is proved to
// be gone.
//
// Claims are never changed. Who follows a process that is gone creates the next
// one, claim-2.json and so on, so that of two that follow it only one runs.
func (l Launch) Claim(ctx context.Context, c Check, instance string) (again bool, err error) {
	mine := launch.Claim{
		Version: launch.Version, Launch: l.Number, ClusterID: c.ClusterID, JobID: c.JobID,
		Instance: instance, Time: time.Now().UTC().Truncate(time.Second),
	}
	if _, err := launch.ReadClaim(ctx, l.Bucket, l.Name, l.Number); err == nil {
		again = true
	} else if !errors.Is(err, bucket.ErrNotExist) {
		return false, err
	}
	have, err := launch.ClaimFor(ctx, l.Bucket, l.Name, l.Number, mine)
	if err != nil {
		return again, err
	}
	if have.Instance != instance {
		again = true
		if err := l.follow(ctx, have.Instance, mine); err != nil {
			return again, err
		}
	}
	entry, number, err := launch.Current(ctx, l.Bucket, l.Name)
	if errors.Is(err, bucket.ErrNotExist) {
		return again, refuse("%v", err)
	}
	if err != nil {
		return again, err
	}
	if number != l.Number {
		return again, refuse("the newest entry (%d) of the journal of %s lets launch %d run, not this launch %d", entry, l.Name, number, l.Number)
	}
	return again, nil
}

// follow walks to the last claim and, if its holder is gone, adds ours.
func (l Launch) follow(ctx context.Context, holder string, mine launch.Claim) error {
	data, err := json.MarshalIndent(mine, "", "  ")
	if err != nil {
		return err
	}
	for n := 2; ; n++ {
		key := launch.Dir(l.Name, l.Number) + "claim-" + strconv.Itoa(n) + ".json"
		have, err := l.readClaim(ctx, key)
		if errors.Is(err, bucket.ErrNotExist) {
			if holder == mine.Instance {
				return nil
			}
			if gone, why := gone(holder); !gone {
				return refuse("launch %d of %s belongs to %s: %s", l.Number, l.Name, holder, why)
			}
			if err = l.Bucket.Create(ctx, key, data); err == nil {
				return nil
			}
			if !errors.Is(err, bucket.ErrExist) {
				return err
			}
			have, err = l.readClaim(ctx, key) // somebody was faster
		}
		if err != nil {
			return err
		}
		holder = have.Instance
	}
}

func (l Launch) readClaim(ctx context.Context, key string) (launch.Claim, error) {
	var c launch.Claim
	data, err := l.Bucket.Read(ctx, key, maxClaimBytes)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("claim %s: %w", l.Bucket.URI(key), err)
	}
	return c, nil
}
