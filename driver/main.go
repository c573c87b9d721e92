// Command driver is the SQL Driver of FLIP-316 as the entrypoint of a container:
// it brings a compiled plan and what belongs to it to this machine, fills in
// secrets, and hands over to Flink.
//
//	driver standalone-job [args…]           JobManager of an application cluster
//	driver kubernetes-application [args…]   the same in native Kubernetes mode
//	driver taskmanager [args…]              TaskManager
//	driver kubernetes-taskmanager [args…]   TaskManager in native Kubernetes mode
//	driver ANYTHING ELSE                    is executed unchanged, through
//	                                        /docker-entrypoint.sh where there is one
//
// The script calls of native mode (kubernetes-jobmanager.sh …, and bash -c
// "kubernetes-taskmanager.sh …") are known, too. Without a plan, a driver config
// and a ${secret:…} in config.yaml, the commands above are passed on as well.
//
// # Options
//
// Options are Flink options: -D key=value arguments win over the environment
// (lines "key: value" in FLINK_PROPERTIES, then JOB_MANAGER_RPC_ADDRESS and
// TASK_MANAGER_NUMBER_OF_TASK_SLOTS), which wins over $FLINK_CONF_DIR/config.yaml.
// The session options of the driver config win over config.yaml, but not over one
// that was written for a launch: that has them already, and on top of them what
// the launch needs.
//
//	$internal.sql-gateway.driver.json-plan   URI of the compiled plan
//	$internal.sql-gateway.driver.sql-config  URI of the driver config, with #sha256=<hex> or without
//	$internal.sql-gateway.driver.launch      URI of launches/<name>/<n>/ in the bucket; without it the
//	                                         job is not claimed and no decision is waited for
//	$internal.pipeline.job-id                the job's id; needed with a launch
//	sql-driver.stock-start           (false) start Flink by its own scripts, untuned, instead of java directly
//	sql-driver.standby-timeout       (10 min) how long to wait for a decision before this launch is aborted
//	sql-driver.restart-after         (1 min) how long a JobManager with high availability has to have run to be
//	                                 started again at once, by the driver, if it crashes
//	sql-driver.work-dir              (/opt/flink/flink-sql, else flink-sql beside the conf directory, else in the
//	                                 directory for temporary files) where resources go; the same on all machines
//	sql-driver.private-dir           (/dev/shm/flink-sql-<uid>/<cluster id or pid>) where config.yaml, plan and
//	                                 script go, in a directory of each process; has to be in memory
//	sql-driver.allow-disk-secrets    (false) let private-dir be on a disk even if there are secrets
//	sql-driver.secret-dir            (/var/run/secrets/flink-sql) files with secrets that are not in the environment
//	sql-driver.termination-log       (/dev/termination-log if it exists) where the last word goes
//	sql-driver.instance              (process:<pid>.<start>@<boot>) who claims a launch: job:<uid>, yarn:<application id>
//	sql-driver.class-archive-dir     (/opt/flink/cds) where there are class archives jobmanager.jsa and taskmanager.jsa
//	sql-driver.max-archive-size      (8 gb) what a resource that is an archive may unpack to
//
// FLINK_HOME (/opt/flink) and FLINK_{CONF,LIB,PLUGINS,OPT,LOG,PID}_DIR, JAVA_HOME,
// JVM_ARGS, FLINK_ENV_JAVA_OPTS{,_JM,_TM} and the like mean what they mean to
// Flink's scripts. FLINK_SQL_ENTRYPOINT (/docker-entrypoint.sh if it exists) is
// what unknown commands go through.
//
// # What is tuned
//
// Started directly, a JobManager with at most 1 GiB of heap gets
// -XX:TieredStopAtLevel=1 -XX:+UseSerialGC unless its options choose otherwise,
// and cluster.registration.error-delay is 200 ms unless set, so that a
// TaskManager that was first does not wait 10 s. TaskManagers' JVMs are left as
// Flink starts them.
//
// # Crashes
//
// Without high availability the driver becomes Flink (exec), unless it has to wait for a
// decision. With it the driver stays beside the JobManager, passes signals on, and
// begins anew, claim included, when one that had run for sql-driver.restart-after ends
// with 2, 3 or by a signal that did not come through the driver: in the same container,
// and without the wait of a platform. One that ends sooner, or for the fourth time
// within an hour, is the platform's; and 1 becomes 2 for a Flink that ran before, since
// whatever keeps it from starting has come since.
//
// # Exit codes
//
//	64  options or driver config are wrong
//	65  plan, config or a resource could not be had; may be tried again
//	66  a secret is missing
//	67  decision, claim, journal or missing state forbid to run
//	126 Flink could not be executed
//	127 there is no such program
//
// and, from then on, Flink's own: 0 FINISHED or CANCELED, 163 FAILED, 137, 143.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"

	"flink-sql-driver/driver/internal/flink"
)

func main() {
	if text, ok := answer(os.Args[1:]); ok {
		fmt.Print(text)
		return
	}
	d := &driver{env: flink.Env(os.Environ()), stderr: os.Stderr, pid: os.Getpid()}
	err := d.run(context.Background(), os.Args[1:])
	var again *againError
	if errors.As(err, &again) {
		err = d.startAgain(again)
	}
	if err == nil {
		return
	}
	lastWord(err, d.lastWordFile, os.Stderr)
	os.Exit(exitCode(err))
}

// version is set by the linker.
var version = "dev"

// answer is what the driver says itself to a question about it. Everything else that
// it does not know is for the image's entrypoint.
func answer(argv []string) (text string, ok bool) {
	if len(argv) == 0 {
		return "", false
	}
	switch argv[0] {
	case "-h", "--help":
		return usageText, true
	case "--version":
		return "driver " + version + "\n", true
	}
	return "", false
}

const usageText = `usage: driver standalone-job|kubernetes-application|taskmanager|kubernetes-taskmanager [args…]
       driver COMMAND [args…]     executes any other command

Options are Flink's (-D key=value, FLINK_PROPERTIES, config.yaml):
  $internal.sql-gateway.driver.json-plan    URI of the compiled plan
  $internal.sql-gateway.driver.sql-config   URI of the driver config, …#sha256=<hex>
  $internal.pipeline.job-id                 32 hexadecimal digits
Exit codes: 64 bad options, 65 not localized, 66 missing secret, 67 refused,
126 and 127 not executed; otherwise Flink's.
`

func (d *driver) usage() error {
	fmt.Fprint(d.stderr, usageText)
	return usage("no command")
}
