package sqltext

import (
	"regexp"
	"strings"
)

// Placeholder is one ${…} in a text.
type Placeholder struct {
	Offset, End int // bytes; End is after the closing brace
	// Scheme is "" for ${NAME}, else what stands before the colon: env, secret,
	// resource, or a word that means nothing.
	Scheme string
	Name   string // empty if what stands between the braces is not a name
	// Escaped is true for $${, which stands for the two characters ${; the rest
	// belongs to the text, so End is after the brace.
	Escaped bool
}

// placeholderName is what can stand between the braces.
var placeholderName = regexp.MustCompile(`^(?:([A-Za-z][A-Za-z0-9-]*):)?([A-Za-z_][A-Za-z0-9_.-]*)$`)

// maxPlaceholder is how far, in bytes, the closing brace may be away.
const maxPlaceholder = 256

// Placeholders finds every ${…} and $${ of a text, in order, wherever it stands.
func Placeholders(src string) []Placeholder {
	var found []Placeholder
	for i := 0; ; {
		n := strings.Index(src[i:], "${")
		if n < 0 {
			return found
		}
		start := i + n
		if start > i && src[start-1] == '$' {
			found = append(found, Placeholder{Offset: start - 1, End: start + 2, Escaped: true})
			i = start + 2
			continue
		}
		p := Placeholder{Offset: start, End: start + 2}
		rest := src[start+2 : min(len(src), start+2+maxPlaceholder)]
		if end := strings.IndexAny(rest, "}\r\n"); end >= 0 && rest[end] == '}' {
			if m := placeholderName.FindStringSubmatch(rest[:end]); m != nil {
				p.Scheme, p.Name = m[1], m[2]
			}
			p.End += end + 1
		}
		found = append(found, p)
		i = p.End
	}
}
