package sqltext

import (
	"slices"
	"strings"
)

// Definable is a kind of thing that a compiled plan does not hold whole.
type Definable string

// The definables.
const (
	FunctionObject       Definable = "function"
	SystemFunctionObject Definable = "system function"
	ModelObject          Definable = "model"
	CatalogObject        Definable = "catalog"
	ModuleObject         Definable = "module"
	ModulesObject        Definable = "modules" // the order of USE MODULES
	JarObject            Definable = "jar"
	TableObject          Definable = "table" // also a view
)

// Definition is a statement that makes, changes or removes an object.
type Definition struct {
	Object Definable
	Head   string   // what it does, in upper case: CREATE TEMPORARY FUNCTION
	Path   []string // its name as far as the statement writes it out; a function's in small letters, as Flink has it
	// Text is the statement without what makes no difference: white space and comments,
	// the case of keywords, the quotes of its name, the order of its options, IF EXISTS,
	// COMMENT, LANGUAGE JAVA.
	Text    string
	Class   string // of a function
	Files   []File
	Options []Option
}

// definables are the words that say what a definition is about.
var definables = map[string]Definable{
	"FUNCTION": FunctionObject, "MODEL": ModelObject, "CATALOG": CatalogObject, "TABLE": TableObject, "VIEW": TableObject,
	"MODULE": ModuleObject, "MODULES": ModulesObject, "JAR": JarObject,
}

// headWords may stand in a definition before the object's word.
var headWords = []string{"CREATE", "DROP", "ALTER", "OR", "REPLACE", "TEMPORARY", "SYSTEM", "LOAD", "UNLOAD", "USE", "ADD"}

// Definition reads a statement as a definition; not ok if it is none.
func (s Statement) Definition() (d Definition, ok bool) {
	tokens, err := lex(s.Text)
	if err != nil {
		return d, false
	}
	var head []string
	i := 0
	for ; i < len(tokens) && d.Object == ""; i++ {
		w := strings.ToUpper(tokens[i].in(s.Text))
		isObject := i > 0 && definables[w] != ""
		if tokens[i].kind != word || !isObject && !slices.Contains(headWords, w) {
			return d, false
		}
		head = append(head, w)
		if isObject {
			d.Object = definables[w]
		}
	}
	if d.Object == "" || head[0] == "USE" && d.Object != ModulesObject {
		return d, false
	}
	if d.Object == FunctionObject && slices.Contains(head, "SYSTEM") {
		d.Object = SystemFunctionObject
	}
	d.Head = strings.Join(head, " ")
	d.Files, d.Options = s.Files(), s.Options()
	rest := withoutExists(s.Text, tokens[i:])
	if d.Object != JarObject && d.Object != ModulesObject {
		if d.Path, rest, ok = cutPath(s.Text, rest); !ok {
			return d, false
		}
	}
	if d.Object == FunctionObject || d.Object == SystemFunctionObject {
		last := len(d.Path) - 1
		d.Path[last] = strings.ToLower(d.Path[last])
	}
	d.Class = class(s.Text, rest)
	d.Text = strings.Join(slices.DeleteFunc([]string{d.Head, QuotePath(d.Path...), d.normal(s.Text, rest)}, func(part string) bool { return part == "" }), " ")
	return d, true
}

func withoutExists(src string, tokens []token) []token {
	switch {
	case words(src, tokens, "IF", "NOT", "EXISTS"):
		return tokens[3:]
	case words(src, tokens, "IF", "EXISTS"):
		return tokens[2:]
	}
	return tokens
}

// cutPath reads the name that the tokens begin with.
func cutPath(src string, tokens []token) (path []string, rest []token, ok bool) {
	end := 1
	for end+1 < len(tokens) && tokens[end].in(src) == "." {
		end += 2
	}
	if end > len(tokens) {
		return nil, nil, false
	}
	path, err := Path(src[tokens[0].start:tokens[end-1].end])
	return path, tokens[end:], err == nil
}

func class(src string, tokens []token) string {
	if len(tokens) > 1 && tokens[0].is(src, "AS") && tokens[1].kind == text {
		return unquote(tokens[1].in(src))
	}
	return ""
}

// keywords are the words of a definition whose case makes no difference.
var keywords = []string{"AS", "LANGUAGE", "USING", "JAR", "ARTIFACT", "WITH", "INPUT", "OUTPUT", "COMMENT", "SET", "RESET", "RENAME", "TO"}

// normal writes what follows the name.
func (d Definition) normal(src string, tokens []token) string {
	var parts []string
	for i := 0; i < len(tokens); i++ {
		rest, t := tokens[i:], tokens[i]
		switch {
		case t.is(src, "COMMENT") && len(rest) > 1 && rest[1].kind == text,
			words(src, rest, "LANGUAGE", "JAVA"):
			i++
		case len(rest) > 1 && rest[1].in(src) == "(" && t.is(src, "WITH"):
			list, n := sortedOptions(src, rest[2:])
			parts = append(parts, "WITH ("+list+")")
			i += 1 + n
		case t.kind == word && slices.ContainsFunc(keywords, func(k string) bool { return t.is(src, k) }):
			parts = append(parts, strings.ToUpper(t.in(src)))
		default:
			parts = append(parts, t.in(src))
		}
	}
	return strings.Join(parts, " ")
}

// sortedOptions writes a list of options up to its closing bracket, and says how many
// tokens that are, the bracket included.
func sortedOptions(src string, tokens []token) (list string, n int) {
	var options []string
	var option []string
	for _, t := range tokens {
		n++
		in := t.in(src)
		if in == "," || in == ")" {
			if len(option) > 0 {
				options = append(options, strings.Join(option, " "))
			}
			option = nil
		} else {
			option = append(option, in)
		}
		if in == ")" {
			break
		}
	}
	slices.Sort(options)
	return strings.Join(options, ", "), n
}
