package compile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/manifest"
)

// encountered is how Calcite's parser names a word that it cannot go on with.
var encountered = regexp.MustCompile(`^Encountered "([A-Za-z_][A-Za-z_ ]*)"$`)

// identifier is its name for any word that is not reserved.
const identifier = "<IDENTIFIER>"

// unparsed says what may be wrong with a word that the parser did not expect; nil if
// nothing is known.
func unparsed(e *Error, refused *gateway.Error) error {
	m := encountered.FindStringSubmatch(refused.Cause)
	if m == nil {
		return nil
	}
	word, _, _ := strings.Cut(m[1], " ")
	there := *e
	if slices.Contains(refused.Expected, identifier) {
		there.Cause = fmt.Sprintf("%s, which is a reserved word: if it is meant as a name, write it in back-quotes: `%s`", refused.Cause, word)
		return &there
	}
	meant := manifest.DidYouMean(word, refused.Expected)
	if meant == "" {
		return nil
	}
	there.Cause = refused.Cause + "; " + meant
	return &there
}
