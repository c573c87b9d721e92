package journal

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"os/user"

	"flink-sql-driver/plan/process"
)

// NewHolder describes this process as a holder, with a fresh nonce.
func NewHolder() Holder {
	h := Holder{Nonce: nonce(), PID: os.Getpid()}
	if me, err := process.Self(); err == nil {
		h.Start, h.Boot, h.PIDNamespace = me.Start, me.Boot, me.Namespace
	}
	h.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	return h
}

// ProcessGone reports whether it is proved that a holder's process has ended
// (process.Identity.Gone).
func ProcessGone(h Holder) bool {
	gone, _ := process.Identity{
		Number: process.Number{PID: h.PID, Start: h.Start},
		Place:  process.Place{Boot: h.Boot, Namespace: h.PIDNamespace},
	}.Gone()
	return gone
}

func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
