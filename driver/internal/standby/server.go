package standby

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server answers one address on the loopback interface, known only to the Flink
// that was started with it, with a script that may not exist yet.
type Server struct {
	URL string

	script   chan struct{} // closed when text is there
	text     string
	fetched  chan struct{} // closed when somebody asks
	asked    sync.Once
	released sync.Once
	http     *http.Server
}

// headerTimeout bounds how long a client may take to say what it wants.
const headerTimeout = 10 * time.Second

// Listen starts a server.
func Listen() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	path := "/" + rand.Text() + "/job.sql"
	s := &Server{
		URL:    "http://" + l.Addr().String() + path,
		script: make(chan struct{}), fetched: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, s.answer)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	s.asked.Do(func() { close(s.fetched) })
	select {
	case <-s.script:
		w.Header().Set("Content-Type", "application/sql; charset=utf-8")
		_, _ = io.WriteString(w, s.text) // a client that is gone needs none
	case <-r.Context().Done():
	}
}

// Asked is closed when Flink is up so far that it wants its script.
func (s *Server) Asked() <-chan struct{} { return s.fetched }

// Release gives out the script, to whoever waits and whoever asks later.
func (s *Server) Release(text string) {
	s.released.Do(func() {
		s.text = text
		close(s.script)
	})
}

// Close ends the server. Who waits for the script gets none.
func (s *Server) Close(ctx context.Context) error {
	select {
	case <-s.script:
		return s.http.Shutdown(ctx)
	default:
		return s.http.Close()
	}
}
