package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/localize"
)

// driver is one run of the program.
type driver struct {
	env    flink.Env
	stderr io.Writer
	pid    int

	lastWordFile string // where the last word goes, once that is known
	since        time.Time
}

// run does what a command line asks for. It returns only if that fails, or with
// the end of a Flink that it stood in for.
func (d *driver) run(ctx context.Context, argv []string) error {
	d.lastWordFile, _ = environmentOptions(d.env).Get(optTerminationLog)
	if len(argv) == 0 || argv[0] == "" {
		return d.usage()
	}
	d.since = time.Now()
	service, args, ok := serviceOf(argv)
	if !ok {
		return d.passOn(argv)
	}
	inst, err := flink.FindInstallation(d.env)
	if err != nil {
		return &execError{argv[0], err}
	}
	o, err := d.readOptions(inst, args)
	if v, ok := o.args.Get(optTerminationLog); ok {
		d.lastWordFile = v // even if another option is wrong
	}
	if err != nil {
		return err
	}
	if o.settings.lastWordFile != "" {
		d.lastWordFile = o.settings.lastWordFile
	}
	if !o.settings.any() && !o.refersToSecrets() {
		return d.passOn(argv)
	}
	if err := checkArguments(service, args); err != nil {
		return err
	}
	j := &job{driver: d, service: service, args: args, inst: inst, options: o}
	defer j.leavePrivateDir() // Flink is not running, or has ended
	if err := j.prepare(ctx); err != nil {
		return err
	}
	if service.Role == flink.TaskManager || !o.settings.any() {
		return j.handOver("")
	}
	return j.launch(ctx)
}

// story tells one step and how long it took since the last one.
func (d *driver) story(format string, args ...any) {
	now := time.Now()
	fmt.Fprintf(d.stderr, "driver: %s (%d ms)\n", fmt.Sprintf(format, args...), now.Sub(d.since).Milliseconds())
	d.since = now
}

// options are what the driver was given, by source.
type options struct {
	args     flink.Options
	env      flink.Options
	conf     *flink.Conf
	settings settings
}

// Get implements flink.Source.
func (o options) Get(key string) (string, bool) {
	return flink.Layers{o.args, o.env, o.conf}.Get(key)
}

// all returns every option with its value.
func (o options) all() map[string]string {
	m := map[string]string{}
	for _, key := range o.keys() {
		m[key], _ = o.Get(key)
	}
	return m
}

func (o options) keys() []string {
	keys := o.conf.Keys()
	for _, list := range []flink.Options{o.env, o.args} {
		for _, e := range list {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func (d *driver) readOptions(inst flink.Installation, args []string) (options, error) {
	path := filepath.Join(inst.Conf, flink.ConfName)
	data, err := os.ReadFile(path)
	if err != nil {
		return options{}, usage("Flink's configuration: %w; set FLINK_CONF_DIR", err)
	}
	conf, err := flink.ParseConf(data)
	if err != nil {
		return options{}, usage("%s: %w", path, err)
	}
	o := options{args: flink.DynamicOptions(args), env: environmentOptions(d.env), conf: conf}
	for _, e := range o.args {
		if strings.Contains(e.Value, "${secret:") {
			return o, usage("-D %s: a secret among arguments is there for everybody to see; put it into the driver config or config.yaml", e.Key)
		}
	}
	o.settings, err = readSettings(o, o.keys())
	return o, err
}

// environmentOptions are what the official image takes from its environment.
func environmentOptions(env flink.Env) flink.Options {
	var o flink.Options
	if v := env.Get("JOB_MANAGER_RPC_ADDRESS"); v != "" {
		o = append(o, flink.Option{Key: "jobmanager.rpc.address", Value: v})
	}
	if v := env.Get("TASK_MANAGER_NUMBER_OF_TASK_SLOTS"); v != "" {
		o = append(o, flink.Option{Key: "taskmanager.numberOfTaskSlots", Value: v})
	}
	return append(o, flink.PropertiesFrom(env.Get("FLINK_PROPERTIES"))...)
}

func (o options) refersToSecrets() bool {
	for _, key := range o.keys() {
		if v, _ := o.Get(key); strings.Contains(v, "${secret:") {
			return true
		}
	}
	return false
}

// takesValue are the options of Flink's StandaloneApplicationClusterEntryPoint;
// the first argument that is none of them ends its options, and what the driver
// adds behind would be lost.
var takesValue = map[string]bool{
	"-D": true, "-jid": true, "--job-id": true, "-jars": true, "--jars": true, "-s": true, "--fromSavepoint": true,
	"-n": false, "--allowNonRestoredState": false,
}

func checkArguments(service flink.Service, args []string) error {
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		value, known := takesValue[name]
		switch {
		case name == "-c" || name == "--configDir":
			return usage("%s: set FLINK_CONF_DIR instead", args[i])
		case service.Name != flink.StandaloneJob.Name:
			continue
		case name == "-j" || name == "--job-classname":
			return usage("%s: the driver runs a plan; leave out %s or the plan", args[i], name)
		case strings.HasPrefix(args[i], "-D") && len(args[i]) > 2:
		case !known:
			return usage("%q: with a plan, standalone-job takes -D, --job-id, --jars, --fromSavepoint and --allowNonRestoredState only", args[i])
		case value && !joined:
			i++
		}
	}
	return nil
}

// localized turns an error about a file into one that names the option it came
// from.
func localized(what string, err error) error {
	var wrong *localize.WrongError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w; publish it again", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
