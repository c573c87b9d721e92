package bucket

import "time"

// SetPatience shortens how long a test waits for a silent store.
func SetPatience(b *Bucket, connect, stall time.Duration) {
	b.store.(*cloud).limits = patient{connect, stall}
}
