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

func TestMaskedVariable(t *testing.T) {
	for name, want := range map[string]bool{
		"DB_PASSWORD": true, "DB_API_KEY": true, "DB_PASSWD": true, "DB_PWD": true, "TLS_PRIVATE_KEY": true, "KEY_PASSPHRASE": true,
		"PWD": false, "DB_USER": false, "GOOGLE_APPLICATION_CREDENTIALS": false,
	} {
		if got := launch.MaskedVariable(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
