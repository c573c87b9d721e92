// Command standin takes the driver's place where a benchmark needs many running
// jobs and no Flink: as a JobManager it answers the few questions that a submitter
// asks, for a job that runs and completes every checkpoint at once; as anything
// else it waits for its end.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "standalone-job" {
		select {}
	}
	options, err := readOptions(filepath.Join(os.Getenv("FLINK_CONF_DIR"), "config.yaml"))
	if err != nil {
		log.Fatal(err)
	}
	job := options["$internal.pipeline.job-id"]
	log.Fatal(http.ListenAndServe("127.0.0.1:"+options["rest.port"], jobManager(job)))
}

// readOptions reads the flat config.yaml that the local target writes.
func readOptions(file string) (map[string]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, err
	}
	options := make(map[string]string)
	for k, v := range values {
		options[k] = fmt.Sprint(v)
	}
	return options, nil
}

// jobManager speaks Flink's REST API (rest_v1_dispatcher) as far as it is asked.
func jobManager(job string) http.Handler {
	answers := map[string]string{
		"/jobs/" + job + "/status":      `{"status":"RUNNING"}`,
		"/jobs/" + job:                  `{"jid":"` + job + `","name":"standin","state":"RUNNING","vertices":[{"id":"v","name":"v","status":"RUNNING","parallelism":1,"tasks":{"RUNNING":1}}]}`,
		"/jobs/" + job + "/exceptions":  `{"exceptionHistory":{"entries":[]}}`,
		"/jobs/" + job + "/checkpoints": `{"counts":{"completed":1},"latest":{}}`,
		"POST":                          `{"request-id":"00000000000000000000000000000001"}`,
		"trigger":                       `{"status":{"id":"COMPLETED"},"operation":{"checkpointId":1}}`,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/v1")
		answer, ok := answers[path]
		switch {
		case r.Method == http.MethodPost:
			answer, ok = answers["POST"], true
		case strings.HasPrefix(path, "/jobs/"+job+"/checkpoints/"):
			answer, ok = answers["trigger"], true
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
		}
		fmt.Fprint(w, answer)
	})
}
