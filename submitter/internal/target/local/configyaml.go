//go:build linux

package local

import (
	"os"
	"path/filepath"

	"flink-sql-driver/submitter/internal/flinkconf"
)

// logConf is log4j's configuration of every Flink process: one file, bounded,
// and nothing on the console, which is for what the job itself prints. The file
// is named by the environment because all processes share the directory.
const logConf = `# Written for one launch; changes are lost.
rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}
rootLogger.appenderRef.file.ref = File

appender.file.name = File
appender.file.type = RollingFile
appender.file.append = true
appender.file.fileName = ${env:FLINK_SQL_LOG}
appender.file.filePattern = ${env:FLINK_SQL_LOG}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3

logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
`

// logConfNames are the names under which Flink's scripts and the driver look.
var logConfNames = []string{"log4j-console.properties", "log4j.properties"}

// writeConf writes a configuration directory.
func writeConf(dir string, options map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := flinkconf.Marshal(options)
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, "config.yaml"), data); err != nil {
		return err
	}
	for _, name := range logConfNames {
		if err := replaceFile(filepath.Join(dir, name), []byte(logConf)); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
