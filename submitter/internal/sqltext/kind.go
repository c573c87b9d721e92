package sqltext

import "strings"

// Kind is what a statement is, by its first words. Its text is for people.
type Kind string

// The kinds.
const (
	Set                           Kind = "SET"
	Reset                         Kind = "RESET"
	Insert                        Kind = "INSERT" // INTO or OVERWRITE, also after EXECUTE
	StatementSet                  Kind = "STATEMENT SET"
	CreateTable                   Kind = "CREATE TABLE"
	CreateTemporaryTable          Kind = "CREATE TEMPORARY TABLE"
	CreateTableAs                 Kind = "CREATE TABLE AS" // also REPLACE TABLE AS
	CreateView                    Kind = "CREATE VIEW"
	CreateTemporaryView           Kind = "CREATE TEMPORARY VIEW"
	CreateFunction                Kind = "CREATE FUNCTION"
	CreateTemporaryFunction       Kind = "CREATE TEMPORARY FUNCTION"
	CreateTemporarySystemFunction Kind = "CREATE TEMPORARY SYSTEM FUNCTION"
	CreateModel                   Kind = "CREATE MODEL"
	CreateTemporaryModel          Kind = "CREATE TEMPORARY MODEL"
	CreateCatalog                 Kind = "CREATE CATALOG"
	CreateDatabase                Kind = "CREATE DATABASE"
	Use                           Kind = "USE"
	Module                        Kind = "MODULE" // LOAD MODULE, UNLOAD MODULE, USE MODULES
	AddJar                        Kind = "ADD JAR"
	Select                        Kind = "SELECT" // also WITH, VALUES, TABLE, EXECUTE SELECT
	Explain                       Kind = "EXPLAIN"
	Show                          Kind = "SHOW"
	Drop                          Kind = "DROP"
	Alter                         Kind = "ALTER"
	Truncate                      Kind = "TRUNCATE"
	Analyze                       Kind = "ANALYZE"
	Plan                          Kind = "PLAN" // COMPILE PLAN, EXECUTE PLAN, COMPILE AND EXECUTE PLAN
	Other                         Kind = "other"
)

// byFirstWord are the kinds that one word decides.
var byFirstWord = map[string]Kind{
	"SET": Set, "RESET": Reset, "INSERT": Insert,
	"SELECT": Select, "WITH": Select, "VALUES": Select, "TABLE": Select,
	"EXPLAIN": Explain, "SHOW": Show, "DROP": Drop, "ALTER": Alter, "USE": Use,
	"TRUNCATE": Truncate, "ANALYZE": Analyze,
	"COMPILE": Plan,
}

func classify(src string, tokens []token) Kind {
	switch {
	case words(src, tokens, "EXECUTE", "PLAN"):
		return Plan
	case words(src, tokens, "EXECUTE", "EXECUTE"):
		return Other
	case words(src, tokens, "EXECUTE"):
		switch kind := classify(src, tokens[1:]); kind {
		case Insert, StatementSet, Select:
			return kind
		}
		return Other
	case words(src, tokens, "STATEMENT", "SET"), words(src, tokens, "BEGIN", "STATEMENT", "SET"):
		return StatementSet
	case words(src, tokens, "CREATE"):
		return classifyCreate(src, tokens)
	case words(src, tokens, "REPLACE", "TABLE") && hasAs(src, tokens):
		return CreateTableAs
	case words(src, tokens, "USE", "MODULES"), words(src, tokens, "LOAD", "MODULE"), words(src, tokens, "UNLOAD", "MODULE"):
		return Module
	case words(src, tokens, "ADD", "JAR"):
		return AddJar
	}
	for len(tokens) > 0 && tokens[0].in(src) == "(" {
		tokens = tokens[1:]
	}
	if len(tokens) > 0 && tokens[0].kind == word {
		if kind, ok := byFirstWord[strings.ToUpper(tokens[0].in(src))]; ok {
			return kind
		}
	}
	return Other
}

func classifyCreate(src string, tokens []token) Kind {
	rest := tokens[1:]
	if words(src, rest, "OR", "REPLACE") || words(src, rest, "OR", "ALTER") {
		rest = rest[2:]
	}
	temporary := words(src, rest, "TEMPORARY")
	if temporary {
		rest = rest[1:]
	}
	pick := func(permanent, temporaryKind Kind) Kind {
		if temporary {
			return temporaryKind
		}
		return permanent
	}
	switch {
	case words(src, rest, "TABLE") && hasAs(src, rest):
		return CreateTableAs
	case words(src, rest, "TABLE"):
		return pick(CreateTable, CreateTemporaryTable)
	case words(src, rest, "VIEW"):
		return pick(CreateView, CreateTemporaryView)
	case words(src, rest, "FUNCTION"):
		return pick(CreateFunction, CreateTemporaryFunction)
	case words(src, rest, "SYSTEM", "FUNCTION"):
		return pick(Other, CreateTemporarySystemFunction)
	case words(src, rest, "MODEL"):
		return pick(CreateModel, CreateTemporaryModel)
	case words(src, rest, "CATALOG"):
		return pick(CreateCatalog, Other)
	case words(src, rest, "DATABASE"):
		return pick(CreateDatabase, Other)
	}
	return Other
}

// hasAs reports whether AS stands outside all brackets, as it does before the
// query of CREATE TABLE … AS; a computed column's stands inside.
func hasAs(src string, tokens []token) bool {
	depth := 0
	for _, t := range tokens {
		switch {
		case t.in(src) == "(":
			depth++
		case t.in(src) == ")":
			depth--
		case depth == 0 && t.is(src, "AS"):
			return true
		}
	}
	return false
}
