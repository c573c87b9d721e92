package fence

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

// Claim makes this instance the one that runs the launch and then makes sure
// that the newest journal entry still means this launch. again says that the
// launch was started before, by this instance or by a process that is proved to
// be gone.
//
// Claims are never changed. Who follows a process that is gone creates the next
// one, claim-2.json and so on, so that of two that follow it only one runs.
func (l Launch) Claim(ctx context.Context, c Check, instance string) (again bool, err error) {
	data, err := json.Marshal(launch.Claim{
		Version: launch.Version, Launch: l.Number, ClusterID: c.ClusterID, JobID: c.JobID,
		Instance: instance, Time: time.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return false, err
	}
	holder := ""
	for n := 1; ; n++ {
		have, err := read[launch.Claim](ctx, l.Bucket, l.key(claimFile(n)))
		if err == nil {
			holder = have.Instance
			continue
		}
		if !errors.Is(err, bucket.ErrNotExist) {
			return false, err
		}
		if again = n > 1; again && holder == instance {
			break
		}
		if again {
			if gone, why := gone(holder); !gone {
				return again, refuse("launch %d of %s belongs to %s: %s", l.Number, l.Name, holder, why)
			}
		}
		err = l.Bucket.Create(ctx, l.key(claimFile(n)), data)
		if err == nil {
			break
		}
		if !errors.Is(err, bucket.ErrExist) {
			return again, err
		}
		n-- // somebody was faster: read that claim
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

func claimFile(n int) string {
	if n == 1 {
		return "claim.json"
	}
	return "claim-" + strconv.Itoa(n) + ".json"
}
