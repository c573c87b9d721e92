package settings

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkNames refuses names that no object can have, and things without one.
func (s Settings) checkNames() []*KeyError {
	var wrong []*KeyError
	add := func(key, format string, args ...any) {
		wrong = append(wrong, &KeyError{Key: key, Problem: fmt.Sprintf(format, args...)})
	}
	object := func(key, name string) {
		if len(validation.IsDNS1123Subdomain(name)) > 0 {
			add(key, "%q is no name of an object: a-z, 0-9, - and ., a letter or digit first and last", name)
		}
	}
	if s.ServiceAccountName != "" {
		object("serviceAccountName", s.ServiceAccountName)
	}
	for i, name := range s.Secrets {
		object(fmt.Sprintf("secrets[%d]", i), name)
	}
	for i, p := range s.ImagePullSecrets {
		object(fmt.Sprintf("imagePullSecrets[%d].name", i), p.Name)
	}
	if s.Ingress != nil {
		if s.Ingress.TLSSecret != "" {
			object("ingress.tlsSecret", s.Ingress.TLSSecret)
		}
		if s.Ingress.Host == "" {
			add("ingress", "it has no host")
		} else if !isHost(s.Ingress.Host) {
			add("ingress.host", "%q is no name of a host: a-z, 0-9, - and ., a letter or digit first and last; {name} and {id} are filled in", s.Ingress.Host)
		}
	}
	wrong = append(wrong, variables("env", s.Env)...)
	wrong = append(wrong, nameless("podTemplate", s.PodTemplate)...)
	wrong = append(wrong, nameless("jobManager.podTemplate", s.JobManager.PodTemplate)...)
	return append(wrong, nameless("taskManager.podTemplate", s.TaskManager.PodTemplate)...)
}

// isHost reports whether a host, which may begin with *., is a name once it is filled in.
func isHost(host string) bool {
	const filled = "a"
	host = strings.NewReplacer("{name}", filled, "{id}", filled).Replace(host)
	return len(validation.IsDNS1123Subdomain(strings.TrimPrefix(host, "*."))) == 0
}

// variables are told apart by their names. Of two with one name a pod takes the last, and
// server-side apply takes neither.
func variables(key string, env []corev1.EnvVar) []*KeyError {
	var wrong []*KeyError
	seen := map[string]bool{}
	for i, e := range env {
		at := fmt.Sprintf("%s[%d]", key, i)
		switch {
		case e.Name == "":
			wrong = append(wrong, &KeyError{Key: at, Problem: "it has no name"})
		case seen[e.Name]:
			wrong = append(wrong, &KeyError{Key: at, Problem: fmt.Sprintf("there is %q twice", e.Name)})
		}
		seen[e.Name] = true
	}
	return wrong
}

// nameless finds what is merged by its name and has none.
func nameless(key string, t *corev1.PodTemplateSpec) []*KeyError {
	if t == nil {
		return nil
	}
	var wrong []*KeyError
	named := func(list string, i int, name string) {
		if name == "" {
			wrong = append(wrong, &KeyError{Key: fmt.Sprintf("%s.spec.%s[%d]", key, list, i), Problem: "it has no name"})
		}
	}
	for _, list := range []struct {
		name       string
		containers []corev1.Container
	}{{"containers", t.Spec.Containers}, {"initContainers", t.Spec.InitContainers}} {
		for i, c := range list.containers {
			named(list.name, i, c.Name)
			wrong = append(wrong, variables(fmt.Sprintf("%s.spec.%s[%d].env", key, list.name, i), c.Env)...)
		}
	}
	for i, v := range t.Spec.Volumes {
		named("volumes", i, v.Name)
	}
	return wrong
}
