package flinktest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	kafkaVersion = "4.1.1"
	kafkaHeap    = "-Xmx384m"
	// clusterID is any UUID in Kafka's spelling; a broker is formatted with one.
	clusterID = "Zmxpbmstc3FsLWRyaXZlcg"
	// KafkaUser is who may use a broker's second listener.
	KafkaUser = "flink"
)

// KafkaBroker is a running Apache Kafka broker of one node.
type KafkaBroker struct {
	*Process
	// Servers is the address of the listener that asks nobody for a password.
	Servers string
	// SASL is the address of the one that wants KafkaUser's password (PLAIN).
	SASL string

	dir     string
	classes string
}

// Kafka starts a real broker for the test. Topics are made with two partitions
// when they are first used. password is KafkaUser's on the second listener.
func Kafka(t testing.TB, password string) *KafkaBroker {
	t.Helper()
	k, err := startKafka(t.TempDir(), password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Stop)
	return k
}

func startKafka(dir, password string) (*KafkaBroker, error) {
	lib, err := cached("kafka-"+kafkaVersion, fetchKafka)
	if err != nil {
		return nil, err
	}
	k := &KafkaBroker{dir: dir, classes: filepath.Join(lib, "*")}
	var ports [3]int
	for i := range ports {
		if ports[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	k.Servers, k.SASL = loopbackPort(ports[0]), loopbackPort(ports[1])
	conf := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(conf, []byte(k.properties(ports, password)), 0o600); err != nil {
		return nil, err
	}
	if err := run(k.java("kafka.tools.StorageTool", "format", "-t", clusterID, "-c", conf)); err != nil {
		return nil, err
	}
	if k.Process, err = startProcess(k.java("kafka.Kafka", conf), filepath.Join(dir, "kafka.out")); err != nil {
		return nil, err
	}
	err = k.await("Kafka broker at "+k.Servers, time.Minute, func() error {
		c, err := net.Dial("tcp", k.Servers)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	if err != nil {
		k.Stop()
		return nil, err
	}
	return k, nil
}

func loopbackPort(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

func (k *KafkaBroker) properties(ports [3]int, password string) string {
	controller := loopbackPort(ports[2])
	return strings.Join([]string{
		"process.roles=broker,controller",
		"node.id=1",
		"controller.quorum.voters=1@" + controller,
		"listeners=PLAINTEXT://" + k.Servers + ",SASL_PLAINTEXT://" + k.SASL + ",CONTROLLER://" + controller,
		"advertised.listeners=PLAINTEXT://" + k.Servers + ",SASL_PLAINTEXT://" + k.SASL,
		"controller.listener.names=CONTROLLER",
		"listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
		"sasl.enabled.mechanisms=PLAIN",
		"listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_" +
			KafkaUser + `="` + password + `";`,
		"log.dirs=" + filepath.Join(k.dir, "data"),
		"num.partitions=2",
		"offsets.topic.num.partitions=1",
		"offsets.topic.replication.factor=1",
		"transaction.state.log.num.partitions=1",
		"transaction.state.log.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"group.initial.rebalance.delay.ms=0",
		"",
	}, "\n")
}

func (k *KafkaBroker) java(class string, args ...string) *exec.Cmd {
	cmd := exec.Command("java", append([]string{kafkaHeap, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", k.classes, class}, args...)...)
	cmd.Dir = k.dir
	return cmd
}

// Read returns the values of a topic's committed records, in order for each key:
// those that come before nothing has come for quiet.
func (k *KafkaBroker) Read(t testing.TB, topic string, quiet time.Duration) []string {
	t.Helper()
	cmd := k.java("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", k.Servers, "--topic", topic,
		"--from-beginning", "--timeout-ms", fmt.Sprint(quiet.Milliseconds()),
		"--isolation-level", "read_committed")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("reading topic %s: %v\n%s%s", topic, err, out, errs.String())
	}
	return slices.Collect(strings.Lines(string(out)))
}

// fetchKafka brings the broker and its tools from Maven Central.
func fetchKafka(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	project, err := os.MkdirTemp("", "kafka-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(project)
	pom := filepath.Join(project, "pom.xml")
	if err := os.WriteFile(pom, []byte(kafkaPOM), 0o600); err != nil {
		return err
	}
	return run(exec.Command("mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DoutputDirectory="+path))
}

const kafkaPOM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + kafkaVersion + `</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>` + kafkaVersion + `</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`
