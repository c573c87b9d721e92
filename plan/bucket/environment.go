package bucket

import "os"

// environment reads one variable. It is the only such place in the package.
func environment(name string) string { return os.Getenv(name) }

// environmentRegion is the region that the AWS SDK would take from the
// environment.
func environmentRegion() string {
	if r := environment("AWS_REGION"); r != "" {
		return r
	}
	return environment("AWS_DEFAULT_REGION")
}
