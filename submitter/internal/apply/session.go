package apply

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

// defaultInterval is the checkpoint interval of a job that has state and says
// nothing about checkpoints. Flink's own default is no checkpoints at all.
const defaultInterval = "60 s"

const (
	keyInterval      = "execution.checkpointing.interval"
	keyCheckpoints   = "execution.checkpointing.dir"
	keySavepoints    = "execution.checkpointing.savepoint-dir"
	keyRetention     = "execution.checkpointing.externalized-checkpoint-retention"
	keyStorage       = "execution.checkpointing.storage"
	keyName          = "pipeline.name"
	keyMaxParallel   = "pipeline.max-parallelism"
	keyParallelism   = "parallelism.default"
	keepCheckpoints  = "RETAIN_ON_CANCELLATION"
	storageOnFiles   = "filesystem"
	oldCheckpointDir = "state.checkpoints.dir"
	oldSavepointDir  = "state.savepoints.dir"
	// Names that are older still.
	firstCheckpointDir = "state.backend.fs.checkpointdir"
	firstSavepointDir  = "savepoints.state.backend.fs.dir"
)

// session is what Flink is told about a job, release by release: the manifest's
// flinkProperties and the options that this program always sets, because its
// promises rest on them. The manifest package refuses contradictions, and tells of what
// is left out here because every target decides it.
func session(job *manifest.Job, b *bucket.Bucket, meta journal.Meta, stateful bool, maxParallelism int) map[string]string {
	s := target.Undecided("", job.Session())
	s[keyCheckpoints] = below(base(s, b, "checkpoints", keyCheckpoints, oldCheckpointDir, firstCheckpointDir), job.Name, meta)
	s[keySavepoints] = below(base(s, b, "savepoints", keySavepoints, oldSavepointDir, firstSavepointDir), job.Name, meta)
	s[keyStorage] = storageOnFiles
	s[keyRetention] = keepCheckpoints
	s[keyName] = job.Name
	s[keyMaxParallel] = strconv.Itoa(maxParallelism)
	if job.Parallelism > 0 {
		s[keyParallelism] = strconv.Itoa(job.Parallelism)
	}
	if _, ok := s[keyInterval]; !ok && stateful {
		s[keyInterval] = defaultInterval
	}
	return s
}

// below is a query version's own directory. The base of a manifest of seed 000 ends with
// the job's name already.
func below(base, name string, meta journal.Meta) string {
	return fmt.Sprintf("%s/%s/%d", strings.TrimSuffix(base, "/"+name), name, meta.QueryVersion)
}

// base is the directory under which a job's own is: the manifest's if it names
// one (seed 000), else the bucket's. The keys are removed, since Flink would
// otherwise find both the old name and the new.
func base(s map[string]string, b *bucket.Bucket, dir string, keys ...string) string {
	found := b.URI(dir)
	for _, k := range keys {
		if v, ok := s[k]; ok {
			found = strings.TrimRight(v, "/")
			delete(s, k)
		}
	}
	return found
}

// Bounds of Flink's automatic maximum parallelism
// (org.apache.flink.runtime.state.KeyGroupRangeAssignment).
const (
	lowestAutoMax  = 1 << 7
	highestAutoMax = 1 << 15
)

// maxParallelism is pinned at the first launch: a savepoint can be restored only
// under the same one, and Flink's automatic value moves with the parallelism.
func (s *Assessment) maxParallelism() int {
	recorded := s.base()
	switch {
	case s.Job.MaxParallelism > 0:
		return s.Job.MaxParallelism
	case recorded != nil && recorded.MaxParallelism > 0:
		return recorded.MaxParallelism
	case s.origin != nil && s.origin.maxParallelism > 0:
		return s.origin.maxParallelism
	}
	p := max(s.Job.Parallelism, 1)
	return min(max(nextPowerOfTwo(p+p/2), lowestAutoMax), highestAutoMax)
}

func nextPowerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }
