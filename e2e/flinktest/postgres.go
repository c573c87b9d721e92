package flinktest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Maven coordinates of Flink's JDBC connector for PostgreSQL, and of the driver.
var jdbcJars = []string{
	"org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0",
	"org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0",
	"org.postgresql:postgresql:42.7.7",
}

// JDBC returns the jars that a JDBC catalog over PostgreSQL needs. They are fetched
// once, from Maven Central.
func JDBC(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, coordinates := range jdbcJars {
		files = append(files, mavenJar(t, coordinates))
	}
	return files
}

// JDBCEnv is an environment in which Flink has these jars on its own class path. Jars of
// a session do not do: a gateway loads their classes anew for each statement, and a
// catalog's do not fit those of the next one.
func JDBCEnv(t testing.TB) []string {
	t.Helper()
	return []string{"HADOOP_CLASSPATH=" + strings.Join(JDBC(t), ":")}
}

// PostgresServer is a running PostgreSQL server with one empty database.
type PostgresServer struct {
	*Process
	BaseURL  string // jdbc:postgresql://127.0.0.1:port, as a JDBC catalog wants it
	Database string
	User     string // may do everything
	Password string

	port int
	bin  string // directory of the server's programs
	data string
}

// postgresBins is where Debian's package puts the programs, which are not in $PATH.
const postgresBins = "/usr/lib/postgresql/*/bin"

// Postgres starts a real PostgreSQL server for the test.
func Postgres(t testing.TB) *PostgresServer {
	t.Helper()
	s, err := newPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func newPostgres() (*PostgresServer, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "flink-postgres-")
	if err != nil {
		return nil, err
	}
	return &PostgresServer{
		BaseURL:  "jdbc:postgresql://" + net.JoinHostPort(loopback, strconv.Itoa(port)),
		Database: "shop", User: "flink", Password: rand.Text(), port: port, bin: bin, data: data,
	}, nil
}

func findPostgres() (string, error) {
	found, err := filepath.Glob(filepath.Join(postgresBins, "initdb"))
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("there is no PostgreSQL server in " + postgresBins + " or $PATH; e2e/prerequisites.sh installs Debian's package")
	}
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

// start makes the server's files and runs it. It does without what makes data outlive
// a crash, and writes nothing on its own account.
func (s *PostgresServer) start() error {
	id, err := unprivileged()
	if err != nil {
		return err
	}
	password := filepath.Join(s.data, "password")
	if err := os.WriteFile(password, []byte(s.Password), 0o600); err != nil {
		return err
	}
	if id != nil {
		if err := errors.Join(os.Chown(s.data, int(id.Uid), int(id.Gid)), os.Chown(password, int(id.Uid), int(id.Gid))); err != nil {
			return err
		}
	}
	files := filepath.Join(s.data, "files")
	initdb := s.program(id, "initdb", "-D", files, "-U", s.User, "--pwfile="+password, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err := run(initdb); err != nil {
		return err
	}
	server := s.program(id, "postgres", "-D", files, "-p", strconv.Itoa(s.port))
	for _, setting := range []string{"listen_addresses=" + loopback, "unix_socket_directories=", "fsync=off", "autovacuum=off"} {
		server.Args = append(server.Args, "-c", setting)
	}
	if s.Process, err = startProcess(server, s.data+".out"); err != nil {
		return err
	}
	err = s.await("PostgreSQL server at "+s.BaseURL, time.Minute, func() error { return s.client("pg_isready", "-q").Run() })
	if err != nil {
		return err
	}
	return run(s.client("createdb", s.Database))
}

// unprivileged is whom the server runs as: it refuses root. Nil: whoever runs the test.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// program is one of the server's, run as the server is.
func (s *PostgresServer) program(id *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.data
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: id}
	return cmd
}

// client is a program that talks to the server.
func (s *PostgresServer) client(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Env = append(os.Environ(), "PGHOST="+loopback, "PGPORT="+strconv.Itoa(s.port), "PGUSER="+s.User, "PGPASSWORD="+s.Password, "PGCONNECT_TIMEOUT=5")
	return cmd
}

// Query runs SQL in the database and returns its rows, one a line, without titles.
func (s *PostgresServer) Query(t testing.TB, sql string) string {
	t.Helper()
	return s.output(t, s.client("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", s.Database, "-c", sql))
}

// Snapshot is all that the server holds, schemas and data of all databases and roles
// included, and the number of its next transaction that writes. That one goes up even
// where what was written was undone again.
func (s *PostgresServer) Snapshot(t testing.TB) string {
	t.Helper()
	next := s.Query(t, "SELECT pg_snapshot_xmax(pg_current_snapshot())")
	dump := strings.Split(s.output(t, s.client("pg_dumpall")), "\n")
	dump = slices.DeleteFunc(dump, func(line string) bool { // their key is another each time
		return strings.HasPrefix(line, `\restrict `) || strings.HasPrefix(line, `\unrestrict `)
	})
	return fmt.Sprintf("next transaction %s%s", next, strings.Join(dump, "\n"))
}

func (s *PostgresServer) output(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Stop ends the server and deletes what it holds. SIGTERM would wait for clients.
func (s *PostgresServer) Stop() {
	if s.Process != nil {
		s.signal(syscall.SIGINT)
		select {
		case <-s.Done():
		case <-time.After(stopGrace):
			s.Kill()
		}
	}
	_ = os.RemoveAll(s.data) // a test's leftovers; nothing depends on it
	_ = os.Remove(s.data + ".out")
}
