package release

// ConfigVersion is the version of the driver config that this code writes and
// the only one it reads.
const ConfigVersion = 1

// Config is the driver config: everything but the plan that the driver needs to
// run a job (the "sql-config" of FLIP-316). It is part of the immutable release,
// so it holds nothing that belongs to one launch, and secrets only by name.
type Config struct {
	Version int `json:"version"`
	Run     Run `json:"run"`
	// Init are statements executed before the plan, in order: functions, catalogs
	// and modules that a compiled plan refers to by name only. Flink echoes them
	// to its log, so they never contain a secret.
	Init      []string   `json:"init,omitempty"`
	Resources []Resource `json:"resources,omitempty"`
	// Catalogs are there before Init: the driver gives them to Flink in files of its
	// catalog store, since their options mention secrets, and Flink would repeat the
	// statements. Init then creates none.
	Catalogs []Catalog `json:"catalogs,omitempty"`
	// Session are the job's Flink options. Values may contain ${secret:NAME} and
	// ${resource:NAME}; the driver resolves them.
	Session map[string]string `json:"session,omitempty"`
	// Secrets are the names of all secrets that plan, session and catalogs mention.
	Secrets []string `json:"secrets,omitempty"`
}

// Catalog is a catalog as CREATE CATALOG has it. Values of its options may contain
// ${secret:NAME} and ${resource:NAME}.
type Catalog struct {
	Name    string            `json:"name"`
	Options map[string]string `json:"options"`
}

// Run says what the cluster runs: exactly one member is set.
type Run struct {
	Plan   *File `json:"plan,omitempty"`
	Script *File `json:"script,omitempty"`
	Python *File `json:"python,omitempty"`
}

// File is one object of a release. An empty URI means the object the driver was
// pointed to by its option ($internal.sql-gateway.driver.json-plan).
type File struct {
	URI    string `json:"uri,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // 64 hex digits; empty only in configs written by hand
	Size   int64  `json:"size,omitempty"`   // bytes
}

// Kinds of Resource.
const (
	KindJar     = "jar"     // added to the class path by ADD JAR
	KindFile    = "file"    // placed under its name, as it is
	KindArchive = "archive" // a zip or tar, unpacked into a directory of its name
)

// Resource is a file that is placed on every JobManager and TaskManager.
type Resource struct {
	Name   string `json:"name"` // unique in the config; one path element
	Kind   string `json:"kind"`
	URI    string `json:"uri"`
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size,omitempty"`
}
