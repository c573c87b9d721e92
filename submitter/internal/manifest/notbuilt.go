package manifest

// notBuilt lists what the formats define and this version does not do yet: a key,
// or one value of a key. Whoever builds a thing takes its line out. Until then
// using it is an error that says so, and the JSON Schema leaves it out.
var notBuilt = []struct{ key, value string }{
	{"code", ""},
	{"session", ""},
	{"yarn", ""},
	{"state-ttl", ""},
	{"upgrade.map", ""},
	{"upgrade.hand-over", Warm},
	{"target", "session"},
	{"target", "yarn"},
	{"targets.*.flink-home", ""},
	{"targets.*.kind", "session"},
	{"targets.*.kind", "yarn"},
}

// built reports whether a key may be used at all and, with a value, whether it
// may have that value.
func built(key, value string) bool {
	for _, n := range notBuilt {
		if n.key == key && (n.value == "" || n.value == value) {
			return false
		}
	}
	return true
}
