package local

import (
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// Config says where and with what launches run.
type Config struct {
	// Root is the directory, absolute, that everything is kept in (.flink-sql).
	Root string
	// Name is the target's; default "local".
	Name string
	// FlinkHome and FlinkVersion are the distribution (dist.Home).
	FlinkHome    string
	FlinkVersion string
	// JavaHome is the Java to use; default: dist.FindJava.
	JavaHome string
	// DriverPath is the driver program.
	DriverPath string
	// SubmitterPath is a program that calls Supervise for the arguments
	// "local supervise <directory>".
	SubmitterPath string
	// StockStart runs Flink's own scripts, untuned.
	StockStart bool
	// Options are Flink options for every launch and for the SQL Gateway, such as
	// s3.endpoint; never a secret: credentials are taken from Environ.
	Options map[string]string
	// Environ is the environment that launches inherit some of (see passed);
	// default: this process's.
	Environ []string
	// ArchiveDir is where class archives are; default: flink-sql/class-archives in
	// the user's cache.
	ArchiveDir string
	// GatewayPatience is how long a SQL Gateway that runs may take to answer before
	// it counts as hung; default 20 s.
	GatewayPatience time.Duration
	// GatewayStart is how long a SQL Gateway may take to start; default 2 minutes.
	GatewayStart time.Duration
	// Tell hears who is waited for, where that takes longer than a few seconds; may be
	// nil.
	Tell func(text string)
}

// Listed is one launch on this machine.
type Listed struct {
	Ref         target.Ref
	Observation target.Observation
	REST, RPC   int   // ports; 0: none chosen yet
	Memory      int64 // what its processes take, in bytes (resident)
	Processes   int
}
