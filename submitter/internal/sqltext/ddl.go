package sqltext

// Verb is what a statement does to the object that it names.
type Verb string

// The verbs.
const (
	VerbCreate   Verb = "CREATE"
	VerbReplace  Verb = "CREATE OR REPLACE" // also CREATE OR ALTER, REPLACE TABLE
	VerbDrop     Verb = "DROP"
	VerbAlter    Verb = "ALTER"
	VerbTruncate Verb = "TRUNCATE"
	VerbAnalyze  Verb = "ANALYZE"
)

// Object is the kind of object that a statement names.
type Object string

// The objects that Flink's grammar knows (parserImpls.ftl of 2.3).
const (
	ObjectCatalog           Object = "CATALOG"
	ObjectDatabase          Object = "DATABASE"
	ObjectTable             Object = "TABLE"
	ObjectMaterializedTable Object = "MATERIALIZED TABLE"
	ObjectView              Object = "VIEW"
	ObjectFunction          Object = "FUNCTION"
	ObjectModel             Object = "MODEL"
	ObjectConnection        Object = "CONNECTION"
)

// DDL is what a statement says before the details: what it does to which object.
type DDL struct {
	Verb   Verb
	Object Object
	// Temporary objects live in the session alone, whatever catalog their name has;
	// System ones have no catalog.
	Temporary, System bool
	IfExists          bool // IF EXISTS of DROP and ALTER
	IfNotExists       bool // IF NOT EXISTS of CREATE
	// Path is the object's name as it is written: one to three parts.
	Path []string
	// NameStart and NameEnd are where the name stands in the statement's text, in bytes.
	NameStart, NameEnd int
}

// DDL reads the head of a CREATE, DROP, ALTER, TRUNCATE or ANALYZE statement, word by
// word as Flink's grammar has them; not ok for every other statement, and where no
// name follows.
func (s Statement) DDL() (DDL, bool) {
	tokens, err := lex(s.Text)
	if err != nil {
		return DDL{}, false
	}
	r := ddlReader{src: s.Text, tokens: tokens}
	return r.read()
}

type ddlReader struct {
	src    string
	tokens []token
	ddl    DDL
}

// take drops the keywords if the rest begins with them.
func (r *ddlReader) take(keywords ...string) bool {
	if !words(r.src, r.tokens, keywords...) {
		return false
	}
	r.tokens = r.tokens[len(keywords):]
	return true
}

func (r *ddlReader) read() (DDL, bool) {
	switch {
	case r.take("CREATE", "OR", "REPLACE"), r.take("CREATE", "OR", "ALTER"):
		r.ddl.Verb = VerbReplace
	case r.take("CREATE"):
		r.ddl.Verb = VerbCreate
	case words(r.src, r.tokens, "REPLACE", "TABLE"):
		r.take("REPLACE")
		r.ddl.Verb = VerbReplace
	case r.take("DROP"):
		r.ddl.Verb = VerbDrop
	case r.take("ALTER"):
		r.ddl.Verb = VerbAlter
	case r.take("TRUNCATE"):
		r.ddl.Verb = VerbTruncate
	case r.take("ANALYZE"):
		r.ddl.Verb = VerbAnalyze
	default:
		return DDL{}, false
	}
	r.ddl.Temporary = r.take("TEMPORARY")
	r.ddl.System = r.take("SYSTEM")
	if !r.object() {
		return DDL{}, false
	}
	r.ddl.IfNotExists = r.take("IF", "NOT", "EXISTS")
	r.ddl.IfExists = r.take("IF", "EXISTS")
	return r.ddl, r.name()
}

func (r *ddlReader) object() bool {
	if r.take("MATERIALIZED", "TABLE") {
		r.ddl.Object = ObjectMaterializedTable
		return true
	}
	for _, o := range []Object{ObjectCatalog, ObjectDatabase, ObjectTable, ObjectView, ObjectFunction, ObjectModel, ObjectConnection} {
		if r.take(string(o)) {
			r.ddl.Object = o
			return true
		}
	}
	return false
}

// name reads the object's name: parts with dots between them.
func (r *ddlReader) name() bool {
	if len(r.tokens) == 0 {
		return false
	}
	n := 1
	for n+1 < len(r.tokens) && r.tokens[n].in(r.src) == "." {
		n += 2
	}
	r.ddl.NameStart, r.ddl.NameEnd = r.tokens[0].start, r.tokens[n-1].end
	var err error
	r.ddl.Path, err = Path(r.src[r.ddl.NameStart:r.ddl.NameEnd])
	return err == nil
}

// Renamed is the statement's text with another name for its object. Positions
// behind the name move.
func (s Statement) Renamed(d DDL, path ...string) string {
	return s.Text[:d.NameStart] + QuotePath(path...) + s.Text[d.NameEnd:]
}

// Used is what a USE statement makes current: a catalog, or a database by its path of
// one or two parts. It is not ok for USE MODULES and for every other statement.
func (s Statement) Used() (catalog string, database []string, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil || !words(s.Text, tokens, "USE") || len(tokens) < 2 || words(s.Text, tokens, "USE", "MODULES") {
		return "", nil, false
	}
	rest := tokens[1:]
	isCatalog := len(rest) > 1 && rest[0].is(s.Text, "CATALOG")
	if isCatalog {
		rest = rest[1:]
	}
	path, err2 := Path(s.Text[rest[0].start:rest[len(rest)-1].end])
	switch {
	case err2 != nil:
		return "", nil, false
	case isCatalog:
		return path[0], nil, len(path) == 1
	}
	return "", path, len(path) <= 2
}
