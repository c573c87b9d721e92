package dist

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// MinJava is the oldest Java that is used. Flink 2 itself runs from 11 on.
const MinJava = 17

// javaTimeout bounds `java -version`.
const javaTimeout = 30 * time.Second

// Java is a Java runtime on this machine.
type Java struct {
	Home    string // for JAVA_HOME
	Path    string // of the java program
	Version string // "17.0.15"
}

// FindJava looks for a Java of at least MinJava: JAVA_HOME, then PATH. The error
// says what was looked at and how to get one.
func FindJava(ctx context.Context, env func(string) string) (Java, error) {
	if env == nil {
		env = os.Getenv
	}
	var passed []string
	if home := env("JAVA_HOME"); home != "" {
		j, err := javaAt(ctx, filepath.Join(home, "bin", "java"))
		if err == nil {
			j.Home = home
			return j, nil
		}
		passed = append(passed, fmt.Sprintf("JAVA_HOME: %v", err))
	} else {
		passed = append(passed, "JAVA_HOME is not set")
	}
	if program := lookPath(env("PATH"), "java"); program != "" {
		j, err := javaAt(ctx, program)
		if err == nil {
			return j, nil
		}
		passed = append(passed, fmt.Sprintf("PATH: %v", err))
	} else {
		passed = append(passed, "there is no java in PATH")
	}
	return Java{}, fmt.Errorf("no Java %d or newer: %s; %s", MinJava, strings.Join(passed, ", "), javaRemedy())
}

func javaRemedy() string {
	return fmt.Sprintf("install one (Debian, Ubuntu: apt-get install openjdk-%d-jre-headless; Fedora: dnf install java-%d-openjdk-headless; macOS: brew install openjdk@%d) or set JAVA_HOME",
		MinJava, MinJava, MinJava)
}

var (
	releaseVersion = regexp.MustCompile(`(?m)^JAVA_VERSION="([^"]+)"`)
	printedVersion = regexp.MustCompile(`version "([^"]+)"`)
)

// javaAt learns the version of a java program from the file "release" of its
// home, else by asking it.
func javaAt(ctx context.Context, program string) (Java, error) {
	if info, err := os.Stat(program); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return Java{}, fmt.Errorf("%s is no program", program)
	}
	home := program
	if real, err := filepath.EvalSymlinks(program); err == nil {
		home = real
	}
	j := Java{Path: program, Home: filepath.Dir(filepath.Dir(home))}
	if data, err := os.ReadFile(filepath.Join(j.Home, "release")); err == nil {
		if m := releaseVersion.FindSubmatch(data); m != nil {
			j.Version = string(m[1])
		}
	}
	if j.Version == "" {
		ctx, cancel := context.WithTimeout(ctx, javaTimeout)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, "-version")
		cmd.WaitDelay = time.Second
		out, err := cmd.CombinedOutput()
		m := printedVersion.FindSubmatch(out)
		if m == nil {
			return Java{}, errors.Join(fmt.Errorf("%s -version says no version", program), err)
		}
		j.Version = string(m[1])
	}
	if major := javaMajor(j.Version); major < MinJava {
		return Java{}, fmt.Errorf("%s is Java %s", program, j.Version)
	}
	return j, nil
}

// javaMajor is 8 for "1.8.0_392", 17 for "17.0.15", 21 for "21-ea", 0 for nonsense.
func javaMajor(version string) int {
	fields := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if len(fields) == 0 || version[0] < '0' || version[0] > '9' {
		return 0
	}
	major, err := strconv.Atoi(fields[0])
	if err == nil && major == 1 && len(fields) > 1 {
		major, err = strconv.Atoi(fields[1])
	}
	if err != nil {
		return 0
	}
	return major
}

// lookPath is exec.LookPath over a given PATH.
func lookPath(path, name string) string {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && filepath.IsAbs(file) {
			return file
		}
	}
	return ""
}

// javaPackages are tried in this order.
var javaPackages = []string{"openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"}

// EnsureJava is FindJava, then an installation by apt-get where that is there
// and this process is root. Anywhere else the error says what to do.
func EnsureJava(ctx context.Context, env func(string) string, say func(string)) (Java, error) {
	if env == nil {
		env = os.Getenv
	}
	j, err := FindJava(ctx, env)
	if err == nil {
		return j, nil
	}
	apt := lookPath(env("PATH"), "apt-get")
	if apt == "" || os.Geteuid() != 0 {
		return Java{}, err
	}
	if aptErr := installJava(ctx, apt, env, say); aptErr != nil {
		return Java{}, fmt.Errorf("%w; apt-get could not install one: %w", err, aptErr)
	}
	return FindJava(ctx, env)
}

// installJava tries each package with the lists that are there, then with fresh
// ones.
func installJava(ctx context.Context, apt string, env func(string) string, say func(string)) error {
	run := func(args ...string) error {
		if say != nil {
			say("apt-get " + strings.Join(args, " "))
		}
		var out bytes.Buffer
		cmd := exec.CommandContext(ctx, apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "PATH="+env("PATH"))
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.WaitDelay = time.Second
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("apt-get %s: %w: %s", strings.Join(args, " "), err, lastLine(out.String()))
		}
		return nil
	}
	var last error
	for _, fresh := range []bool{false, true} {
		if fresh {
			if err := run("update"); err != nil {
				return err
			}
		}
		for _, name := range javaPackages {
			if last = run("install", "-y", "--no-install-recommends", name); last == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return last
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
