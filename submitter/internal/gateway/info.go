package gateway

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The API versions that this client speaks. Version 1 has neither configuring of
// sessions nor rows as JSON with their kind.
const (
	oldestAPI = 2
	newestAPI = 4
)

// introduction is how long a gateway may take to say who it is, which costs it
// nothing.
const introduction = 20 * time.Second

// productName is what every gateway of Flink calls itself.
const productName = "Apache Flink"

// Info is what a gateway says of itself.
type Info struct {
	ProductName string `json:"productName"`
	Version     string `json:"version"` // of Flink: 2.3.0
}

// Info asks the gateway who it is; anything but Flink's is a NotAGateway error.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var info Info
	_, err := c.do(ctx, exchange{op: "info", method: http.MethodGet, path: "/v1/info", out: &info, timeout: min(introduction, c.opts.RequestTimeout)})
	if err != nil {
		return Info{}, asNotAGateway(err)
	}
	if info.ProductName != productName || info.Version == "" {
		return Info{}, c.fail("info", NotAGateway, "what answers there is not a Flink SQL Gateway")
	}
	return info, nil
}

// Versions lists the API versions that the gateway speaks: V1, V2, …
func (c *Client) Versions(ctx context.Context) ([]string, error) {
	var answer struct {
		Versions []string `json:"versions"`
	}
	_, err := c.do(ctx, exchange{op: "API versions", method: http.MethodGet, path: "/v1/api_versions", out: &answer, timeout: min(introduction, c.opts.RequestTimeout)})
	if err != nil {
		return nil, asNotAGateway(err)
	}
	if len(answer.Versions) == 0 {
		return nil, c.fail("API versions", NotAGateway, "what answers there is not a Flink SQL Gateway")
	}
	return answer.Versions, nil
}

// asNotAGateway: who answers the first question with nonsense is something else,
// and who does not answer it may not be there.
func asNotAGateway(err error) error {
	e, ok := err.(*Error)
	switch {
	case !ok:
	case e.Kind == Protocol || e.Kind == SQL || e.Kind == TooLarge:
		e.Kind = NotAGateway
		e.Cause = "what answers there is not a Flink SQL Gateway (" + e.Cause + ")"
	case e.Kind == Unavailable:
		e.Cause += "; is it running, and is this its address?"
	}
	return err
}

// path puts the API version before a path; the first call agrees on one.
func (c *Client) path(ctx context.Context, path string) (string, error) {
	c.mu.Lock()
	version := c.version
	c.mu.Unlock()
	if version != "" {
		return version + path, nil
	}
	offered, err := c.Versions(ctx)
	if err != nil {
		return "", err
	}
	for v := newestAPI; v >= oldestAPI; v-- {
		if slices.Contains(offered, "V"+strconv.Itoa(v)) {
			version = "/v" + strconv.Itoa(v)
			c.mu.Lock()
			c.version = version
			c.mu.Unlock()
			return version + path, nil
		}
	}
	return "", c.fail("API versions", NotAGateway, "it speaks only "+strings.Join(offered, ", ")+
		" of the REST API; V2 or newer is needed, which Flink has since 1.17")
}
