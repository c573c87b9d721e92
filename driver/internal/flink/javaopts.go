package flink

import (
	"strconv"
	"strings"
)

// maxJavaWithoutSecurityManagerFlag is the last Java release that config.sh
// starts without -Djava.security.manager=allow.
const maxJavaWithoutSecurityManagerFlag = 17

// javaOptions works out FLINK_ENV_JAVA_OPTS as config.sh and the start scripts
// do: what all processes get, then what this role gets. A variable that is set
// stands in for the options of config.yaml.
func javaOptions(conf Source, env Env, role Role, javaRelease string) (string, error) {
	all := env.Get("FLINK_ENV_JAVA_OPTS")
	if all == "" {
		own := confText(conf, "env.java.opts.all")
		if own == "" {
			own = confText(conf, "env.java.opts")
		}
		all = "-XX:+IgnoreUnrecognizedVMOptions " + confText(conf, "env.java.default-opts.all") + " " + own
		release, err := strconv.Atoi(javaRelease)
		if err != nil {
			return "", stock("release %q of Java is not a number", javaRelease)
		}
		if release > maxJavaWithoutSecurityManagerFlag {
			all += " -Djava.security.manager=allow"
		}
	}
	variable := "FLINK_ENV_JAVA_OPTS_JM"
	if role == TaskManager {
		variable = "FLINK_ENV_JAVA_OPTS_TM"
	}
	mine := env.Get(variable)
	if mine == "" {
		mine = confText(conf, "env.java.default-opts."+string(role)) + " " + confText(conf, "env.java.opts."+string(role))
	}
	return strings.TrimSpace(all + " " + mine), nil
}

func confText(conf Source, key string) string {
	v, _ := conf.Get(key)
	return strings.TrimSpace(v)
}

// shellWords splits text that a script leaves unquoted (and even evaluates). Text
// in which a shell would find more than words is left to the shell.
func shellWords(name, text string) ([]string, error) {
	words := strings.Fields(text)
	for _, w := range words {
		if strings.ContainsAny(w, "$`\"'\\;&|<>(){}[]*?!\x00") || w[0] == '~' || w[0] == '#' {
			return nil, stock("%s has %q, which is for a shell to expand", name, w)
		}
	}
	return words, nil
}
