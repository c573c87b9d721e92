package connector

const (
	skips      = "rows that cannot be read are left out from then on, or are not any more"
	otherWords = "rows that come from then on are read with another schema or in another way"
)

// formats holds what the options of formats mean, by format, without their prefix.
// Nothing of a format is in a state: rows are read and written one by one.
var formats = []row{
	{"json csv debezium-json canal-json maxwell-json ogg-json protobuf", Source, Safe, skips, "ignore-parse-errors fail-on-missing-field fail-on-missing-columns"},
	{"json debezium-json canal-json maxwell-json ogg-json", Source, None, "", "map-null-key.mode map-null-key.literal encode.decimal-as-plain-number encode.ignore-null-fields decode.json-parser.enabled"},
	{"json debezium-json canal-json maxwell-json ogg-json", Source, Rows, readAnew, "timestamp-format.standard"},
	{"canal-json", Source, Rows, "other rows are read from then on", "database.include table.include"},
	{"debezium-json", Source, Rows, readAnew, "schema-include"},
	{"csv", Source, Rows, readAnew, `field-delimiter disable-quote-character quote-character allow-comments allow-trailing-comma array-element-delimiter escape-character
		null-literal trim-spaces empty-string-as-null ignore-trailing-unmappable`},
	{"csv", Source, None, "", "write-bigdecimal-in-scientific-notation"},
	{"raw", Source, Rows, readAnew, "charset endianness"},
	{"avro", Source, Rows, readAnew, "encoding timestamp_mapping.legacy"},
	{"avro", Source, None, "", "codec"},
	{"avro-confluent debezium-avro-confluent", Source, Rows, otherWords, "url schema-registry.url schema schema-registry.schema"},
	{"avro-confluent debezium-avro-confluent", Source, None, "", "subject schema-registry.subject " + registryAccess},
	{"avro-confluent debezium-avro-confluent", Source, Rows, "a property of the registry's client may say how rows are read", "properties properties.*"},
	{"protobuf", Source, Rows, otherWords, "message-class-name read-default-values"},
	{"protobuf", Source, None, "", "write-null-string-literal"},
	{"parquet", Source, Rows, readAnew, "utc-timezone timestamp.time.unit write.int64.timestamp"},
	{"parquet", Source, None, "", "batch-size " + parquetFiles},
	{"orc", Source, None, "", orcFiles},

	{"json debezium-json canal-json maxwell-json ogg-json", Sink, Safe, fromNowOn, `ignore-parse-errors fail-on-missing-field map-null-key.mode map-null-key.literal
		encode.decimal-as-plain-number encode.ignore-null-fields decode.json-parser.enabled timestamp-format.standard database.include table.include schema-include`},
	{"csv", Sink, Safe, fromNowOn, `field-delimiter disable-quote-character quote-character allow-comments allow-trailing-comma array-element-delimiter escape-character
		null-literal trim-spaces empty-string-as-null ignore-trailing-unmappable write-bigdecimal-in-scientific-notation ignore-parse-errors fail-on-missing-columns`},
	{"raw", Sink, Safe, fromNowOn, "charset endianness"},
	{"avro", Sink, Safe, fromNowOn, "encoding codec timestamp_mapping.legacy"},
	{"avro-confluent debezium-avro-confluent", Sink, Safe, fromNowOn, "url schema-registry.url schema schema-registry.schema subject schema-registry.subject properties properties.* " + registryAccess},
	{"protobuf", Sink, Safe, fromNowOn, "message-class-name read-default-values write-null-string-literal ignore-parse-errors"},
	{"parquet", Sink, Safe, fromNowOn, "utc-timezone timestamp.time.unit write.int64.timestamp batch-size " + parquetFiles},
	{"orc", Sink, Safe, fromNowOn, orcFiles},
}

// registryAccess are options by which a schema registry is reached.
const registryAccess = `basic-auth.credentials-source basic-auth.user-info bearer-auth.credentials-source bearer-auth.token ssl.keystore.location ssl.keystore.password
	ssl.truststore.location ssl.truststore.password`

// parquetFiles are options of files that are written (ParquetOutputFormat).
const parquetFiles = `compression block.size page.size dictionary.page.size enable.dictionary writer.version validation writer.max-padding
	page.row.count.limit page.size.row.check.min page.size.row.check.max columnindex.truncate.length statistics.truncate.length
	bloom.filter.enabled bloom.filter.max.bytes bloom.filter.expected.ndv memory.pool.ratio memory.min.chunk.size`

// orcFiles are options of files that are written (org.apache.orc.OrcConf).
const orcFiles = `compress compress.size stripe.size block.size block.padding create.index row.index.stride bloom.filter.columns bloom.filter.fpp
	dictionary.key.threshold encoding.strategy compression.strategy write.format stripe.row.count memory.pool memory.limit`
