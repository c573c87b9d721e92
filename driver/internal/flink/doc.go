// Package flink starts Flink's processes. It knows what Flink's own scripts and
// their helper class (BashJavaUtils) know: how config.yaml becomes options, how
// memory options become JVM flags, and what the java command line of a
// JobManager or TaskManager looks like. Where it is not sure to do exactly the
// same, it says so with a StockError, and the caller runs the scripts instead.
package flink
