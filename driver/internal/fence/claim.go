package fence

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

// Claim makes this instance the one that runs the launch and then makes sure
// that the newest journal entry still means this launch. again says that the
// launch was started before, by this instance or by a process that is proved to
// be gone.
func (l Launch) Claim(ctx context.Context, c Check, instance string) (again bool, err error) {
	claim := launch.Claim{
		Version: launch.Version, Launch: l.Number, ClusterID: c.ClusterID, JobID: c.JobID,
		Instance: instance, Time: time.Now().UTC().Truncate(time.Second),
	}
	data, err := json.Marshal(claim)
	if err != nil {
		return false, err
	}
	err = l.Bucket.Create(ctx, l.key("claim.json"), data)
	if errors.Is(err, bucket.ErrExist) {
		have, err := read[launch.Claim](ctx, l.Bucket, l.key("claim.json"))
		if err != nil {
			return false, err
		}
		if have.Instance != instance {
			if gone, why := gone(have.Instance); !gone {
				return false, refuse("launch %d of %s belongs to %s: %s", l.Number, l.Name, have.Instance, why)
			}
		}
		again = true
	} else if err != nil {
		return false, err
	}
	entry, number, err := l.current(ctx)
	if err != nil {
		return again, err
	}
	if number != l.Number {
		return again, refuse("the newest entry (%d) of the journal of %s lets launch %d run, not this launch %d", entry, l.Name, number, l.Number)
	}
	return again, nil
}
