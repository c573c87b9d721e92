package kubernetes

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"flink-sql-driver/submitter/internal/flinkconf"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// Keys of the ConfigMap. Flink's scripts and the driver look for the first two in the
// conf directory.
const (
	configFile = "config.yaml"
	logFile    = "log4j-console.properties"
)

// logConf logs to the container's standard output alone: its file system may be
// read-only, and Kubernetes keeps what a container prints.
const logConf = `# Written for one launch.
rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}
rootLogger.appenderRef.console.ref = Console

appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n

logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
`

// restarts is more than a job's life has crashes; the limit has to be some number.
const restarts = 1000

// Exit codes that starting again cannot mend: Flink's entry point did not start (1), the
// driver refused (64, 66, 67) or found nothing to execute (126, 127), and a job that
// FAILED (1443 & 255).
var finalCodes = []int32{1, 64, 66, 67, 126, 127, 163}

// crashCodes are fatal errors of Flink (2) and ends from outside: SIGKILL, SIGTERM.
var crashCodes = []int32{2, 137, 143}

// job is the JobManager, created suspended.
func (c cluster) job() (*batchv1.Job, error) {
	pod, err := c.jobManagerPod(c.options())
	if err != nil {
		return nil, err
	}
	meta := c.meta(c.id(), jobManager)
	meta.OwnerReferences = nil
	if meta.Annotations, err = c.annotations(); err != nil {
		return nil, err
	}
	suspended, one, tries := true, int32(1), int32(0)
	policy := &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
		Action:      batchv1.PodFailurePolicyActionFailJob,
		OnExitCodes: onExit(finalCodes),
	}}}
	if c.ha() {
		tries = restarts
		policy.Rules = append(policy.Rules,
			batchv1.PodFailurePolicyRule{Action: batchv1.PodFailurePolicyActionIgnore, OnExitCodes: onExit(crashCodes)},
			batchv1.PodFailurePolicyRule{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
				{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
			}},
		)
	}
	return &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: meta,
		Spec: batchv1.JobSpec{
			Suspend: &suspended, BackoffLimit: &tries, Parallelism: &one, Completions: &one,
			PodFailurePolicy: policy, Template: pod,
		},
	}, nil
}

func onExit(codes []int32) *batchv1.PodFailurePolicyOnExitCodesRequirement {
	name := mainContainer
	return &batchv1.PodFailurePolicyOnExitCodesRequirement{
		ContainerName: &name, Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: codes,
	}
}

// owned are the objects that the Job owns, in the order in which they are needed.
func (c cluster) owned() ([]any, error) {
	all, err := c.unmarked()
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if err := mark(o.(metav1.Object)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c cluster) unmarked() ([]any, error) {
	options := c.options()
	conf, err := c.configMap(options)
	if err != nil {
		return nil, err
	}
	all := []any{conf, c.service(restServiceName(c.id()), false, corev1.ServicePort{Name: "rest", Port: restPort, TargetPort: intstr.FromString("rest")})}
	if !c.ha() {
		all = append(all, c.service(c.id(), true,
			corev1.ServicePort{Name: "jobmanager-rpc", Port: rpcPort, TargetPort: intstr.FromString("jobmanager-rpc")},
			corev1.ServicePort{Name: "blobserver", Port: blobPort, TargetPort: intstr.FromString("blobserver")}))
	}
	if c.settings.NetworkPolicy != nil {
		all = append(all, c.networkPolicy())
	}
	if c.settings.Ingress != nil {
		all = append(all, c.ingress())
	}
	if c.settings.Mode == settings.Native {
		return append(all, c.anchor()), nil
	}
	taskManagers, err := c.taskManagers(options)
	return append(all, taskManagers), err
}

func (c cluster) configMap(options map[string]string) (*corev1.ConfigMap, error) {
	conf, err := flinkconf.Marshal(options)
	if err != nil {
		return nil, err
	}
	data := map[string]string{configFile: string(conf), logFile: logConf}
	if c.settings.Mode == settings.Native {
		t, err := c.template(taskManager)
		if err != nil {
			return nil, err
		}
		pod, err := json.MarshalIndent(corev1.Pod{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: t.ObjectMeta, Spec: t.Spec,
		}, "", " ")
		if err != nil {
			return nil, err
		}
		data[podTemplateFile] = string(pod) + "\n"
	}
	meta := c.meta(configMapName(c.id()), "")
	return &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: meta, Data: data}, nil
}

// service finds the JobManager. The headless one has to resolve before the JobManager is
// ready, since TaskManagers start beside it.
func (c cluster) service(name string, headless bool, ports ...corev1.ServicePort) *corev1.Service {
	s := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: c.meta(name, jobManager),
		Spec:       corev1.ServiceSpec{Selector: c.selector(jobManager), Ports: ports},
	}
	if headless {
		s.Spec.ClusterIP = corev1.ClusterIPNone
		s.Spec.PublishNotReadyAddresses = true
	}
	return s
}

// anchor owns the TaskManager pods that Flink makes: it looks for a Deployment named
// after the cluster id, and deletes it at the end. It never has pods of its own.
func (c cluster) anchor() *appsv1.Deployment {
	none := int32(0)
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: c.meta(c.id(), anchor),
		Spec: appsv1.DeploymentSpec{
			Replicas: &none,
			Selector: &metav1.LabelSelector{MatchLabels: c.selector(anchor)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: c.selector(anchor)},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "none", Image: c.settings.Image}}},
			},
		},
	}
}

// taskManagers are those of standalone mode.
func (c cluster) taskManagers(options map[string]string) (*appsv1.Deployment, error) {
	pod, err := c.taskManagerPod(options)
	if err != nil {
		return nil, fmt.Errorf("TaskManagers: %w", err)
	}
	n := int32(c.launch.TaskManagers())
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: c.meta(c.id()+"-"+taskManager, taskManager),
		Spec: appsv1.DeploymentSpec{
			Replicas: &n,
			Selector: &metav1.LabelSelector{MatchLabels: c.selector(taskManager)},
			Template: pod,
		},
	}, nil
}
