// Package javatrace finds in a Java stack trace what a person wants to know: the
// class and the message of the root cause. Flink's REST APIs answer with traces
// as text and nothing else.
package javatrace

import (
	"regexp"
	"strings"
)

const (
	causedBy = "Caused by: "
	// maxCauses bounds the chain that is kept; Java's own are seldom longer than 10.
	maxCauses = 64
	// maxWrapped bounds the classes that are taken off one message, and maxClass the
	// bytes in which one is looked for, so that no text takes long to read.
	maxWrapped = 8
	maxClass   = 512
	// namesClass is the exception whose message is the name of a class that it lacks.
	namesClass = "ClassNotFoundException"
	// dumped begins what fabric8's client for Kubernetes adds to a message: the answer
	// once more, field by field.
	dumped = " Received status: "
)

// Cause is one exception of a chain.
type Cause struct {
	Class   string   // without its package; empty if the text names none
	Message string   // first line, without the class
	More    []string // further lines of the message
}

// class matches a qualified class name at the start of a message.
var class = regexp.MustCompile(`^(?:[\p{L}_$][\p{L}\p{N}_$]*\.)+([\p{L}_$][\p{L}\p{N}_$]*)(?::\s*|\s*$)`)

// Chain returns the exceptions of a trace, outermost first. It never fails: a text
// that is no trace is one Cause without a class.
func Chain(trace string) []Cause {
	var chain []Cause
	inMessage := false
	for line := range strings.Lines(trace) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case isMarker(line):
			inMessage = false
		case isFrame(line):
			inMessage = false
		case strings.HasPrefix(line, causedBy), len(chain) == 0 && strings.TrimSpace(line) != "":
			if len(chain) == maxCauses {
				return chain
			}
			chain = append(chain, parse(strings.TrimPrefix(line, causedBy)))
			inMessage = true
		case inMessage && strings.TrimSpace(line) != "":
			last := &chain[len(chain)-1]
			last.More = append(last.More, line)
		}
	}
	return chain
}

// Root returns the innermost exception that says something. One without a message
// (a bare NullPointerException) lends its class to the nearest one with a message.
func Root(chain []Cause) Cause {
	for i := len(chain) - 1; i >= 0; i-- {
		if chain[i].Message == "" {
			continue
		}
		root := chain[i]
		if i < len(chain)-1 {
			root.Class = chain[len(chain)-1].Class
		}
		return root
	}
	if len(chain) > 0 {
		return Cause{Class: chain[len(chain)-1].Class, Message: chain[len(chain)-1].Class}
	}
	return Cause{}
}

// Text is the message, with the class before it where it says little by itself, being
// a single word: "ClassNotFoundException: rockdb".
func (c Cause) Text() string {
	if c.Class == "" || c.Message == "" || c.Message == c.Class || strings.ContainsAny(c.Message, " \t") {
		return c.Message
	}
	return c.Class + ": " + c.Message
}

// OneLine is the root cause of a trace in one line, as Text has it.
func OneLine(trace string) string {
	return Root(Chain(trace)).Text()
}

// parse takes the class off a message, and those of exceptions that it wraps:
// "a.B: c.D: text" is a D that says text.
func parse(line string) Cause {
	c := Cause{Message: line}
	for range maxWrapped {
		m := class.FindStringSubmatch(c.Message[:min(len(c.Message), maxClass)])
		if m == nil {
			break
		}
		c.Class, c.Message = m[1], c.Message[len(m[0]):]
		if c.Class == namesClass {
			break
		}
	}
	c.Message, _, _ = strings.Cut(c.Message, dumped)
	c.Message = strings.TrimSpace(c.Message)
	if c.Message == "null" {
		c.Message = ""
	}
	return c
}

// isFrame tells stack frames and their kin from messages
// (java.lang.Throwable.printStackTrace).
func isFrame(line string) bool {
	t := strings.TrimLeft(line, "\t ")
	indented := len(t) < len(line)
	return indented && (strings.HasPrefix(t, "at ") || strings.HasPrefix(t, "... ") || strings.HasPrefix(t, "Suppressed: ") ||
		strings.HasPrefix(t, "[CIRCULAR REFERENCE"))
}

// isMarker tells the lines that Flink puts around a trace
// (org.apache.flink.runtime.rest.handler.AbstractHandler).
func isMarker(line string) bool {
	t := strings.TrimSpace(line)
	return t == "<Exception on server side:" || t == "End of exception on server side>"
}
