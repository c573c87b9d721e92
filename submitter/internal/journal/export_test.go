package journal

import "context"

// Kill ends a hold as the end of its process does: nothing is written or tidied up.
func Kill(h *Hold) {
	h.cancel(context.Canceled)
	<-h.done
}
