package deploy

import (
	"context"
	"errors"
	"fmt"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// ManifestKey is where the last deployed manifest of a job is.
func ManifestKey(name string) string { return "manifests/" + name + ".yaml" }

// manifestTries is how often a manifest is written that somebody else changes meanwhile,
// though nobody has gone past this deployment: by hand, say.
const manifestTries = 5

// writeManifest writes the manifest that was deployed. A holder that was paused before it
// must not bring an older one back: what is there is looked at first, then that nobody
// has gone past this hold, and only what was looked at is replaced. Whoever writes a newer
// one does so later than the second, so what is there is not the same any more. Every
// manifest names its entry, so that no two are alike.
func (d *deployment) writeManifest(ctx context.Context, e *journal.Entry) error {
	if e.Manifest == "" {
		return nil
	}
	data := fmt.Appendf(nil, "# journal entry %d\n%s", e.Number, e.Manifest)
	var err error
	for range manifestTries {
		if err = d.replaceManifest(ctx, ManifestKey(e.Name), data); !errors.Is(err, bucket.ErrChanged) && !errors.Is(err, bucket.ErrExist) {
			break
		}
	}
	return err
}

func (d *deployment) replaceManifest(ctx context.Context, key string, data []byte) error {
	there, err := d.Bucket.Stat(ctx, key)
	absent := errors.Is(err, bucket.ErrNotExist)
	if err != nil && !absent {
		return err
	}
	if err := d.hold.Confirm(); err != nil {
		return err
	}
	if absent {
		return d.Bucket.Create(ctx, key, data)
	}
	return d.Bucket.Replace(ctx, key, data, there.Version)
}
