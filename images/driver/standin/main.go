// Command standin is as much of a Kubernetes cluster as one JobManager of native mode
// needs while an image is built: an API server that knows pods of one namespace and one
// Deployment, and a kubelet that runs a pod's container as a process beside it.
//
//	standin KUBECONFIG
//
// It writes a kubeconfig for itself to the file and runs until SIGTERM, which it passes
// on to the processes of pods and waits for them.
package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: standin KUBECONFIG")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	c := &cluster{ctx: ctx, events: make(chan []byte, maxPods)}
	// With TLS, as in a pod, so that its classes are rehearsed, too.
	server := httptest.NewTLSServer(c.handler())
	if err := writeKubeconfig(os.Args[1], server); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
	<-ctx.Done()
	c.pods.Wait()
}

// maxPods is how many pods may be created before somebody watches them.
const maxPods = 16

type cluster struct {
	ctx    context.Context
	pods   sync.WaitGroup
	events chan []byte
}

func (c *cluster) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/apps/v1/namespaces/{namespace}/deployments/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{
			"name": r.PathValue("name"), "namespace": r.PathValue("namespace"), "uid": "1", "resourceVersion": "1",
		}})
	})
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/pods", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("watch") == "true" {
			c.watch(w, r)
			return
		}
		answer(w, http.StatusOK, object{"apiVersion": "v1", "kind": "PodList", "metadata": object{"resourceVersion": "1"}, "items": []object{}})
	})
	mux.HandleFunc("POST /api/v1/namespaces/{namespace}/pods", c.create)
	mux.HandleFunc("DELETE /", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, object{"apiVersion": "v1", "kind": "Status", "status": "Success"})
	})
	return mux
}

type object = map[string]any

func answer(w http.ResponseWriter, code int, o object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(o)
}

// create makes a pod and starts its container.
func (c *cluster) create(w http.ResponseWriter, r *http.Request) {
	var pod object
	var wanted struct {
		Spec struct {
			Containers []struct{ Command, Args []string }
		}
	}
	var text json.RawMessage
	err := json.NewDecoder(r.Body).Decode(&text)
	if err == nil {
		err = json.Unmarshal(text, &pod)
	}
	if err == nil {
		err = json.Unmarshal(text, &wanted)
	}
	if err != nil || len(wanted.Spec.Containers) != 1 {
		http.Error(w, fmt.Sprintf("not a pod of one container: %v", err), http.StatusBadRequest)
		return
	}
	meta, ok := pod["metadata"].(object)
	if !ok {
		http.Error(w, "a pod without metadata", http.StatusBadRequest)
		return
	}
	meta["uid"], meta["resourceVersion"] = "2", "2"
	// Flink waits for the condition.
	pod["status"] = object{"phase": "Pending", "conditions": []object{{"type": "PodScheduled", "status": "True"}}}
	event, err := json.Marshal(object{"type": "ADDED", "object": pod})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusCreated, pod)
	c.events <- event
	container := wanted.Spec.Containers[0]
	c.run(append(container.Command, container.Args...))
}

// run starts a process that gets SIGTERM with this one. If it ends by itself there is
// nothing more to stand in for.
func (c *cluster) run(argv []string) {
	cmd := exec.CommandContext(c.ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "_POD_NODE_ID=standin") // Flink's name for the node's name
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	c.pods.Add(1)
	go func() {
		defer c.pods.Done()
		if err := cmd.Run(); c.ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "standin: %s ended: %v\n", strings.Join(argv, " "), err)
			os.Exit(1)
		}
	}()
}

func writeKubeconfig(path string, server *httptest.Server) error {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	config, err := json.Marshal(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "standin",
		"clusters": []object{{"name": "standin", "cluster": object{"server": server.URL, "certificate-authority-data": ca}}},
		"users":    []object{{"name": "standin", "user": object{"token": "none"}}},
		"contexts": []object{{"name": "standin", "context": object{"cluster": "standin", "user": "standin"}}},
	})
	if err != nil {
		return err
	}
	// The name appears with its contents: somebody waits for it.
	if err := os.WriteFile(path+".new", config, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
