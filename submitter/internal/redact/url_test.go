package redact_test

import (
	"testing"

	"flink-sql-driver/submitter/internal/redact"
)

func TestURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://h/a/b.jar": "https://h/a/b.jar",
		"https://user:s3cret@h:8443/a.jar?X-Amz-Signature=s3cret&x=1#s3cret": "https://h:8443/a.jar",
		"https://s3cret@h/a.jar":                  "https://h/a.jar",
		"https://u:s3@cret@h/a.jar":               "https://h/a.jar",
		"https://h?token=s3cret":                  "https://h",
		"https://h/a%zz?sig=s3cret":               "https://h/a%zz", // not a URL that can be parsed
		"https://h/a.jar#s3cret?x":                "https://h/a.jar",
		"s3://b/k.jar?versionId=s3cret":           "s3://b/k.jar",
		"abfss://container@account.dfs/x/y":       "abfss://container@account.dfs/x/y",
		"abfss://container:s3cret@account.dfs/x":  "abfss://account.dfs/x",
		"/home/me/what?.sql":                      "/home/me/what?.sql",
		"maven:org.apache.flink:flink-table:2.3.": "maven:org.apache.flink:flink-table:2.3.",
	} {
		if got := redact.URL(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestURLs(t *testing.T) {
	for in, want := range map[string]string{
		`Get "https://u:s3cret@h/a?sig=s3cret": EOF`:                `Get "https://h/a": EOF`,
		"HTTPS://u:s3cret@h/a?sig=s3cret, and http://h/b?t=s3cret;": "HTTPS://h/a, and http://h/b;",
		"(see https://h/a?token=s3cret)":                            "(see https://h/a)",
		"s3://b?prefix=p/&endpoint=http://127.0.0.1:9000":           "s3://b?prefix=p/&endpoint=http://127.0.0.1:9000",
		"s3://key:s3cret@b/x":                                       "s3://b/x",
		"abfss://container@account/x":                               "abfss://container@account/x",
		"no address: at all?":                                       "no address: at all?",
	} {
		if got := redact.URLs(in); got != want {
			t.Errorf("%s:\n%s, want\n%s", in, got, want)
		}
	}
}
