// Package plan reads and compares Flink's compiled plans (FLIP-190): the JSON
// that COMPILE PLAN writes and EXECUTE PLAN runs. It also derives the ids that
// a job's clusters and Flink jobs carry. It knows no Flink process, bucket or
// command line; everything here is a function of its arguments.
package plan
