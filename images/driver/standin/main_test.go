package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// That a real Flink gets along with it is shown by every build of the driver's image.

func TestPodIsStartedAndTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &cluster{ctx: ctx, events: make(chan []byte, maxPods)}
	server := httptest.NewServer(c.handler())
	defer server.Close()
	file := filepath.Join(t.TempDir(), "started")
	pod, err := json.Marshal(object{"metadata": object{"name": "tm"}, "spec": object{"containers": []object{{
		"command": []string{"sh", "-c", `echo "$1 $_POD_NODE_ID" > "$0.new" && mv "$0.new" "$0" && exec sleep 600`}, "args": []string{file, "x"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(server.URL+"/api/v1/namespaces/default/pods", "application/json", bytes.NewReader(pod))
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%v %v", resp, err)
	}
	if event := string(<-c.events); !strings.Contains(event, `"ADDED"`) || !strings.Contains(event, `"PodScheduled"`) {
		t.Errorf("event %s", event)
	}
	for t.Context().Err() == nil {
		if text, err := os.ReadFile(file); err == nil {
			if string(text) != "x standin\n" {
				t.Errorf("%q", text)
			}
			break
		}
	}
	cancel()
	c.pods.Wait() // the process has ended with its cluster
}

func TestRefusesWhatIsNoPod(t *testing.T) {
	c := &cluster{ctx: t.Context(), events: make(chan []byte, maxPods)}
	for _, body := range []string{"", "{}", `{"spec":{"containers":[{},{}]}}`} {
		w := httptest.NewRecorder()
		c.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/namespaces/default/pods", strings.NewReader(body)))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", body, w.Code)
		}
	}
}

func TestFrame(t *testing.T) {
	for name, c := range map[string]struct {
		length int
		head   []byte
	}{
		"short":  {125, []byte{0x81, 125}},
		"medium": {126, []byte{0x81, 126, 0, 126}},
		"long":   {1 << 16, []byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			text := bytes.Repeat([]byte("x"), c.length)
			if got := frame(text); !bytes.Equal(got, append(c.head, text...)) {
				t.Errorf("%x…", got[:len(c.head)])
			}
		})
	}
}
