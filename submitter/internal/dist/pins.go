package dist

import "strings"

// part is one package of a distribution and what is taken from it.
type part struct {
	name   string // for people
	sha256 string
	size   int64 // bytes
	python string
	file   string // of a Python project: the wheel's file name
	maven  string // coordinates; then the file itself is placed
	// take maps a name inside a wheel to its place in the distribution; empty:
	// not wanted.
	take func(name string) string
	// place is where a Maven artifact goes.
	place string
}

// pinned are the packages of each version that can be installed. The wheel of
// apache-flink is one of many, one for each Python and platform; the directories
// wanted from it are the same in all of them.
var pinned = map[string][]part{
	"2.3.0": {
		{
			name:   "apache-flink 2.3.0",
			sha256: "0e5f612704de1610b153e919c0564b62ad513cddfcf4960f5a021658cdf41a13",
			size:   2838429,
			python: "apache-flink",
			file:   "apache_flink-2.3.0-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
			take:   under("bin/", "conf/", "log/"),
		},
		{
			name:   "apache-flink-libraries 2.3.0",
			sha256: "38ece876553286b3a285cf344c2d2038f8a7ca10da5df54d5107250386d64151",
			size:   329139814,
			python: "apache-flink-libraries",
			file:   "apache_flink_libraries-2.3.0-py2.py3-none-any.whl",
			take:   under("lib/", "opt/", "plugins/", "licenses/", "bin/bash-java-utils.jar"),
		},
		{
			name:   "flink-sql-gateway 2.3.0",
			sha256: "aad296a152dc367ddd70727f5a57dd61958cff3d8dceb1f947bf8d9705c8d724",
			size:   1045635,
			maven:  "org.apache.flink:flink-sql-gateway:2.3.0",
			place:  "opt/flink-sql-gateway-2.3.0.jar",
		},
		{
			// Of Flink's S3 file systems this is the one that was run with checkpoints,
			// savepoints and high availability; it is half the size of the Hadoop one.
			name:   "flink-s3-fs-native 2.3.0",
			sha256: "3303f30df108182f5473c24ac54a84f4ff9466357a3bd8267c0b377d90b82735",
			size:   15525819,
			maven:  "org.apache.flink:flink-s3-fs-native:2.3.0",
			place:  "plugins/flink-s3-fs-native/flink-s3-fs-native-2.3.0.jar",
		},
	},
}

// wheelRoot is the directory of a wheel that Flink's files are in.
const wheelRoot = "pyflink/"

// under takes the named files and directories below the wheel's root.
func under(wanted ...string) func(string) string {
	return func(name string) string {
		name, ok := strings.CutPrefix(name, wheelRoot)
		if !ok {
			return ""
		}
		for _, w := range wanted {
			if name == w || strings.HasSuffix(w, "/") && strings.HasPrefix(name, w) {
				return name
			}
		}
		return ""
	}
}
