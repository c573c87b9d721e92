package launch_test

import (
	"testing"

	"flink-sql-driver/plan/launch"
)

func TestMasked(t *testing.T) {
	for key, want := range map[string]bool{
		"s3.secret-key": true, "fs.S3.Secret-Key": true, "user.PASSWORD": true, "X.PASSWORD": true, "properties.sasl.jaas.config": true,
		"a.jaas.config": true, "fs.azure.account.key.x": true, "s3.access-key": false, "pipeline.name": false, "": false,
	} {
		if got := launch.Masked(key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}
