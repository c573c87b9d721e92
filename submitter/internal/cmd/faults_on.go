//go:build faults

package cmd

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"flink-sql-driver/submitter/internal/journal"
)

// atEntry sends this process a signal right after a journal entry, for the fault
// tests: SUBMITTER_FAULT_ENTRY=7 and SUBMITTER_FAULT_SIGNAL=9 or 19. Only a
// program built with the tag "faults" knows them.
func atEntry() func(journal.Entry) {
	n, err := strconv.ParseUint(os.Getenv("SUBMITTER_FAULT_ENTRY"), 10, 64)
	if err != nil {
		return nil
	}
	sig, err := strconv.Atoi(os.Getenv("SUBMITTER_FAULT_SIGNAL"))
	if err != nil {
		sig = int(syscall.SIGKILL)
	}
	return func(e journal.Entry) {
		if e.Number != n {
			return
		}
		fmt.Fprintf(os.Stderr, "fault: signal %d after entry %d (%s)\n", sig, n, e.Phase)
		if err := syscall.Kill(os.Getpid(), syscall.Signal(sig)); err != nil {
			panic(err)
		}
	}
}
