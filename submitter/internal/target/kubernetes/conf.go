package kubernetes

import (
	"maps"
	"strconv"
	"strings"

	contract "flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// Ports of a JobManager, and of TaskManagers, which have to be known for services.
const (
	restPort        = 8081
	rpcPort         = 6123
	blobPort        = 6124
	taskManagerPort = 6122
)

// Paths in the image, and what is mounted over it.
const (
	driverPath      = "/usr/local/bin/driver"
	confDir         = "/opt/flink/conf"
	podTemplateDir  = "/opt/flink/pod-template" // Flink's own, not to be chosen (PodTemplateMountDecorator)
	podTemplateFile = "taskmanager-pod-template.yaml"
	workDir         = "/opt/flink/flink-sql"
)

// CPU of processes for which nobody asked. It is a request: the limit is limitFactor
// times that, since a start takes ten seconds of processor time and a TaskManager that
// is held to half a processor takes twenty for it.
const (
	defaultCPU  = 0.5
	limitFactor = "4"
)

// javaOptions is env.java.opts.all of Flink 2.3's own config.yaml: without them it does
// not run on Java 17.
const javaOptions = "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED --add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED --add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED --add-exports=jdk.compiler/com.sun.tools.javac.parser=ALL-UNNAMED --add-exports=jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED --add-exports=jdk.compiler/com.sun.tools.javac.util=ALL-UNNAMED --add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-opens=java.base/java.text=ALL-UNNAMED --add-opens=java.base/java.time=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED --add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED"

// highlyAvailable: a JobManager that dies is started again and goes on from the last
// checkpoint. Without checkpoints it would begin anew, so then it is not.
func highlyAvailable(l target.Launch) bool {
	n := strings.TrimLeft(l.Options["execution.checkpointing.interval"], "0 ")
	return n != "" && n[0] >= '1' && n[0] <= '9'
}

// options is config.yaml of a launch whose Job has the given UID.
func (c cluster) options() map[string]string {
	asked := target.Undecided(target.Kubernetes, c.launch.AskedOptions(nil))
	out := map[string]string{
		"env.java.opts.all":                       javaOptions,
		"kubernetes.taskmanager.cpu.limit-factor": limitFactor,
	}
	maps.Copy(out, asked)
	target.SetMemory(out, asked)
	out["taskmanager.numberOfTaskSlots"] = strconv.Itoa(c.launch.Slots())
	maps.Copy(out, c.imposed())
	if c.ha() {
		maps.Copy(out, c.recoverable())
	}
	if c.settings.Mode == settings.Native {
		maps.Copy(out, c.native())
	}
	for k, v := range out {
		if v == "" {
			delete(out, k)
		}
	}
	maps.Copy(out, target.Pinned(target.Kubernetes, c.launch.Options, pins))
	return out
}

// pins are values that Flink takes where nothing is set, for launches whose release sets
// something else.
var pins = map[string]string{
	"rest.bind-port":            strconv.Itoa(restPort),
	"jobmanager.rpc.bind-port":  strconv.Itoa(rpcPort),
	"taskmanager.rpc.bind-port": strconv.Itoa(taskManagerPort),
	"security.ssl.rest.enabled": "false",
}

// imposed are the options that make a launch what it is.
func (c cluster) imposed() map[string]string {
	return map[string]string{
		"jobmanager.rpc.address": c.id() + "." + c.namespace,
		"jobmanager.rpc.port":    strconv.Itoa(rpcPort),
		"jobmanager.bind-host":   "0.0.0.0",
		"taskmanager.bind-host":  "0.0.0.0",
		"blob.server.port":       strconv.Itoa(blobPort),
		"rest.port":              strconv.Itoa(restPort),
		"rest.bind-address":      "0.0.0.0",
		"taskmanager.rpc.port":   strconv.Itoa(taskManagerPort),
		"kubernetes.cluster-id":  c.id(),
		"kubernetes.namespace":   c.namespace,

		contract.OptionPlan:                         c.launch.PlanURI,
		contract.OptionConfig:                       c.launch.ConfigURI,
		contract.OptionLaunch:                       c.launch.Dir,
		contract.OptionJobID:                        c.launch.JobID,
		"sql-driver.instance":                       "job:" + c.uid,
		"sql-driver.work-dir":                       workDir,
		"sql-driver.stock-start":                    strconv.FormatBool(c.stockStart),
		"sql-driver.private-dir":                    "",
		"high-availability.type":                    "",
		"job-result-store.delete-on-commit":         "",
		"application-result-store.delete-on-commit": "",
	}
}

// recoverable is high availability by Kubernetes' leader election. Results of the job
// stay where they are written until Remove: a JobManager killed between cleaning up and
// its exit is started once more, finds them, and ends instead of running the job again.
func (c cluster) recoverable() map[string]string {
	own := c.haDir + "/" + c.id()
	return map[string]string{
		"high-availability.type":                    "kubernetes",
		"high-availability.storageDir":              c.haDir,
		"high-availability.cluster-id":              c.id(),
		"job-result-store.delete-on-commit":         "false",
		"job-result-store.storage-path":             own + "/job-result-store",
		"application-result-store.delete-on-commit": "false",
		"application-result-store.storage-path":     own + "/application-result-store",
	}
}

// native is what Flink needs to make TaskManager pods itself.
func (c cluster) native() map[string]string {
	return map[string]string{
		"kubernetes.container.image.ref":         c.settings.Image,
		"kubernetes.container.image.pull-policy": string(c.settings.ImagePullPolicy),
		"kubernetes.service-account":             c.settings.ServiceAccountName,
		"kubernetes.entry.path":                  driverPath,
		"kubernetes.flink.conf.dir":              confDir,
		"kubernetes.taskmanager.cpu.amount":      strconv.FormatFloat(cpu(c.launch.TaskManager.CPU), 'g', -1, 64),
	}
}

func cpu(asked float64) float64 {
	if asked > 0 {
		return asked
	}
	return defaultCPU
}
