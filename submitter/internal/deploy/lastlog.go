package deploy

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// What is shown of a log, and how long it may take to come.
const (
	logBytes   = 256 << 10
	logTimeout = 30 * time.Second
)

// showLog shows what a launch logged that is about to be ended for not being well: some
// targets keep no log of what they have removed. It explains, so it fails nothing.
func (d *deployment) showLog(ctx context.Context, e *journal.Entry) {
	from, ok := d.Target.(target.Logger)
	if !ok || d.Log == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	var log tail
	err := from.Logs(ctx, RefOf(e.Name, *e.Launch), &log, false, "")
	if len(log) == 0 {
		if err != nil {
			d.tell(e.Name, e.Phase, err.Error())
		}
		return
	}
	if _, whole, cut := bytes.Cut(log, []byte("\n")); cut && len(log) == logBytes {
		log = whole // half a line may hold half a secret, which nothing would hide
	}
	fmt.Fprintf(d.Log, "%s: the end of launch %d's log:\n%s\n", e.Name, e.Launch.Number, d.hide(string(log)))
}

// tail keeps the last logBytes of what is written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if over := len(*t) - logBytes; over > 0 {
		*t = append((*t)[:0], (*t)[over:]...)
	}
	return len(p), nil
}
