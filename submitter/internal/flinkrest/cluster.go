package flinkrest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Overview is what a cluster has and runs.
type Overview struct {
	TaskManagers   int    `json:"taskmanagers"`
	Slots          int    `json:"slots-total"`
	SlotsAvailable int    `json:"slots-available"`
	Running        int    `json:"jobs-running"`
	Finished       int    `json:"jobs-finished"`
	Cancelled      int    `json:"jobs-cancelled"`
	Failed         int    `json:"jobs-failed"`
	FlinkVersion   string `json:"flink-version"`
}

// Overview returns the cluster's size. It is also the cheapest proof that a
// JobManager answers.
func (c *Client) Overview(ctx context.Context) (Overview, error) {
	const op = "overview"
	var o Overview
	if err := c.call(ctx, op, http.MethodGet, "/overview", nil, &o); err != nil {
		return Overview{}, err
	}
	if o.FlinkVersion == "" {
		return Overview{}, c.fail(op, ErrProtocol, "what answers is not a JobManager of Flink")
	}
	return o, nil
}

// Config returns the JobManager's effective options; Flink masks secret values.
func (c *Client) Config(ctx context.Context) (map[string]string, error) {
	var entries []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	if err := c.call(ctx, "options", http.MethodGet, "/jobmanager/config", nil, &entries); err != nil {
		return nil, err
	}
	config := make(map[string]string, len(entries))
	for _, e := range entries {
		config[e.Key] = e.Value
	}
	return config, nil
}

// Instance tells one run of a JobManager from another at the same address: the
// name of the temporary directory that every run makes up
// (org.apache.flink.runtime.entrypoint.ClusterEntrypoint, web.tmpdir).
func (c *Client) Instance(ctx context.Context) (string, error) {
	config, err := c.Config(ctx)
	if err != nil {
		return "", err
	}
	if config["web.tmpdir"] == "" {
		return "", c.fail("instance", ErrProtocol, "web.tmpdir is not among its options")
	}
	return config["web.tmpdir"], nil
}

const (
	// logBuffer is read at a time; Flink knows no ranges, so the whole log passes.
	logBuffer  = 64 << 10
	logTimeout = 2 * time.Minute
)

// JobManagerLog returns the last bytes of the JobManager's log, at most limit.
func (c *Client) JobManagerLog(ctx context.Context, limit int) ([]byte, error) {
	const op = "log"
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	resp, err := c.send(ctx, op, http.MethodGet, "/jobmanager/log", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer))
		return nil, c.refused(op, resp, body)
	}
	tail, err := lastBytes(resp.Body, limit)
	if err != nil {
		return nil, c.unavailable(ctx, op, err)
	}
	return tail, nil
}

func lastBytes(r io.Reader, limit int) ([]byte, error) {
	var tail []byte
	buffer := make([]byte, logBuffer)
	for {
		n, err := r.Read(buffer)
		tail = append(tail, buffer[:n]...)
		if len(tail) > 2*limit+logBuffer {
			tail = append(tail[:0], tail[len(tail)-limit:]...)
		}
		if err == io.EOF {
			return tail[max(0, len(tail)-limit):], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
