package sqltext

import "strings"

// statementNames are the statements of Flink 2.3's grammar (statementParserMethods of its
// Parser.tdd, the statements of Calcite's core that it keeps, and the SQL client's own
// commands) by their first words. What a statement of CREATE, DROP, ALTER, DESCRIBE or
// SHOW is about stands in objects.
var statementNames = []string{
	"ADD JAR", "ANALYZE TABLE", "BEGIN STATEMENT SET", "BEGIN", "CALL", "CLEAR",
	"COMPILE AND EXECUTE PLAN", "COMPILE PLAN", "DELETE", "END",
	"EXECUTE PLAN", "EXECUTE STATEMENT SET", "EXECUTE IMMEDIATE", "EXECUTE", "EXIT", "EXPLAIN",
	"HELP", "INSERT INTO", "INSERT OVERWRITE", "INSERT", "LOAD MODULE", "MERGE", "QUIT",
	"REMOVE JAR", "REPLACE TABLE", "RESET", "SELECT", "SET", "SOURCE", "STATEMENT SET", "STOP JOB",
	"TABLE", "TRUNCATE TABLE", "TRUNCATE", "UNLOAD MODULE", "UPDATE", "UPSERT", "USE CATALOG", "USE MODULES",
	"USE", "VALUES", "WITH",
}

// ofObjects are the statements that name the kind of what they are about.
var ofObjects = []string{"CREATE", "DROP", "ALTER", "DESCRIBE", "DESC", "SHOW"}

// objects may stand behind the words of ofObjects, each after any of qualifiers.
var (
	objects = []string{
		"CATALOGS", "CATALOG", "COLUMNS", "CONNECTIONS", "CONNECTION", "DATABASES", "DATABASE", "FUNCTIONS", "FUNCTION",
		"JARS", "JOBS", "JOB", "MATERIALIZED TABLES", "MATERIALIZED TABLE", "MODELS", "MODEL", "MODULES", "PARTITIONS", "PROCEDURES",
		"TABLES", "TABLE", "VIEWS", "VIEW",
	}
	qualifiers = []string{"OR REPLACE", "OR ALTER", "TEMPORARY", "SYSTEM", "USER", "FULL", "CURRENT", "CREATE"}
)

// Name is what a statement is called, for people: CREATE MATERIALIZED TABLE, TRUNCATE
// TABLE. A statement that Flink does not know is called by its first word; one that
// begins with no word has no name.
func (s Statement) Name() string {
	tokens, err := lex(s.Text)
	if err != nil || len(tokens) == 0 {
		return ""
	}
	for len(tokens) > 1 && tokens[0].in(s.Text) == "(" {
		tokens = tokens[1:]
	}
	if tokens[0].kind != word {
		return ""
	}
	if s.Kind == CreateTableAs {
		return strings.ToUpper(tokens[0].in(s.Text)) + tail(s.Text, tokens[1:]) + " … AS"
	}
	for _, verb := range ofObjects {
		if words(s.Text, tokens, verb) {
			return verb + tail(s.Text, tokens[1:])
		}
	}
	if name := firstWords(s.Text, tokens, statementNames); name != "" {
		return name
	}
	return strings.ToUpper(tokens[0].in(s.Text))
}

// tail are the qualifiers and the object that stand first in tokens, each with a blank
// before it.
func tail(src string, tokens []token) string {
	found := ""
	for {
		q := firstWords(src, tokens, qualifiers)
		if q == "" {
			break
		}
		found += " " + q
		tokens = tokens[len(strings.Fields(q)):]
	}
	if o := firstWords(src, tokens, objects); o != "" {
		found += " " + o
	}
	return found
}

// firstWords is the first of names with whose words the tokens begin.
func firstWords(src string, tokens []token, names []string) string {
	for _, name := range names {
		if words(src, tokens, strings.Fields(name)...) {
			return name
		}
	}
	return ""
}
