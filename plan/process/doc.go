// Package process names processes so that a name never comes to mean another
// process: by number, start time, boot and pid namespace. The fence and the
// journal's take-over rest on its proof that a process is gone.
//
// # What counts as proof
//
// Numbers are used again, so one alone says nothing. A number and a start time
// (clock ticks since boot, field 22 of proc_pid_stat(5)) name one process of one
// boot; exec keeps both. Which boot is told by the kernel's boot id, and where the
// number counts by the pid namespace, since containers of one machine share the
// rest. Host names prove nothing: two machines may share one.
//
// A process is gone only if boot and namespace are ours and the kernel, asked both
// for its /proc entry and for a signal's addressee, knows no such number, or knows
// it as another process or as one that has ended. Whatever cannot be told is not
// gone. Of another boot nothing can be told here: the boot id may be another
// machine's.
//
// Outside Linux no process has an identity, so none is ever proved to be gone.
package process
