// Package flinktest starts what integration tests talk to: a real SQL Gateway,
// real JobManagers and TaskManagers, a real S3 server, and a proxy that spoils
// what the S3 server answers.
//
// Every function comes in two forms: Thing(t, …) fails the test and cleans up at
// its end; StartThing(…) returns an error and is for TestMain, whose callers stop
// what they started. Whatever is started ends with the test binary, also when
// that is killed.
//
// Environment: FLINK_HOME is the Flink 2.x distribution to use; it is never
// written to.
package flinktest
