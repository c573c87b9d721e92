package flink

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Start is what is needed to start one process of Flink without its scripts.
type Start struct {
	Service Service
	// Conf is the config.yaml in Installation.Conf.
	Conf *Conf
	// Args go to the process; options in them win over Conf.
	Args []string
	Env  Env
	// Tuned adds flags that make the start faster and change nothing else.
	Tuned bool
	// ArchiveDir has class archives <role>.jsa; empty: none.
	ArchiveDir string
	// PID is the process that will become Flink.
	PID int
}

// Java returns the java command line that Flink's scripts would end with. It
// returns a StockError where it cannot know that.
func (i Installation) Java(s Start) (Command, error) {
	program, release, err := java(s.Conf, s.Env)
	if err != nil {
		return Command{}, &StockError{err}
	}
	jvm, dynamic, heap, err := s.memory()
	if err != nil {
		return Command{}, err
	}
	opts, err := javaOptions(s.Conf, s.Env, s.Service.Role, release)
	if err != nil {
		return Command{}, err
	}
	user, err := shellWords("FLINK_ENV_JAVA_OPTS", opts)
	if err != nil {
		return Command{}, err
	}
	classes, err := i.classPath()
	if err != nil {
		return Command{}, &StockError{err}
	}
	classes += "::" + hadoopPaths(s.Conf, s.Env)
	if strings.ContainsAny(classes, " \t\n") {
		return Command{}, stock("the class path has blanks")
	}
	names, err := s.logNames(i)
	if err != nil {
		return Command{}, err
	}
	argv := append([]string{program}, jvm...)
	if s.Tuned {
		argv = append(argv, tuning(s.Service.Role, heap, s.ArchiveDir, append(user, jvm...), s.Env)...)
	}
	argv = append(argv, user...)
	argv = append(argv, names.flags(i.Conf)...)
	argv = append(argv, "-classpath", classes, s.Service.class)
	if s.Service.configDir {
		argv = append(argv, "--configDir", i.Conf)
	}
	for _, o := range dynamic {
		argv = append(argv, "-D", o.Key+"="+o.Value)
	}
	c := Command{Path: program, Argv: append(argv, s.Args...), Env: s.environment(i)}
	if names.redirected {
		c.Out, c.Err = names.prefix+".out", names.prefix+".err"
	}
	return c, nil
}

// memory returns the JVM's flags, those of JVM_ARGS first.
func (s Start) memory() (jvm []string, dynamic Options, heap int64, err error) {
	if jvm, err = shellWords("JVM_ARGS", s.Env.Get("JVM_ARGS")); err != nil {
		return
	}
	if s.Service.memory == nil {
		more, err := shellWords("FLINK_TM_JVM_MEM_OPTS", s.Env.Get("FLINK_TM_JVM_MEM_OPTS"))
		return append(jvm, more...), nil, 0, err
	}
	m, err := s.Service.memory(Layers{DynamicOptions(s.Args), s.Conf})
	if err != nil {
		return nil, nil, 0, &StockError{err}
	}
	return append(jvm, m.JVM...), m.Dynamic, m.Heap, nil
}

// environment is what config.sh exports and Flink or its logging reads.
func (s Start) environment(i Installation) Env {
	env := s.Env.
		With("FLINK_CONF_DIR", i.Conf).With("FLINK_BIN_DIR", i.Bin).With("FLINK_LIB_DIR", i.Lib).
		With("FLINK_PLUGINS_DIR", i.Plugins).With("FLINK_OPT_DIR", i.Opt)
	if env.Get("MAX_LOG_FILE_NUMBER") == "" {
		env = env.With("MAX_LOG_FILE_NUMBER", s.confOr("env.log.max", "10"))
	}
	if env.Get("ROOT_LOG_LEVEL") == "" {
		env = env.With("ROOT_LOG_LEVEL", s.confOr("env.log.level", "INFO"))
	}
	return env
}

func (s Start) confOr(key, def string) string {
	if v := confText(s.Conf, key); v != "" {
		return v
	}
	return def
}

// logNames is where a process logs to.
type logNames struct {
	prefix     string
	redirected bool
}

func (s Start) logNames(i Installation) (logNames, error) {
	dir := s.Env.Get("FLINK_LOG_DIR")
	if dir == "" {
		dir = s.confOr("env.log.dir", filepath.Join(i.Home, "log"))
	}
	pids := s.Env.Get("FLINK_PID_DIR")
	if pids == "" {
		pids = s.confOr("env.pid.dir", "/tmp")
	}
	ident := s.Env.Get("FLINK_IDENT_STRING")
	if ident == "" {
		ident = s.Env.Get("USER")
	}
	host := s.Env.Get("HOSTNAME")
	if host == "" {
		name, err := os.Hostname()
		if err != nil {
			return logNames{}, stock("host name: %v", err)
		}
		host = name
	}
	redirect := s.Env.Get("STD_REDIRECT_TO_FILE")
	if redirect == "" {
		redirect = s.confOr("env.stdout-err.redirect-to-file", "false")
	}
	id := register(pids, "flink-"+ident+"-"+s.Service.Name+".pid", s.PID)
	return logNames{
		prefix:     dir + "/flink-" + ident + "-" + s.Service.Name + "-" + strconv.Itoa(id) + "-" + host,
		redirected: redirect == "true",
	}, nil
}

func (n logNames) flags(conf string) []string {
	flags := []string{
		"-Dlog.file=" + n.prefix + ".log",
		"-Dlog4j.configuration=file:" + conf + "/log4j-console.properties",
		"-Dlog4j.configurationFile=file:" + conf + "/log4j-console.properties",
		"-Dlogback.configurationFile=file:" + conf + "/logback-console.xml",
	}
	if n.redirected {
		flags = append([]string{"-Dconsole.log.level=OFF"}, flags...)
	}
	return flags
}
