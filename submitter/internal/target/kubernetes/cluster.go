package kubernetes

import (
	"encoding/json"
	"maps"
	"strconv"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// cluster is what all objects of a launch are made from. Making them is pure.
type cluster struct {
	launch     target.Launch
	settings   settings.Settings
	namespace  string
	uid        string // of its Job; empty while there is none
	haDir      string // Flink's URI of ha/ in the bucket
	stockStart bool
}

// with is what of a cluster is not in its launch.
type with struct {
	Settings   settings.Settings `json:"settings"`
	HA         string            `json:"ha,omitempty"`
	StockStart bool              `json:"stockStart,omitempty"`
}

// clusterOf is what a Job's objects were made from; false if it does not say.
func clusterOf(job *batchv1.Job) (cluster, bool) {
	var w with
	c := cluster{launch: launchOf(job), namespace: job.Namespace, uid: string(job.UID)}
	err := json.Unmarshal([]byte(job.Annotations[annotationWith]), &w)
	c.settings, c.haDir, c.stockStart = w.Settings, w.HA, w.StockStart
	return c, err == nil && c.launch.ClusterID == job.Name
}

// annotations tell all that the objects of a launch are made from.
func (c cluster) annotations() (map[string]string, error) {
	asked, err := json.Marshal(c.launch)
	if err != nil {
		return nil, err
	}
	other, err := json.Marshal(with{c.settings, c.haDir, c.stockStart})
	return map[string]string{annotationLaunch: string(asked), annotationWith: string(other)}, err
}

func (c cluster) id() string { return c.launch.ClusterID }

func (c cluster) ha() bool { return highlyAvailable(c.launch) }

// Labels of everything that belongs to a launch. Flink's own are needed to find
// TaskManagers, whatever made them.
const (
	labelManaged = "app.kubernetes.io/managed-by"
	labelName    = "app.kubernetes.io/name"
	labelPart    = "app.kubernetes.io/instance"
	labelRole    = "app.kubernetes.io/component"
	labelLaunch  = "flink-sql-driver/launch"
	labelVersion = "flink-sql-driver/query-version"
	labelApp     = "app"       // Flink: the cluster id
	labelType    = "type"      // Flink: native mode
	labelKind    = "component" // Flink: jobmanager or taskmanager

	managedBy  = "submitter"
	nativeType = "flink-native-kubernetes"

	annotationLaunch = "flink-sql-driver/launch" // as it was asked for
	annotationWith   = "flink-sql-driver/with"   // what else its objects were made from
	annotationMade   = "flink-sql-driver/made"   // digest of an object as it was made
)

// Roles of pods.
const (
	jobManager  = "jobmanager"
	taskManager = "taskmanager"
	anchor      = "anchor"
)

func (c cluster) labels(role string) map[string]string {
	l := map[string]string{
		labelManaged: managedBy,
		labelName:    c.launch.Name,
		labelPart:    c.id(),
		labelLaunch:  strconv.FormatUint(c.launch.Launch, 10),
		labelVersion: strconv.Itoa(c.launch.QueryVersion),
	}
	if role != "" {
		l[labelRole] = role
	}
	return l
}

// podLabels are those of pods: Flink's, too.
func (c cluster) podLabels(role string) map[string]string {
	l := c.labels(role)
	maps.Copy(l, c.selector(role))
	return l
}

// selector finds the pods of a role.
func (c cluster) selector(role string) map[string]string {
	l := map[string]string{labelApp: c.id(), labelKind: role}
	if role != anchor {
		l[labelType] = nativeType
	}
	return l
}

// meta is the metadata of an object that is owned by the launch's Job.
func (c cluster) meta(name, role string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: c.namespace, Labels: c.labels(role),
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "Job", Name: c.id(), UID: c.jobUID(),
		}},
	}
}

func configMapName(clusterID string) string   { return "flink-config-" + clusterID }
func restServiceName(clusterID string) string { return clusterID + "-rest" }
