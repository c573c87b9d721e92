// Command submitter runs Flink SQL jobs from manifests: it compiles them through
// a SQL Gateway, publishes the compiled plans in a bucket and launches one
// application cluster for each job.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"flink-sql-driver/submitter/internal/cmd"

	// The buckets this program can open.
	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cmd.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
