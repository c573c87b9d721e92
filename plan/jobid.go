package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// jobIDDomain separates these digests from every other SHA-256 in the system.
// Its last element is the version of the derivation: another recipe gets
// another number, so that ids of running jobs never change under them.
const jobIDDomain = "flink-sql-driver/job-id/1"

// jobIDBytes is the length of a Flink JobID (org.apache.flink.api.common.JobID).
const jobIDBytes = 16

// ClusterID names the application cluster of one launch of a job: the job's
// name, a dash and the launch number in base 36. With a name of at most 38
// characters it fits Flink's limit of 45 (KubernetesClusterDescriptor).
func ClusterID(name string, launch uint64) string {
	return name + "-" + strconv.FormatUint(launch, 36)
}

// JobID derives the fixed job id of a cluster, as FLIP-316 asks: known before
// the launch, the same after a JobManager failover, another one for every
// launch. It is the first 16 bytes, in hex, of SHA-256 over domain, namespace
// and cluster id, each ended by a NUL byte, which none of the three contains.
func JobID(namespace, clusterID string) string {
	h := sha256.New()
	for _, part := range []string{jobIDDomain, namespace, clusterID} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:jobIDBytes])
}
