package javatrace

import "strings"

// Site is the class of a trace's innermost exception and the method that threw it. The
// line is left out, and so is the message: it often holds the value that was wrong.
// Without any frame the message is all there is.
func Site(trace string) string {
	var root Cause
	method := ""
	for line := range strings.Lines(trace) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case isMarker(line):
		case isFrame(line):
			at, ok := strings.CutPrefix(strings.TrimLeft(line, "\t "), "at ")
			if ok && method == "" {
				method, _, _ = strings.Cut(at, "(")
			}
		case strings.HasPrefix(line, causedBy), root.Class == "" && root.Message == "" && strings.TrimSpace(line) != "":
			root, method = parse(strings.TrimPrefix(line, causedBy)), ""
		}
	}
	if method == "" {
		return strings.TrimSpace(root.Class + " " + root.Message)
	}
	return strings.TrimSpace(root.Class + " " + method)
}
