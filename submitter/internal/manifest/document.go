package manifest

// document is a manifest or a template as YAML has it. Decoding, the JSON Schema
// and the stored form are all made from these structs: the yaml tag is the key,
// enum lists the allowed values.
type document struct {
	Name             string           `yaml:"name" jsonschema_description:"Identity of the job: a DNS label of at most 38 characters. Never changes."`
	Description      string           `yaml:"description,omitempty" jsonschema_description:"For people; also written to the column __query_description."`
	SQL              textNode         `yaml:"sql,omitempty" jsonschema_description:"A SELECT (with target-table), or a script: DDL, SET, then one INSERT or EXECUTE STATEMENT SET BEGIN … END."`
	SQLFile          string           `yaml:"sql-file,omitempty" jsonschema_description:"File with the SQL, relative to the manifest."`
	Code             textNode         `yaml:"code,omitempty" jsonschema_description:"Python that sets execution_output."`
	TargetTable      textNode         `yaml:"target-table,omitempty" jsonschema_description:"Where the rows of a SELECT go: a qualified name, each part in back-quotes."`
	Columns          string           `yaml:"columns,omitempty" jsonschema:"enum=by-name,enum=by-position" jsonschema_description:"How the columns of a SELECT go into those of target-table; by default by name, or by position where no name of the query is that of another column there."`
	OnConflict       string           `yaml:"on-conflict,omitempty" jsonschema:"enum=deduplicate,enum=error,enum=nothing" jsonschema_description:"ON CONFLICT DO … of the INSERT into target-table (Flink 2.3)."`
	FlinkProperties  properties       `yaml:"flinkProperties,omitempty" jsonschema_description:"Flink options of this job, merged over the template's key by key."`
	TableDefinitions []string         `yaml:"table-definitions,omitempty" jsonschema_description:"Files or globs relative to the manifest, or URLs, with DDL to run before the query, in order."`
	CatalogDDL       string           `yaml:"catalog-ddl,omitempty" jsonschema:"enum=refuse,enum=apply" jsonschema_description:"Statements that change a catalog which outlives the job's session: refuse them, or have apply run each once."`
	MetadataColumns  columns          `yaml:"metadata-columns,omitempty" jsonschema_description:"The six __… columns: true for all, false for none, or their names in the target table."`
	Resources        []resource       `yaml:"resources,omitempty" jsonschema_description:"Files that every JobManager and TaskManager gets."`
	Variables        map[string]value `yaml:"variables,omitempty" jsonschema_description:"Values of ${NAME}."`
	State            string           `yaml:"state,omitempty" jsonschema:"enum=running,enum=suspended,enum=cancelled" jsonschema_description:"What the job should be doing."`
	Upgrade          upgrade          `yaml:"upgrade,omitempty" jsonschema_description:"How a change is carried out."`
	Restore          string           `yaml:"restore,omitempty" jsonschema_description:"State for a first launch: latest, none, or a savepoint's path."`
	Parallelism      int              `yaml:"parallelism,omitempty" jsonschema:"minimum=1" jsonschema_description:"parallelism.default"`
	MaxParallelism   int              `yaml:"max-parallelism,omitempty" jsonschema:"minimum=1,maximum=32768" jsonschema_description:"pipeline.max-parallelism; fixed for the life of the job's state."`
	StateTTL         value            `yaml:"state-ttl,omitempty"`
	JobManager       size             `yaml:"job-manager,omitempty"`
	TaskManager      size             `yaml:"task-manager,omitempty"`
	FlinkVersion     value            `yaml:"flink-version,omitempty" jsonschema_description:"Picks the gateway; checked against it."`
	Target           string           `yaml:"target,omitempty" jsonschema_description:"Where the job runs: a kind, or a name from submitter.yaml."`
	Kubernetes       block            `yaml:"kubernetes,omitempty" jsonschema_description:"Image, service account, pod template and the like, with Kubernetes' own names; see docs/kubernetes.md."`
	Session          any              `yaml:"session,omitempty"`
	YARN             any              `yaml:"yarn,omitempty"`
	Meta             meta             `yaml:"meta,omitempty" jsonschema_description:"Written by deployments; information only."`
}

type resource struct {
	Name    string `yaml:"name,omitempty" jsonschema_description:"File name on the cluster; by default that of the source."`
	Jar     string `yaml:"jar,omitempty" jsonschema_description:"Path, URL or maven:group:artifact:version; added to the class path."`
	File    string `yaml:"file,omitempty" jsonschema_description:"Path, URL or maven:group:artifact:version; placed as it is."`
	Archive string `yaml:"archive,omitempty" jsonschema_description:"Path, URL or maven:group:artifact:version; a zip or tar, unpacked."`
	SHA256  value  `yaml:"sha256,omitempty" jsonschema_description:"Expected digest, 64 hex digits."`
}

type upgrade struct {
	OnQueryChange    string           `yaml:"on-query-change,omitempty" jsonschema:"enum=judge,enum=clean" jsonschema_description:"judge keeps state where that is safe; clean starts every changed query clean at a new version."`
	Approve          value            `yaml:"approve,omitempty" jsonschema_description:"Approval id that diff printed."`
	Map              map[string]value `yaml:"map,omitempty"`
	SavepointTimeout value            `yaml:"savepoint-timeout,omitempty" jsonschema_description:"Flink duration: 60s, 10 min."`
	Drain            bool             `yaml:"drain,omitempty" jsonschema_description:"Drain the sources when the job is stopped."`
	Rollback         string           `yaml:"rollback,omitempty" jsonschema:"enum=auto,enum=never"`
	HandOver         string           `yaml:"hand-over,omitempty" jsonschema:"enum=cold,enum=warm"`
	HealthTimeout    value            `yaml:"health-timeout,omitempty" jsonschema_description:"Flink duration: 60s, 10 min."`
}

type size struct {
	CPU      float64 `yaml:"cpu,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Cores."`
	Memory   value   `yaml:"memory,omitempty" jsonschema_description:"Process memory in Flink's notation: 1600m, 2g."`
	Slots    int     `yaml:"slots,omitempty" jsonschema:"minimum=1"`
	Replicas int     `yaml:"replicas,omitempty" jsonschema:"minimum=1"`
}

type meta struct {
	QueryVersion         int   `yaml:"query-version,omitempty"`
	QueryID              value `yaml:"query-id,omitempty"`
	QueryCreateTimestamp value `yaml:"query-create-timestamp,omitempty"`
}

// value is any scalar, exactly as it was written: 2.30 stays 2.30, yes stays yes.
type value string

// textNode is a text that remembers how and where it was written.
type textNode struct {
	Source
	set bool
}

// properties are Flink options, flattened, under the name that Flink prefers (see
// canonicalOption): two names of one option cannot both be set.
type properties map[string]property

type property struct {
	Source
	key   string // as it was written
	layer int    // of the file that set it: the template is 0, the manifest 1
}

// columns is the value of metadata-columns.
type columns struct {
	MetadataColumns
	set bool
}
