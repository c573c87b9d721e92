package kubernetes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	contract "flink-sql-driver/plan/launch"
	"flink-sql-driver/submitter/internal/target"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// mainContainer is Flink's name for it, which a pod template has to use.
const mainContainer = settings.FlinkMain

// flinkUser is the user and group of the official image.
const flinkUser = 9999

// Volumes of every pod.
const (
	volumeConf      = "conf"
	volumeTemplate  = "pod-template"
	volumeWork      = "work"
	volumeTmp       = "tmp"
	volumeSecrets   = "secrets"
	terminationPath = "/dev/termination-log"
)

// template is what the pods of a role have in common with the settings: the base, then
// the manifest's templates over it.
func (c cluster) template(role string) (corev1.PodTemplateSpec, error) {
	t := c.base()
	own := c.settings.JobManager.PodTemplate
	if role == taskManager {
		own = c.settings.TaskManager.PodTemplate
	}
	var err error
	for _, over := range []*corev1.PodTemplateSpec{c.settings.PodTemplate, own} {
		if over != nil && err == nil {
			t, err = merge(t, *over)
		}
	}
	if err != nil {
		return t, fmt.Errorf("kubernetes: podTemplate: %w", err)
	}
	if len(t.Labels) == 0 {
		t.Labels = map[string]string{}
	}
	for k, v := range c.podLabels(role) {
		t.Labels[k] = v
	}
	return t, nil
}

// base is a pod that may do nothing that Flink does not need.
func (c cluster) base() corev1.PodTemplateSpec {
	s := c.settings
	yes, no, user := true, false, int64(flinkUser)
	main := corev1.Container{
		Name: mainContainer, Image: s.Image, ImagePullPolicy: s.ImagePullPolicy,
		Env: s.Env, EnvFrom: s.EnvFrom,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
		TerminationMessagePath:   terminationPath,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		VolumeMounts:             []corev1.VolumeMount{{Name: volumeWork, MountPath: workDir}, {Name: volumeTmp, MountPath: "/tmp"}},
	}
	spec := corev1.PodSpec{
		ServiceAccountName: s.ServiceAccountName,
		ImagePullSecrets:   s.ImagePullSecrets,
		NodeSelector:       s.NodeSelector,
		Tolerations:        s.Tolerations,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Volumes: []corev1.Volume{emptyDir(volumeWork), emptyDir(volumeTmp)},
	}
	if len(s.Secrets) > 0 {
		spec.Volumes = append(spec.Volumes, secretVolume(s.Secrets))
		main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeSecrets, MountPath: c.secretDir(), ReadOnly: true})
	}
	spec.Containers = []corev1.Container{main}
	return corev1.PodTemplateSpec{Spec: spec}
}

// secretDir is where the driver looks for secrets.
func (c cluster) secretDir() string {
	if dir := c.launch.Options[contract.OptionSecretDir]; dir != "" {
		return dir
	}
	return contract.DefaultSecretDir
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// secretMode: files for their owner and the pod's group alone.
const secretMode = 0o440

// secretVolume shows the keys of several Kubernetes Secrets as files in one directory.
func secretVolume(names []string) corev1.Volume {
	mode := int32(secretMode)
	v := &corev1.ProjectedVolumeSource{DefaultMode: &mode}
	for _, n := range names {
		v.Sources = append(v.Sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: n}}})
	}
	return corev1.Volume{Name: volumeSecrets, VolumeSource: corev1.VolumeSource{Projected: v}}
}

// merge lays a template over another one, lists by their keys (containers by name), as
// kubectl patch does.
func merge(base, over corev1.PodTemplateSpec) (corev1.PodTemplateSpec, error) {
	below, err := settings.Marshal(base)
	if err != nil {
		return base, err
	}
	above, err := settings.Marshal(over)
	if err != nil {
		return base, err
	}
	merged, err := strategicpatch.StrategicMergePatch(below, above, corev1.PodTemplateSpec{})
	if err != nil {
		return base, err
	}
	var out corev1.PodTemplateSpec
	return out, json.Unmarshal(merged, &out)
}

// jobManagerPod is the pod of the Job. What makes it a JobManager cannot be overridden.
func (c cluster) jobManagerPod(options map[string]string) (corev1.PodTemplateSpec, error) {
	t, err := c.template(jobManager)
	if err != nil {
		return t, err
	}
	main := container(&t.Spec)
	main.Command = []string{driverPath}
	main.Args = []string{"kubernetes-application"}
	if c.settings.Mode == settings.Standalone {
		main.Args = []string{"standalone-job"}
		if c.ha() {
			main.Args = append(main.Args, "-D", "jobmanager.rpc.address=$(_POD_IP_ADDRESS)")
		}
	}
	main.Env = append(main.Env, podIP())
	show(main, corev1.ContainerPort{Name: "rest", ContainerPort: restPort}, corev1.ContainerPort{Name: "jobmanager-rpc", ContainerPort: rpcPort}, corev1.ContainerPort{Name: "blobserver", ContainerPort: blobPort})
	if err := size(main, options[target.OptionJobManagerMemory], c.launch.JobManager.CPU); err != nil {
		return t, err
	}
	c.mountConf(&t.Spec, main)
	if c.settings.Mode == settings.Native {
		t.Spec.Volumes = append(t.Spec.Volumes, c.confVolume(volumeTemplate, podTemplateFile))
		main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeTemplate, MountPath: podTemplateDir, ReadOnly: true})
	}
	t.Spec.RestartPolicy = corev1.RestartPolicyNever // a Job with a podFailurePolicy takes no other
	return t, nil
}

