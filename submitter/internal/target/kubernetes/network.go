package kubernetes

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// networkPolicy lets the launch's pods talk to each other, and others to the REST API.
func (c cluster) networkPolicy() *networkingv1.NetworkPolicy {
	rest := intstr.FromInt32(restPort)
	own := metav1.LabelSelector{MatchLabels: map[string]string{labelApp: c.id()}}
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: c.meta(c.id(), ""),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: own,
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: append([]networkingv1.NetworkPolicyIngressRule{
				{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &own}}},
				{From: c.settings.NetworkPolicy.RESTFrom, Ports: []networkingv1.NetworkPolicyPort{{Port: &rest}}},
			}, c.settings.NetworkPolicy.Ingress...),
		},
	}
}

// host is where the ingress shows the web UI.
func (c cluster) host() string {
	return strings.NewReplacer("{name}", c.launch.Name, "{id}", c.id()).Replace(c.settings.Ingress.Host)
}

// webUI is its address; empty where there is no ingress.
func (c cluster) webUI() string {
	switch i := c.settings.Ingress; {
	case i == nil:
		return ""
	case i.TLSSecret != "":
		return "https://" + c.host()
	}
	return "http://" + c.host()
}

func (c cluster) ingress() *networkingv1.Ingress {
	s := c.settings.Ingress
	prefix := networkingv1.PathTypePrefix
	i := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: c.meta(c.id(), jobManager),
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host: c.host(),
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
				Path: "/", PathType: &prefix,
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: restServiceName(c.id()), Port: networkingv1.ServiceBackendPort{Name: "rest"},
				}},
			}}}},
		}}},
	}
	i.Annotations = s.Annotations
	if s.ClassName != "" {
		i.Spec.IngressClassName = &s.ClassName
	}
	if s.TLSSecret != "" {
		i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{c.host()}, SecretName: s.TLSSecret}}
	}
	return i
}
