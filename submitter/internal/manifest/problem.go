package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"flink-sql-driver/submitter/internal/redact"
)

// Problem is one thing that is wrong in one place.
type Problem struct {
	At         Position
	Message    string
	Suggestion string // what to do; may be empty
}

func (p Problem) String() string {
	s := p.Message
	if at := p.At.String(); at != "" {
		s = at + ": " + s
	}
	if p.Suggestion != "" {
		s += "; " + p.Suggestion
	}
	return visible(s)
}

// visible spells out what would drive a terminal, break the line or not be seen:
// much of a message may come from a file that nobody has looked at yet.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// Error is every problem of every file, in the order of the files' names.
type Error struct{ Problems []Problem }

// Error renders one problem on each line.
func (e *Error) Error() string {
	all := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		all[i] = p.String()
	}
	return strings.Join(all, "\n")
}

// report collects problems.
type report struct {
	problems []Problem
	// warnings are of what may be meant as it is.
	warnings []Problem
	// told are values whose type is wrong already: what else is wrong with them, or
	// that they are missing, would be noise.
	told map[Position]bool
}

func (r *report) add(at Position, message, suggestion string) {
	if !r.told[at] {
		r.problems = append(r.problems, Problem{at, redact.URLs(message), redact.URLs(suggestion)})
	}
}

// warn tells of what may be meant as it is.
func (r *report) warn(at Position, message, suggestion string) {
	r.warnings = append(r.warnings, Problem{at, message, suggestion})
}

// absorb takes over what a decoder found.
func (r *report) absorb(found []Problem) {
	r.told = nil
	r.problems = append(r.problems, found...)
	told := map[Position]bool{}
	for _, p := range found {
		told[p.At] = true
	}
	r.told = told
}

// err sorts the problems and drops those that were found twice, as a problem of
// a template is under every manifest. Nil if there are none.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return &Error{Problems: fewer(inOrder(r.problems))}
}

// inOrder sorts problems by their places, and drops those that stand twice.
func inOrder(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.At.File, b.At.File),
			cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Column, b.At.Column),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Suggestion, b.Suggestion),
		)
	})
	return slices.Compact(problems)
}

// fewer drops what one file has more than a person reads.
func fewer(problems []Problem) []Problem {
	var kept []Problem
	for len(problems) > 0 {
		file := problems[0].At.File
		n := slices.IndexFunc(problems, func(p Problem) bool { return p.At.File != file })
		if n < 0 {
			n = len(problems)
		}
		kept = append(kept, problems[:min(n, maxProblems)]...)
		if n > maxProblems {
			kept = append(kept, Problem{Position{File: file}, fmt.Sprintf("%d more problems in this file are not shown", n-maxProblems), ""})
		}
		problems = problems[n:]
	}
	return kept
}

// didYouMean names the known word nearest to what was written, or nothing.
func didYouMean(written string, known []string) string {
	best := nearest(written, known)
	if best == "" {
		return ""
	}
	return "did you mean '" + best + "'?"
}

// nearest is the known word that was probably meant; empty if there is none.
func nearest(written string, known []string) string {
	best, bestDistance := "", max(1, len(written)/3)+1
	for _, k := range known {
		d := distance(plainForm(written), plainForm(k))
		if d < bestDistance || d == bestDistance && best != "" && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// plainForm makes sql_file, sqlFile and SQL-File the same.
func plainForm(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}

// longestWord bounds the work of distance.
const longestWord = 64

// distance is the number of characters to insert, drop, replace or swap with
// their neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > longestWord || len(y) > longestWord {
		return len(x) + len(y)
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
