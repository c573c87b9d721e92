//go:build linux

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"flink-sql-driver/submitter/internal/flinkconf"
)

// gatewayAttempts is how often a gateway is started on another port because
// somebody took the one that had just been free.
const gatewayAttempts = 3

// startGateway starts a gateway of its own session and waits for its answer.
// Whatever comes of it, there is no gateway afterwards that is not recorded.
func (t *Target) startGateway(ctx context.Context, dir, java string) (string, error) {
	for attempt := 1; ; attempt++ {
		before := mark(dir, roleGateway)
		before.out = 0 // it is begun anew
		url, err := t.tryGateway(ctx, dir, java, before)
		if err == nil || ctx.Err() != nil || attempt == gatewayAttempts || !portTaken(dir, roleGateway, before) {
			return url, err
		}
	}
}

func (t *Target) tryGateway(ctx context.Context, dir, java string, before logs) (string, error) {
	runtime, _, err := runtimeDir(t.env)
	if err != nil {
		return "", err
	}
	chosen, reserved, err := reserve(runtime, 1)
	if err != nil {
		return "", err
	}
	defer closeAll(reserved)
	p, err := t.spawnGateway(dir, java, chosen[0], reserved)
	if err != nil {
		return "", errors.Join(err, endGateway(ctx, dir))
	}
	url := gatewayRecord{Port: chosen[0]}.url()
	if _, err := t.awaitGateway(ctx, chosen[0], p, t.config.GatewayStart); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err() // it goes on starting, for the next one who asks
		}
		why := before.reason(dir, roleGateway)
		if why == "" {
			why = "it left no word"
		}
		return "", errors.Join(fmt.Errorf("it did not start: %w: %s; its log is in %s", err, why, filepath.Join(dir, "log")), endGateway(ctx, dir))
	}
	return url, nil
}

// spawnGateway starts the gateway's process and writes it down. After an error
// there may be a process that is not written down; endGateway finds it.
func (t *Target) spawnGateway(dir, java string, port int, reserved []*os.File) (process, error) {
	now, err := thisHost()
	if err != nil {
		return process{}, err
	}
	options, err := t.gatewayOptions(dir, port)
	if err != nil {
		return process{}, err
	}
	if err := writeConf(filepath.Join(dir, "conf"), options); err != nil {
		return process{}, err
	}
	cmd, err := t.gatewayCommand(dir, java, options)
	if err != nil {
		return process{}, err
	}
	out, err := os.OpenFile(filepath.Join(dir, "log", outFile(roleGateway)), os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o644)
	if err != nil {
		return process{}, err
	}
	defer out.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = dir, out, out, reserved
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return process{}, err
	}
	p, _, err := lookUp(cmd.Process.Pid) // before it is waited for its number is its own
	go func() { _ = cmd.Wait() }()       // else it stays a zombie as long as this process lives
	if err != nil {
		return process{}, err
	}
	data, err := json.MarshalIndent(gatewayRecord{
		Version: formatVersion, Host: now, Process: p, Port: port, Flink: t.config.FlinkVersion, FlinkHome: t.config.FlinkHome,
		JavaHome: java, Options: t.config.Options, Started: time.Now().UTC(),
	}, "", " ")
	if err != nil {
		return process{}, err
	}
	return p, replaceFile(filepath.Join(dir, "gateway.json"), data)
}

// gatewayIdle is how long a session that nobody closed may stay.
const gatewayIdle = "10 min"

func (t *Target) gatewayOptions(dir string, port int) (map[string]string, error) {
	options, err := flinkconf.Read(filepath.Join(t.config.FlinkHome, "conf", "config.yaml"))
	if err != nil {
		return nil, err
	}
	maps.Copy(options, t.config.Options)
	tmp := filepath.Join(dir, "tmp")
	maps.Copy(options, map[string]string{
		"sql-gateway.endpoint.rest.address":      loopback,
		"sql-gateway.endpoint.rest.bind-address": loopback,
		"sql-gateway.endpoint.rest.port":         strconv.Itoa(port),
		"sql-gateway.endpoint.rest.bind-port":    strconv.Itoa(port),
		"sql-gateway.session.idle-timeout":       gatewayIdle,
		"rest.address":                           loopback,
		"rest.bind-address":                      loopback,
		"io.tmp.dirs":                            tmp,
		"table.resources.download-dir":           tmp,
	})
	return options, nil
}

