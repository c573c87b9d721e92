package localize

import (
	"io"
	"time"
)

// watchdog calls a function when nothing has been read for a while.
type watchdog struct {
	timer *time.Timer
	after time.Duration
}

func newWatchdog(after time.Duration, bark func()) *watchdog {
	return &watchdog{time.AfterFunc(after, bark), after}
}

func (w *watchdog) stop() { w.timer.Stop() }

func (w *watchdog) reader(r io.Reader) io.Reader { return watched{r, w} }

type watched struct {
	r io.Reader
	w *watchdog
}

func (r watched) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.w.timer.Reset(r.w.after)
	}
	return n, err
}
