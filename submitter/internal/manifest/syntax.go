package manifest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mistake is what the YAML library says of a file, in words for whoever wrote it.
type mistake struct {
	begins string // the library's message begins so
	says   string // in its place; empty: as it is
	remedy string
	// find gives the offset of the mistake in its line, -1 if it is not found; nil:
	// the first character that is no blank.
	find func(line string) int
}

var mistakes = []mistake{
	{begins: "mapping values are not allowed", find: lastColon,
		remedy: "a text with ': ' in it must be put in quotes, and the lines of a mapping begin in the same column"},
	{begins: "found character that cannot start any token", find: badStart,
		says: "a text cannot begin with this character", remedy: "put the text in quotes"},
	{begins: "found unknown escape character", find: badEscape,
		says: "there is no such escape in double quotes", remedy: `write \\ for a backslash, or use single quotes`},
	{begins: "found unexpected end of stream", says: "a text in quotes does not end", remedy: "close the quote"},
	{begins: "found unexpected document indicator", says: "a text in quotes does not end before ---", remedy: "close the quote"},
	{begins: "did not find expected key", remedy: "the keys of a mapping begin in the same column, and each has a ':' and a blank behind it"},
	{begins: "could not find expected ':'", remedy: "each line of a mapping is written key: value"},
	{begins: "did not find expected '-' indicator", remedy: "the items of a list begin in the same column"},
	{begins: "did not find expected ',' or ']'", find: last("["), says: "the list is not closed", remedy: "write ] at its end and , between its items"},
	{begins: "did not find expected ',' or '}'", find: last("{"), says: "the mapping is not closed", remedy: "write } at its end and , between its items"},
	{begins: "did not find expected node content", says: "a value is missing or begins wrongly", remedy: "close every [ and {, and put a text with such characters in quotes"},
	{begins: "found incompatible YAML document", says: "this version of YAML is not known", remedy: "leave out the line %YAML"},
	{begins: "exceeded max depth", says: "it is nested too deeply", remedy: "write it out flat"},
	{begins: "exceeded max", says: "it is nested too deeply", remedy: "write it out flat"},
}

// yamlLine is how the library says where a problem is; it has no column.
var yamlLine = regexp.MustCompile(`^line (\d+): (.*)$`)

// unknownAnchor is said without a place.
var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

// syntaxProblem renders the library's error. Its parser, unlike its scanner,
// counts lines from 0.
func (f *yamlFile) syntaxProblem(err error) (at Position, message, suggestion string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		at := f.first(func(line string) int { return strings.Index(line, "*"+m[1]) })
		return at, "not valid YAML: no anchor is called '" + clip(m[1]) + "'", "write &" + clip(m[1]) + " before the value that is meant, or put a text that begins with * in quotes"
	}
	if strings.HasPrefix(message, "control characters are not allowed") {
		return f.first(controlCharacter), "not valid YAML: a control character", `leave it out, or write it as "\x07" in double quotes`
	}
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
		if strings.HasPrefix(message, "did not find expected") {
			line++
		}
	}
	line = min(line, max(1, len(f.lines)))
	text := f.line(line)
	if strings.HasPrefix(strings.TrimLeft(text, " "), "\t") {
		return f.place(line, strings.IndexByte(text, '\t')), "not valid YAML: a tab in the indentation", "indent with blanks"
	}
	if at, key, ok := f.dedented(line); ok {
		return at, "not valid YAML: this line is not part of '" + clip(key) + "', because it is indented less than that needs", "indent the whole text below that line alike, deeper than its key"
	}
	offset := -1
	for _, m := range mistakes {
		if !strings.HasPrefix(message, m.begins) {
			continue
		}
		if m.says != "" {
			message = m.says
		}
		if suggestion = m.remedy; m.find != nil {
			offset = m.find(text)
		}
		break
	}
	if offset >= 0 && text[offset] == '\t' {
		message, suggestion = "a tab where blanks belong", "indent with blanks"
	}
	if offset < 0 {
		offset = len(text) - len(strings.TrimLeft(text, " "))
	}
	return f.place(line, offset), "not valid YAML: " + message, suggestion
}

// place is the character at an offset of a line.
func (f *yamlFile) place(line, offset int) Position {
	return Position{File: f.name, Line: line, Column: utf8.RuneCountInString(f.line(line)[:offset]) + 1}
}

// first is the place that find sees first.
func (f *yamlFile) first(find func(line string) int) Position {
	for i, line := range f.lines {
		if offset := find(line); offset >= 0 {
			return f.place(i+1, offset)
		}
	}
	return Position{File: f.name, Line: 1}
}

var (
	// blockStart is a key whose value is the indented text below.
	blockStart = regexp.MustCompile(`^( *(?:- +)*)([A-Za-z][\w.-]*: *[|>][-+0-9]*)[ \t]*(?:#.*)?$`)
	plainKey   = regexp.MustCompile(`^ *(?:- +)*["']?[\w$.-]+["']?[ \t]*:(?:[ \t]|$)`)
)

// dedented finds the line before or at a mistake with which a text below key: | ended
// though it was meant to go on: it is no key.
func (f *yamlFile) dedented(mistake int) (at Position, key string, ok bool) {
	for n := mistake; n >= 1; n-- {
		m := blockStart.FindStringSubmatch(f.line(n))
		if m == nil {
			continue
		}
		needs := len(m[1]) + 1
		begun := false
		for i := n + 1; i <= mistake; i++ {
			text := strings.TrimRight(f.line(i), " \t\r")
			indent := len(text) - len(strings.TrimLeft(text, " "))
			switch {
			case text == "":
			case indent < needs:
				return f.place(i, indent), m[2], !plainKey.MatchString(text) && !strings.HasPrefix(text, "---") && text[indent] != '#'
			case !begun:
				begun, needs = true, indent
			}
		}
		return at, "", false
	}
	return at, "", false
}

func last(part string) func(string) int {
	return func(line string) int { return strings.LastIndex(line, part) }
}

// lastColon is the one that makes a second mapping of a line.
func lastColon(line string) int { return strings.LastIndex(strings.TrimSuffix(line, ":")+" ", ": ") }

var startOfText = regexp.MustCompile("(?:^|[ \t:,\\[{-])[ \t]*([@%`\t])")

func badStart(line string) int {
	if m := startOfText.FindStringSubmatchIndex(line); m != nil {
		return m[2]
	}
	return -1
}

func badEscape(line string) int {
	for i := 0; i+1 < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if c := line[i+1]; escapes[c] == "" && numericEscapes[c] == 0 && !strings.ContainsRune("NLP_", rune(c)) {
			return i
		}
		i++ // of two backslashes the second begins nothing
	}
	return -1
}

func controlCharacter(line string) int {
	return slices.IndexFunc([]byte(line), func(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f })
}
