package flinktest

import (
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	s3AccessKey = "test-access-key"
	s3Bucket    = "test"
	s3Region    = "us-east-1" // versitygw's default; it refuses requests signed for another one
	versitygw   = "github.com/versity/versitygw/cmd/versitygw"
)

// S3Server is a running versitygw with one empty bucket. Buckets are directories
// below Root and objects are plain files.
type S3Server struct {
	*Process
	Endpoint  string // http://127.0.0.1:port
	AccessKey string
	SecretKey string
	Region    string
	Bucket    string
	Root      string

	dir string
	arg []string
}

// S3User is somebody beside the owner of the bucket, with no rights to begin with;
// see Allow.
type S3User struct{ AccessKey, SecretKey string }

// S3 starts a real S3 server with an empty bucket for the test.
func S3(t testing.TB, users ...S3User) *S3Server {
	t.Helper()
	return stopping(t)(StartS3(users...))
}

// S3At is S3 on an address of this machine that others reach, too.
func S3At(t testing.TB, host string) *S3Server {
	t.Helper()
	return stopping(t)(startS3(host))
}

func stopping(t testing.TB) func(*S3Server, error) *S3Server {
	return func(s *S3Server, err error) *S3Server {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Stop)
		return s
	}
}

// loopback is where nobody but this machine's own processes gets.
const loopback = "127.0.0.1"

// StartS3 is S3 for TestMain. The first call on a machine builds the server, which
// takes a minute or two.
func StartS3(users ...S3User) (*S3Server, error) { return startS3(loopback, users...) }

func startS3(host string, users ...S3User) (*S3Server, error) {
	binary, err := cached("versitygw-v1.8.0", buildVersitygw)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "flink-s3-")
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	s := &S3Server{
		Endpoint: "http://" + address, AccessKey: s3AccessKey, SecretKey: rand.Text(),
		Region: s3Region, Bucket: s3Bucket, Root: filepath.Join(dir, "root"), dir: dir,
	}
	if err := os.MkdirAll(filepath.Join(s.Root, s3Bucket), 0o700); err != nil {
		return nil, err
	}
	s.arg = []string{binary, "--port", address, "--quiet", "--keep-alive", "--health", "/health"}
	if len(users) > 0 {
		iam := filepath.Join(dir, "iam")
		if err := writeUsers(iam, users); err != nil {
			return nil, err
		}
		s.arg = append(s.arg, "--iam-dir", iam)
	}
	s.arg = append(s.arg, "posix", s.Root)
	if err := s.start(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *S3Server) start() error {
	cmd := exec.Command(s.arg[0], s.arg[1:]...)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.AccessKey, "ROOT_SECRET_KEY="+s.SecretKey)
	p, err := startProcess(cmd, filepath.Join(s.dir, "s3.out"))
	if err != nil {
		return err
	}
	s.Process = p
	return p.await("S3 server at "+s.Endpoint, time.Minute, func() error { return get(s.Endpoint + "/health") })
}

// Restart ends the server, if it still runs, and starts it again at its address
// with what it holds.
func (s *S3Server) Restart() error {
	s.Process.Kill()
	return s.start()
}

// Stop ends the server and deletes what it holds.
func (s *S3Server) Stop() {
	if s.Process != nil {
		s.Process.Stop()
	}
	_ = os.RemoveAll(s.dir) // a test's leftovers; nothing depends on it
}

// BucketURL is the bucket as gocloud.dev opens it, at the server or at a proxy
// before it. Credentials come from the environment, see Env.
func (s *S3Server) BucketURL(endpoint string) string {
	return "s3://" + s.Bucket + "?endpoint=" + endpoint + "&region=" + s.Region + "&use_path_style=true"
}

// Env is what the AWS SDK needs in its environment.
func (s *S3Server) Env() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + s.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s.SecretKey,
		"AWS_REGION=" + s.Region, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// FlinkConf are the options with which Flink reaches the bucket; see S3Plugin.
func (s *S3Server) FlinkConf(endpoint string) map[string]string {
	return map[string]string{
		"s3.endpoint": endpoint, "s3.path-style-access": "true", "s3.path.style.access": "true",
		"s3.access-key": s.AccessKey, "s3.secret-key": s.SecretKey, "s3.region": s.Region,
	}
}

// S3Plugin returns a plugin directory with Flink's S3 file system, fetched once
// from Maven Central by mvn, for GatewayOptions.Plugins.
func S3Plugin(t testing.TB) string {
	t.Helper()
	version, err := Version(Home(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := cached(filepath.Join("flink-"+version, "s3-fs-native"), func(path string) error {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		return run(exec.Command("mvn", "-q", "-B", "dependency:copy", "-Dartifact=org.apache.flink:flink-s3-fs-native:"+version,
			"-DoutputDirectory="+path))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// buildVersitygw builds the server from the module e2e/tools, which keeps its many
// dependencies out of ours.
func buildVersitygw(path string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, versitygw)
	cmd.Dir = filepath.Join(root, "e2e", "tools")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return run(cmd)
}