// taskManagerPod is the pod of a TaskManager in standalone mode.
func (c cluster) taskManagerPod(options map[string]string) (corev1.PodTemplateSpec, error) {
	t, err := c.template(taskManager)
	if err != nil {
		return t, err
	}
	main := container(&t.Spec)
	main.Command = []string{driverPath}
	main.Args = []string{"taskmanager", "-D", "taskmanager.host=$(_POD_IP_ADDRESS)"}
	main.Env = append(main.Env, podIP())
	show(main, corev1.ContainerPort{Name: "taskmanager-rpc", ContainerPort: taskManagerPort})
	if err := size(main, options[target.OptionTaskManagerMemory], c.launch.TaskManager.CPU); err != nil {
		return t, err
	}
	c.mountConf(&t.Spec, main)
	return t, nil
}

// show adds Flink's ports to those of the templates, which give way where they are the same.
func show(main *corev1.Container, ours ...corev1.ContainerPort) {
	same := func(p corev1.ContainerPort) bool {
		return slices.ContainsFunc(ours, func(o corev1.ContainerPort) bool { return o.Name == p.Name || o.ContainerPort == p.ContainerPort })
	}
	main.Ports = append(slices.DeleteFunc(main.Ports, same), ours...)
}

// podIP is the name under which Flink looks for its address (KubernetesEntrypointUtils).
func podIP() corev1.EnvVar {
	return corev1.EnvVar{Name: "_POD_IP_ADDRESS", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}
}

// container is the main container, which the base has.
func container(s *corev1.PodSpec) *corev1.Container {
	for i := range s.Containers {
		if s.Containers[i].Name == mainContainer {
			return &s.Containers[i]
		}
	}
	s.Containers = append(s.Containers, corev1.Container{Name: mainContainer})
	return &s.Containers[len(s.Containers)-1]
}

// mountConf shows the conf directory. The pod template is left out of it.
func (c cluster) mountConf(s *corev1.PodSpec, main *corev1.Container) {
	s.Volumes = append(s.Volumes, c.confVolume(volumeConf, configFile, logFile))
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeConf, MountPath: confDir, ReadOnly: true})
}

func (c cluster) confVolume(name string, files ...string) corev1.Volume {
	v := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMapName(c.id())}}
	for _, f := range files {
		v.Items = append(v.Items, corev1.KeyToPath{Key: f, Path: f})
	}
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{ConfigMap: v}}
}

// size gives a container the memory that Flink's process may take, and a share of the
// processors that is no limit.
func size(main *corev1.Container, memory string, processors float64) error {
	if main.Resources.Requests == nil {
		main.Resources.Requests = corev1.ResourceList{}
	}
	if main.Resources.Limits == nil {
		main.Resources.Limits = corev1.ResourceList{}
	}
	milli := int64(cpu(processors) * 1000)
	if _, set := main.Resources.Requests[corev1.ResourceCPU]; !set {
		main.Resources.Requests[corev1.ResourceCPU] = *resource.NewMilliQuantity(milli, resource.DecimalSI)
	}
	if memory == "" {
		return nil // Flink's parts decide; the pod template may say more
	}
	q, err := quantity(memory)
	if err != nil {
		return err
	}
	main.Resources.Requests[corev1.ResourceMemory] = q
	main.Resources.Limits[corev1.ResourceMemory] = q
	return nil
}

// units of Flink's memory sizes (org.apache.flink.configuration.MemorySize), as powers of 2.
var units = map[string]uint{
	"": 0, "b": 0, "bytes": 0, "k": 10, "kb": 10, "kibibytes": 10, "m": 20, "mb": 20, "mebibytes": 20,
	"g": 30, "gb": 30, "gibibytes": 30, "t": 40, "tb": 40, "tebibytes": 40,
}

func quantity(memory string) (resource.Quantity, error) {
	text := strings.ToLower(strings.TrimSpace(memory))
	digits := strings.TrimLeft(text, "0123456789")
	n, err := strconv.ParseInt(text[:len(text)-len(digits)], 10, 64)
	shift, known := units[strings.TrimSpace(digits)]
	if err != nil || !known || n > (1<<62)>>shift {
		return resource.Quantity{}, fmt.Errorf("memory %q is no size such as 1600m", memory)
	}
	return *resource.NewQuantity(n<<shift, resource.BinarySI), nil
}

func (c cluster) jobUID() types.UID { return types.UID(c.uid) }
