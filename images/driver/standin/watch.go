package main

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
)

// acceptKey is RFC 6455's constant, which proves that a server speaks WebSocket.
const acceptKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// watch sends what happens to pods, over the WebSocket that Flink's client asks for.
func (c *cluster) watch(w http.ResponseWriter, r *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok || r.Header.Get("Upgrade") != "websocket" {
		http.Error(w, "only over a WebSocket", http.StatusBadRequest)
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + acceptKey))
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	for err == nil {
		select {
		case <-c.ctx.Done():
			return
		case event := <-c.events:
			_, err = conn.Write(frame(event))
		}
	}
}

// frame is a text message as a server sends it: final, unmasked, with its length in
// as few bytes as it takes, or clients refuse it.
func frame(text []byte) []byte {
	const finalText, length16, length64 = 0x81, 126, 127
	head := []byte{finalText}
	switch n := len(text); {
	case n < length16:
		head = append(head, byte(n))
	case n <= math.MaxUint16:
		head = binary.BigEndian.AppendUint16(append(head, length16), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, length64), uint64(n))
	}
	return append(head, text...)
}
