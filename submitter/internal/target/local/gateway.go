//go:build linux

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gatewayRecord is gateway/gateway.json: the SQL Gateway that was started last.
type gatewayRecord struct {
	Version   int               `json:"version"`
	Host      host              `json:"host"`
	Process   process           `json:"process"`
	Port      int               `json:"port"`
	Flink     string            `json:"flink"`
	FlinkHome string            `json:"flinkHome"`
	JavaHome  string            `json:"javaHome"`
	Options   map[string]string `json:"options,omitempty"`
	Started   time.Time         `json:"started"`
}

const roleGateway = "gateway"

// gatewayGrace is how long a SQL Gateway may take to end.
const gatewayGrace = 3 * time.Second

// Gateway returns the address of a SQL Gateway of the target's Flink version on
// this machine. It starts one if there is none, and stands in a new one for one
// that is dead or does not answer. It is shared by everybody who uses Root with the
// same Flink, options and credentials, and stays until Close at least.
func (t *Target) Gateway(ctx context.Context) (string, error) {
	url, err := t.gateway(ctx)
	if err != nil {
		return "", fmt.Errorf("local SQL Gateway: %w", err)
	}
	return url, nil
}

func (t *Target) gateway(ctx context.Context) (string, error) {
	if t.config.FlinkHome == "" {
		return "", errors.New("no Flink: `submitter local install` gets one, or set FLINK_HOME")
	}
	java, err := t.java(ctx)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		url, err := t.gatewayIn(ctx, t.gatewayPlace(n), java)
		if !errors.Is(err, errInUse) || n == gatewayPlaces {
			return url, err
		}
	}
}

// gatewayIn is the address of the gateway in a directory, which is started there if
// need be; errInUse: there is one that cannot be used from here, and others use it.
func (t *Target) gatewayIn(ctx context.Context, dir, java string) (string, error) {
	lock, err := t.makeGatewayDir(ctx, dir)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	why, record, err := t.gatewayUsable(ctx, dir, java)
	if err != nil {
		return "", err
	}
	if why == "" {
		return record.url(), t.useGateway(dir)
	}
	if err := t.freeGateway(dir); errors.Is(err, errInUse) {
		return "", fmt.Errorf("%w: of the last one %s, and it is in use; end the commands that use it, or all with `submitter local down`", err, why)
	} else if err != nil {
		return "", err
	}
	if err := endGateway(ctx, dir); err != nil {
		return "", err
	}
	if err := t.useGateway(dir); err != nil {
		return "", err
	}
	t.endUnused(ctx, dir)
	return t.startGateway(ctx, dir, java)
}

func (r gatewayRecord) url() string { return "http://" + loopback + ":" + strconv.Itoa(r.Port) }

// gatewayUsable looks at the recorded gateway and says why it cannot be used;
// an error means that it cannot be told and nothing may be started.
func (t *Target) gatewayUsable(ctx context.Context, dir, java string) (why string, r gatewayRecord, err error) {
	err = readRecord(filepath.Join(dir, "gateway.json"), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return "there is none", r, nil
	}
	if err != nil {
		return err.Error(), r, nil //nolint:nilerr // an unreadable record is as good as none
	}
	now, err := thisHost()
	if err != nil {
		return "", r, err
	}
	if r.Host.seenFrom(now) != here {
		return "it was started elsewhere or before the last boot", r, nil
	}
	alive, err := r.Process.alive()
	switch {
	case err != nil:
		return "", r, err
	case !alive:
		return "it is gone", r, nil
	case r.FlinkHome != t.config.FlinkHome || r.JavaHome != java || !maps.Equal(r.Options, t.config.Options):
		return "it was started with another Flink, Java or options", r, nil
	case !t.sameCredentials(r.Process):
		return "it was started with other credentials", r, nil
	}
	version, err := t.awaitGateway(ctx, r.Port, r.Process, t.config.GatewayPatience)
	switch {
	case ctx.Err() != nil:
		return "", r, ctx.Err()
	case err != nil:
		return "it does not answer", r, nil //nolint:nilerr // a gateway that hangs is replaced
	case t.config.FlinkVersion != "" && version != t.config.FlinkVersion:
		return "it is Flink " + version, r, nil
	}
	return "", r, nil
}

// sameCredentials compares what a running gateway got by its environment with
// what it would get now, without either being stored.
func (t *Target) sameCredentials(p process) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.PID), "environ"))
	if err != nil {
		return false
	}
	theirs := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
	return slices.Equal(credentials(theirs), credentials(t.config.Environ))
}

func credentials(environ []string) []string {
	var out []string
	for _, variable := range environ {
		for _, prefix := range []string{"AWS_", "AZURE_", "GOOGLE_APPLICATION_CREDENTIALS="} {
			if strings.HasPrefix(variable, prefix) {
				out = append(out, variable)
			}
		}
	}
	slices.Sort(out)
	return out
}

// infoTimeout bounds one question to a gateway.
const infoTimeout = 5 * time.Second

// awaitGateway asks a gateway for its version until it answers, its process is
// gone or the patience is over. An answer counts only if the gateway listens there:
// somebody else may have the port.
func (t *Target) awaitGateway(ctx context.Context, port int, p process, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := &http.Client{Timeout: infoTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	url := gatewayRecord{Port: port}.url()
	var last error
	for {
		version, err := askInfo(ctx, client, url)
		if err == nil && !listens(p, port) {
			err = fmt.Errorf("port %d belongs to another process", port)
		}
		if err == nil {
			return version, nil
		}
		if alive, aerr := p.alive(); aerr == nil && !alive {
			return "", errors.New("its process has ended")
		}
		if last == nil || ctx.Err() == nil { // a request that the patience cut off tells nothing
			last = err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no answer for %s: %w", patience, last)
		case <-time.After(10 * alivePoll / 4):
		}
	}
}

func askInfo(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/info", nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var info struct {
		Product string `json:"productName"`
		Version string `json:"version"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&info); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK || info.Version == "" {
		return "", fmt.Errorf("it answered %s", resp.Status)
	}
	return info.Version, nil
}

// endGateway ends whatever gateway runs in a directory, recorded or not.
func endGateway(ctx context.Context, dir string) error {
	members, err := family(dir)
	if err != nil {
		return err
	}
	if err := end(context.WithoutCancel(ctx), gatewayGrace, processes(members)...); err != nil {
		return err
	}
	err = os.Remove(filepath.Join(dir, "gateway.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
