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
// tests: SUBMITTER_FAULT_ENTRY=7, or SUBMITTER_FAULT_PHASE=decided for the first of that
// phase, and SUBMITTER_FAULT_SIGNAL=9 or 19. Only a program built with the tag "faults"
// knows them.
func atEntry() func(journal.Entry) {
	phase := journal.Phase(os.Getenv("SUBMITTER_FAULT_PHASE"))
	n, err := strconv.ParseUint(os.Getenv("SUBMITTER_FAULT_ENTRY"), 10, 64)
	if err != nil && phase == "" {
		return nil
	}
	sig, err := strconv.Atoi(os.Getenv("SUBMITTER_FAULT_SIGNAL"))
	if err != nil {
		sig = int(syscall.SIGKILL)
	}
	return func(e journal.Entry) {
		if e.Number != n && e.Phase != phase {
			return
		}
		fmt.Fprintf(os.Stderr, "fault: signal %d after entry %d (%s)\n", sig, e.Number, e.Phase)
		if err := syscall.Kill(os.Getpid(), syscall.Signal(sig)); err != nil {
			panic(err)
		}
	}
}