// gatewayJVM are the flags of the gateway's JVM: it compiles one statement after
// another and holds no data. Compilation is left alone, as it runs for long.
var gatewayJVM = []string{"-Xms64m", "-Xmx768m", "-XX:+UseSerialGC", "-Xshare:auto"}

// gatewayCommand is java with what bin/sql-gateway.sh would give it, without
// the second JVM that the script reads the configuration with; or the script
// itself for a stock start.
func (t *Target) gatewayCommand(dir, java string, options map[string]string) (*exec.Cmd, error) {
	home := t.config.FlinkHome
	environ := with(passed(t.config.Environ, nil),
		envRun, dir, envRole, roleGateway, envLog, filepath.Join(dir, "log", logFile(roleGateway)),
		"JAVA_HOME", java,
		"FLINK_HOME", home,
		"FLINK_CONF_DIR", filepath.Join(dir, "conf"),
		"FLINK_LOG_DIR", filepath.Join(dir, "log"),
		"FLINK_PID_DIR", filepath.Join(dir, "tmp"),
		"FLINK_BIN_DIR", filepath.Join(home, "bin"),
		"FLINK_LIB_DIR", filepath.Join(home, "lib"),
		"FLINK_OPT_DIR", filepath.Join(home, "opt"),
		"FLINK_PLUGINS_DIR", filepath.Join(home, "plugins"))
	if t.config.StockStart {
		cmd := exec.Command(filepath.Join(home, "bin", "sql-gateway.sh"), "start-foreground")
		cmd.Env = environ
		return cmd, nil
	}
	classes, err := gatewayClasses(home, lookup(t.config.Environ))
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "conf", logConfNames[0])
	args := slices.Clone(gatewayJVM)
	for _, key := range []string{"env.java.opts.all", "env.java.default-opts.all", "env.java.opts.sql-gateway", "env.java.default-opts.sql-gateway"} {
		args = append(args, strings.Fields(options[key])...)
	}
	args = append(args,
		"-Dlog.file="+filepath.Join(dir, "log", logFile(roleGateway)),
		"-Dlog4j.configurationFile=file:"+conf,
		"-Djava.io.tmpdir="+filepath.Join(dir, "tmp"),
		"-classpath", classes, "org.apache.flink.table.gateway.SqlGateway")
	cmd := exec.Command(filepath.Join(java, "bin", "java"), args...)
	cmd.Env = environ
	return cmd, nil
}

// gatewayClasses is the class path that Flink's scripts make for the gateway:
// lib/ in order with flink-dist last, then the gateway and PyFlink from opt/.
func gatewayClasses(home string, env func(string) string) (string, error) {
	var jars, dist, opt []string
	err := filepath.WalkDir(filepath.Join(home, "lib"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || !strings.HasSuffix(path, ".jar"):
			return err
		case strings.HasPrefix(d.Name(), "flink-dist"):
			dist = append(dist, path)
		default:
			jars = append(jars, path)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(filepath.Join(home, "opt"))
	if err != nil {
		return "", err
	}
	gateways := 0
	for _, e := range entries {
		isGateway := strings.HasPrefix(e.Name(), "flink-sql-gateway")
		if strings.HasSuffix(e.Name(), ".jar") && (isGateway || strings.HasPrefix(e.Name(), "flink-python")) {
			opt = append(opt, filepath.Join(home, "opt", e.Name()))
		}
		if isGateway && strings.HasSuffix(e.Name(), ".jar") {
			gateways++
		}
	}
	if len(dist) != 1 || gateways != 1 {
		return "", fmt.Errorf("%s has %d lib/flink-dist*.jar and %d opt/flink-sql-gateway*.jar where one of each is needed", home, len(dist), gateways)
	}
	slices.Sort(jars)
	slices.Sort(opt)
	all := slices.Concat(jars, dist, opt)
	for _, hadoop := range []string{"HADOOP_CLASSPATH", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "HBASE_CONF_DIR"} {
		if v := env(hadoop); v != "" {
			all = append(all, v)
		}
	}
	return strings.Join(all, ":"), nil
}
