package connector

// every stands for all connectors that the table knows.
const every = "*"

// What the rows say again and again.
const (
	fromState  = "positions come from the state; it counts only for a start without state"
	fromNowOn  = "it counts for rows that are written from then on"
	otherNames = "do both addresses lead to it?"
	readAnew   = "rows that come from then on are read in another way"
)

// table holds all that is known, by connector. The first row that fits counts.
var table = []row{
	// Kafka: the state of a source is a list of partitions with offsets
	// (KafkaPartitionSplit: topic, partition, offset, end), that of a sink with
	// exactly-once its transactions (KafkaWriterState, KafkaCommittable).
	{"kafka upsert-kafka", Source, Ask, "the state holds offsets of one cluster; " + otherNames, "properties.bootstrap.servers"},
	{"kafka upsert-kafka dynamic-kafka", Source, Elsewhere, "the state holds offsets of partitions of the old topics, which Flink would go on reading", "topic topic-pattern stream-ids stream-pattern"},
	{"dynamic-kafka", Source, Ask, "the state holds offsets by cluster; are the streams still on the same ones?", "metadata-service metadata-service.cluster-id stream-enumerator-mode"},
	{"dynamic-kafka", Source, None, "", "stream-metadata-discovery-interval-ms stream-metadata-discovery-failure-threshold"},
	{"kafka upsert-kafka dynamic-kafka", Source, Safe, fromState, "scan.startup.mode scan.startup.specific-offsets scan.startup.timestamp-millis properties.auto.offset.reset"},
	{"kafka upsert-kafka dynamic-kafka", Source, Safe, "partitions that are in the state keep the end that they have there", "scan.bounded.mode scan.bounded.specific-offsets scan.bounded.timestamp-millis"},
	{"kafka upsert-kafka dynamic-kafka", Source, Safe, "offsets come from the state, not from the group; they are committed to the new group from then on", "properties.group.id"},
	{"kafka upsert-kafka dynamic-kafka", Source, Rows, readAnew, "format key.format value.format key.fields key.fields-prefix value.fields-include properties.isolation.level properties.exclude.internal.topics"},
	{"kafka upsert-kafka dynamic-kafka", Source, None, "", "scan.topic-partition-discovery.interval properties.partition.discovery.interval.ms properties.register.consumer.metrics properties.commit.offsets.on.checkpoint properties.client.id.prefix"},
	{"kafka upsert-kafka dynamic-kafka", Source, None, "", kafkaOverridden + " " + kafkaConsumer + " " + kafkaClient},
	{"kafka upsert-kafka dynamic-kafka", Source, Ask, "what it does to the rows is not known; the offsets hold", "properties.interceptor.classes"},

	{"kafka upsert-kafka", Sink, Ask, "the state holds transactions of one cluster; " + otherNames, "properties.bootstrap.servers"},
	{"kafka upsert-kafka", Sink, Elsewhere, "transactions in the state belong to the old topic, and Flink would commit them there", "topic topic-pattern"},
	{"kafka upsert-kafka", Sink, Elsewhere, "open transactions of the old prefix would be neither committed nor aborted, and block readers of committed rows", "sink.transactional-id-prefix"},
	{"kafka upsert-kafka", Sink, Ask, "transactions in the state have to be committed first; is none open? (a stop with a savepoint leaves none)", "sink.delivery-guarantee sink.semantic sink.transaction-naming-strategy"},
	{"kafka upsert-kafka", Sink, Safe, "a transaction that is not committed before this has passed is lost", "properties.transaction.timeout.ms"},
	{"kafka upsert-kafka", Sink, Ask, "another party commits transactions then", "properties.transaction.two.phase.commit.enable"},
	{"kafka upsert-kafka", Sink, Safe, fromNowOn, "format key.format value.format key.fields key.fields-prefix value.fields-include sink.partitioner"},
	{"kafka upsert-kafka", Sink, None, "", "sink.buffer-flush.max-rows sink.buffer-flush.interval properties.client.id.prefix " + kafkaOverridden + " " + kafkaProducer + " " + kafkaClient},
	{"kafka upsert-kafka", Sink, Ask, "what it does to the rows is not known", "properties.interceptor.classes"},

	// Files: a source keeps which files it has read, by their paths
	// (ContinuousFileSplitEnumerator, FileSourceSplit), a sink its open file and its path
	// (BucketState).
	{"filesystem", Source, Elsewhere, "the state names files of the old directory, and all files of the new one would be read", "path"},
	{"filesystem", Source, Rows, "other files are read from then on; those that were read stay read", "source.path.regex-pattern"},
	{"filesystem", Source, Rows, readAnew, "format partition.default-name"},
	{"filesystem", Source, Elsewhere, "a source that reads once does not keep which files it has read, and would read all of them again", "source.monitor-interval+"},
	{"filesystem", Source, Safe, "without it, files that come later are not read", "source.monitor-interval"},
	{"filesystem", Source, None, "", "source.report-statistics"},
	{"filesystem", Sink, Elsewhere, "a file that is open in the old directory is in the sink's state, and Flink would go on writing to that one", "path"},
	{"filesystem", Sink, Ask, "a file that is open is in the state, and may go on in the new format", "format"},
	{"filesystem", Sink, Ask, "the files that are open and the partitions that are to be committed are in the state, and another part of Flink would go on with them", "auto-compaction partition.default-name sink.partition-commit.trigger sink.partition-commit.policy.kind"},
	{"filesystem", Sink, None, "", `sink.rolling-policy.file-size sink.rolling-policy.rollover-interval sink.rolling-policy.check-interval sink.rolling-policy.inactivity-interval
		sink.shuffle-by-partition.enable sink.partition-commit.delay sink.partition-commit.watermark-time-zone sink.partition-commit.success-file.name
		sink.partition-commit.policy.class sink.partition-commit.policy.class.parameters compaction.file-size compaction.parallelism
		partition.time-extractor.kind partition.time-extractor.class partition.time-extractor.timestamp-pattern
		partition.time-extractor.timestamp-formatter`},

	// JDBC: a scan keeps which of its splits it has read (JdbcSourceSplit); a sink
	// writes all it has before a checkpoint.
	{"jdbc", Source, Ask, "the state holds what was read of one database; " + otherNames, "url"},
	{"jdbc", Source, Elsewhere, "the splits in the state are of the old table", "table-name"},
	{"jdbc", Source, Ask, "the splits in the state were cut under the old value", "scan.partition.column scan.partition.num scan.partition.lower-bound scan.partition.upper-bound"},
	{"jdbc", Source, Rows, readAnew, "compatible-mode filter.handling.policy"},
	{"jdbc", Source, None, "", `driver username password connection.max-retry-timeout scan.fetch-size scan.auto-commit lookup.cache lookup.cache.caching-missing-key lookup.cache.max-rows lookup.cache.ttl lookup.max-retries
		lookup.partial-cache.cache-missing-key lookup.partial-cache.expire-after-access lookup.partial-cache.expire-after-write lookup.partial-cache.max-rows`},
	{"jdbc", Source, Ask, "a property of the driver may name another schema, or how values are read", "properties.*"},
	{"jdbc", Sink, Ask, "the rows that were written are in one database", "url"},
	{"jdbc", Sink, Elsewhere, "the rows that were written are in the old table", "table-name"},
	{"jdbc", Sink, Safe, fromNowOn, "compatible-mode sink.buffer-flush.max-rows sink.buffer-flush.interval sink.max-retries"},
	{"jdbc", Sink, None, "", "driver username password connection.max-retry-timeout filter.handling.policy"},
	{"jdbc", Sink, Ask, "a property of the driver may name another schema", "properties.*"},

	// Kinesis: a source keeps shards with sequence numbers, a sink the rows that it has
	// not yet sent (AsyncSinkWriter).
	{"kinesis kinesis-legacy", Source, Elsewhere, "the state holds sequence numbers of shards of the old stream", "stream stream.arn"},
	{"kinesis kinesis-legacy", Source, Elsewhere, "the state holds sequence numbers of a stream in the old region", "aws.region"},
	{"kinesis kinesis-legacy", Source, Ask, "the state holds positions in one stream; " + otherNames, "aws.endpoint aws.credentials.role.arn aws.credentials.provider.role.arn aws.credentials.provider"},
	{"kinesis kinesis-legacy", Source, Safe, fromState, "source.init.position source.init.timestamp source.init.timestamp.format scan.stream.initpos scan.stream.initpos.timestamp scan.stream.initpos-timestamp scan.stream.initpos.timestamp.format scan.stream.initpos-timestamp-format"},
	{"kinesis kinesis-legacy", Source, Rows, readAnew, "format"},
	{"kinesis kinesis-legacy", Source, None, "", `source.shard-assigner scan.shard-assigner source.shard.discovery.interval source.shard.get-records.max-record-count
		source.reader.type source.reader.empty-records-fetch-interval source.efo.lifecycle
		source.efo.consumer.name source.efo.subscription.timeout source.efo.describe.retry-strategy.delay.min source.efo.describe.retry-strategy.delay.max
		source.efo.describe.retry-strategy.attempts.max source.efo.deregister.timeout ` + kinesisLegacy + awsClient},
	{"kinesis kinesis-legacy", Sink, Elsewhere, "rows that were not yet sent to the old stream are in the sink's state, and would be sent to the new one", "stream stream.arn aws.region"},
	{"kinesis kinesis-legacy", Sink, Ask, "rows that are not yet sent are in the state; " + otherNames, "aws.endpoint aws.credentials.role.arn aws.credentials.provider.role.arn aws.credentials.provider sink.producer.kinesis-endpoint sink.producer.kinesis-port"},
	{"kinesis kinesis-legacy", Sink, Safe, fromNowOn + "; rows in the state were serialized before", "format sink.partitioner sink.partitioner-field-delimiter"},
	{"kinesis kinesis-legacy", Sink, None, "", `sink.batch.max-size sink.flush-buffer.size sink.flush-buffer.timeout sink.requests.max-buffered sink.requests.max-inflight sink.fail-on-error
		sink.http-client.max-concurrency sink.http-client.read-timeout sink.http-client.protocol.version sink.producer.record-max-buffered-time sink.producer.collection-max-size sink.producer.collection-max-count sink.producer.fail-on-error
		sink.producer.verify-certificate ` + awsClient},

	// Pulsar: a source keeps partitions with message ids; where it has none yet, its
	// subscription's cursor counts. A sink keeps transactions of one cluster.
	{"pulsar upsert-pulsar", Source, Ask, "the state holds message ids of one cluster; " + otherNames, "service-url pulsar.client.serviceUrl pulsar.client.proxyServiceUrl pulsar.client.listenerName"},
	{"pulsar upsert-pulsar", Source, Elsewhere, "the state holds message ids of the old topics", "topics"},
	{"pulsar upsert-pulsar", Source, Ask, "what was not acknowledged under the old subscription may be delivered differently under the new one", "source.subscription-name source.subscription-type pulsar.consumer.subscriptionName pulsar.consumer.subscriptionMode pulsar.source.resetSubscriptionCursor"},
	{"pulsar upsert-pulsar", Source, Safe, fromState, "source.start.message-id source.start.publish-time pulsar.source.initialCursor pulsar.source.verifyInitialOffsets"},
	{"pulsar upsert-pulsar", Source, Safe, "partitions that are in the state keep the end that they have there", "source.stop.at-message-id source.stop.after-message-id source.stop.at-publish-time"},
	{"pulsar upsert-pulsar", Source, Rows, readAnew, "format key.format value.format key.fields pulsar.consumer.readCompacted pulsar.consumer.cryptoFailureAction pulsar.source.enableSchemaEvolution pulsar.source.allowKeySharedOutOfOrderDelivery"},
	{"pulsar upsert-pulsar", Source, None, "", `explicit pulsar.source.partitionDiscoveryIntervalMs pulsar.source.enableAutoAcknowledgeMessage pulsar.source.autoCommitCursorInterval
		pulsar.source.fetchOneMessageTime pulsar.source.maxFetchTime pulsar.source.maxFetchRecords pulsar.source.enableMetrics pulsar.consumer.subscriptionProperties
		pulsar.consumer.receiverQueueSize pulsar.consumer.acknowledgementsGroupTimeMicros pulsar.consumer.consumerName pulsar.consumer.priorityLevel
		pulsar.consumer.maxPendingChunkedMessage pulsar.consumer.replicateSubscriptionState pulsar.consumer.ackReceiptEnabled pulsar.consumer.poolMessages
		pulsar.consumer.autoScaledReceiverQueueSizeEnabled pulsar.consumer.properties ` + pulsarClient},
	{"pulsar upsert-pulsar", Sink, Ask, "the state holds transactions of one cluster; " + otherNames, "service-url pulsar.client.serviceUrl pulsar.client.proxyServiceUrl pulsar.client.listenerName"},
	{"pulsar upsert-pulsar", Sink, Elsewhere, "transactions in the state belong to the old topics", "topics"},
	{"pulsar upsert-pulsar", Sink, Ask, "what is in the state has to be committed first", "pulsar.sink.deliveryGuarantee pulsar.client.enableTransaction"},
	{"pulsar upsert-pulsar", Sink, Safe, "a transaction that is not committed before this has passed is lost", "pulsar.sink.transactionTimeoutMillis"},
	{"pulsar upsert-pulsar", Sink, Safe, fromNowOn, "format key.format value.format key.fields sink.custom-topic-router sink.topic-routing-mode sink.message-delay-interval pulsar.sink.messageKeyHash pulsar.sink.enableSchemaEvolution"},
	{"pulsar upsert-pulsar", Sink, None, "", `explicit pulsar.sink.topicMetadataRefreshInterval pulsar.sink.maxRecommitTimes pulsar.sink.enableMetrics pulsar.sink.validateSinkMessageBytes
		pulsar.producer.producerName
		pulsar.producer.sendTimeoutMs pulsar.producer.batchingMaxPublishDelayMicros pulsar.producer.batchingMaxMessages pulsar.producer.batchingMaxBytes
		pulsar.producer.batchingEnabled pulsar.producer.chunkingEnabled pulsar.producer.chunkMaxMessageSize pulsar.producer.compressionType
		pulsar.producer.initialSequenceId pulsar.producer.properties pulsar.producer.producerCryptoFailureAction ` + pulsarClient},

	// Sources of changes keep which tables they have copied, in chunks, and how far they
	// have read in the log of the database.
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, Elsewhere, "the state holds what was read of the old tables, and their position in the log",
		"database-name schema-name table-name table-list database collection keyspace tenant-name"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, Ask, "the state holds a position in the log of one server; does the new value lead to it, or to one with the same positions?",
		"hostname port hosts url scheme connection.options pd-addresses host-mapping rootserver-list config-url logproxy.host logproxy.port"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, Safe, fromState,
		"scan.startup.mode scan.startup.timestamp-millis scan.startup.timestamp scan.startup.specific-offset.file scan.startup.specific-offset.pos scan.startup.specific-offset.gtid-set scan.startup.specific-offset.skip-events scan.startup.specific-offset.skip-rows vitess.gtid"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc", Source, Elsewhere, "it chooses another source, which keeps other state", "scan.incremental.snapshot.enabled"},
	{"postgres-cdc", Source, Elsewhere, "the database keeps the log for the old slot; a new one begins where it is made", "slot.name debezium.slot.name"},
	{"postgres-cdc vitess-cdc", Source, Ask, "the slot was made for the old plugin", "decoding.plugin.name"},
	{"postgres-cdc", Source, Ask, "the slot may miss changes that were not published", "debezium.publication.name debezium.publication.autocreate.mode debezium.slot.drop.on.stop scan.include-partitioned-tables.enabled table-id.include-database"},
	{"mysql-cdc oceanbase-cdc", Source, Ask, "the server tells its readers apart by it, and ends the older one of two", "server-id"},
	{"vitess-cdc", Source, Elsewhere, "the position in the state is kept under the old name", "name vitess.shard"},
	{"vitess-cdc", Source, Ask, "what is in the state after shards were split or merged depends on it", "vitess.stop_on_reshard"},
	{"vitess-cdc", Source, Safe, "positions hold on every tablet of a shard", "tablet-type"},
	{"oceanbase-cdc", Source, Ask, "it decides how the log is read", "working-mode compatible-mode logproxy.client.id"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc", Source, Safe, "it counts for chunks of the first copy that are not cut yet",
		"scan.incremental.snapshot.chunk.size scan.incremental.snapshot.chunk.size.mb scan.incremental.snapshot.chunk.samples scan.incremental.snapshot.unbounded-chunk-first.enabled chunk-key.even-distribution.factor.lower-bound chunk-key.even-distribution.factor.upper-bound split-key.even-distribution.factor.lower-bound split-key.even-distribution.factor.upper-bound"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc", Source, Ask, "chunks in the state were made under the old value; is the first copy complete?", "scan.incremental.snapshot.chunk.key-column chunk-meta.group.size"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc", Source, Rows, "changes that come while tables are copied are read in another way", "scan.incremental.snapshot.backfill.skip"},
	{"mysql-cdc postgres-cdc oracle-cdc mongodb-cdc oceanbase-cdc", Source, Rows, "tables that fit the name and came later are read from then on", "scan.newly-added-table.enabled"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, Rows, readAnew,
		"server-time-zone use.legacy.json.format scan.read-changelog-as-append-only.enabled scan.parse.online.schema.changes.enabled changelog-mode scan.full-changelog initial.snapshotting.pipeline copy.existing.pipeline tombstones.on.delete schema.name.adjustment.mode " + debeziumRows},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc", Source, Ask, "a property of the driver may name another schema, or how values are read", "jdbc.properties.* obcdc.properties.*"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, Ask, "it decides whether tables are copied first, and what of the log is read", "debezium.snapshot.mode debezium.snapshot.select.statement.overrides debezium.database.connection.adapter debezium.log.mining.strategy"},
	{"mysql-cdc postgres-cdc oracle-cdc sqlserver-cdc db2-cdc mongodb-cdc oceanbase-cdc tidb-cdc vitess-cdc", Source, None, "", `username password connect.timeout connect.max-retries connection.pool.size
		heartbeat.interval heartbeat.interval.ms scan.snapshot.fetch.size scan.incremental.close-idle-reader.enabled scan.lsn-commit.checkpoints-num-delay jdbc.driver
		batch.size poll.max.batch.size poll.await.time.ms scan.cursor.no-timeout initial.snapshotting.max.threads initial.snapshotting.queue.size
		copy.existing.max.threads copy.existing.queue.size tikv.grpc.timeout_in_ms tikv.grpc.scan_timeout_in_ms tikv.batch_get_concurrency tikv.batch_scan_concurrency
		debezium.max.batch.size debezium.max.queue.size debezium.max.queue.size.in.bytes debezium.poll.interval.ms debezium.snapshot.fetch.size
		debezium.snapshot.locking.mode debezium.snapshot.lock.timeout.ms debezium.snapshot.delay.ms debezium.heartbeat.interval.ms debezium.connect.timeout.ms
		debezium.connect.keep.alive debezium.connect.keep.alive.interval.ms debezium.log.mining.batch.size.default debezium.log.mining.batch.size.max
		debezium.log.mining.batch.size.min debezium.log.mining.sleep.time.default.ms debezium.log.mining.sleep.time.max.ms debezium.log.mining.sleep.time.min.ms
		debezium.log.mining.continuous.mine debezium.database.ssl.mode debezium.database.sslmode debezium.status.update.interval.ms debezium.retriable.restart.connector.wait.ms`},

	// Paimon: a source keeps the next snapshot and the splits that are not yet read, a
	// sink its commit user and what is not yet committed.
	{"paimon", Source, Elsewhere, "the state holds snapshots of the old table", "path branch scan.fallback-branch scan.primary-branch scan.fallback-snapshot-branch scan.fallback-delta-branch"},
	{"paimon", Source, Elsewhere, "Flink finds the source's state by it, and would start it without", "source.operator-uid.suffix"},
	{"paimon", Source, Elsewhere, "it chooses another source, which keeps other state", "source.checkpoint-align.enabled scan.dedicated-split-generation stream-scan-mode"},
	{"paimon", Source, Ask, "splits in the state were made for the old buckets", "bucket bucket-key bucket-function.type scan.bucket scan.partitions"},
	{"paimon", Source, Safe, fromState, "scan.mode scan.snapshot-id scan.timestamp scan.timestamp-millis scan.watermark scan.tag-name scan.version scan.file-creation-time-millis scan.creation-time-millis consumer.ignore-progress"},
	{"paimon", Source, Safe, "positions come from the state; the table keeps its snapshots for the new consumer from then on", "consumer-id consumer.mode consumer.expiration-time consumer.changelog-only"},
	{"paimon", Source, Safe, "it ends the job earlier or later", "scan.bounded scan.bounded.watermark"},
	{"paimon", Source, Rows, readAnew, `merge-engine changelog-producer sequence.field sequence.field.sort-order rowkind.field ignore-delete ignore-update-before streaming-read-overwrite
		streaming-read-append-overwrite scan.remove-normalize scan.ignore-corrupt-files scan.ignore-lost-files deletion-vectors.enabled partition.default-name
		incremental-between incremental-between-timestamp incremental-between-scan-mode incremental-to-auto-tag`},
	{"paimon", Source, None, "", `continuous.discovery-interval scan.infer-parallelism scan.infer-parallelism.max scan.max-splits-per-task scan.split-enumerator.batch-size
		scan.split-enumerator.mode scan.max-snapshot.count scan.plan-sort-partition scan.manifest.parallelism source.split.target-size source.split.open-file-cost
		source.checkpoint-align.timeout read.batch-size read.shuffle-bucket-with-partition streaming.read.snapshot.delay file-reader-async-threshold
		file-index.read.enabled lookup.async lookup.cache lookup.cache-rows lookup.async-thread-number lookup.bootstrap-parallelism ` + paimonUpkeep},
	{"paimon", Sink, Elsewhere, "what is not yet committed is in the sink's state, and belongs to the old table", "path branch"},
	{"paimon", Sink, Elsewhere, "Flink finds the sink's state by it, and would start it without", "sink.operator-uid.suffix"},
	{"paimon", Sink, Ask, "what is in the state has to be committed first; is nothing open? (a stop with a savepoint leaves nothing)", `bucket bucket-key bucket-function.type dynamic-bucket.target-row-num
		dynamic-bucket.initial-buckets dynamic-bucket.max-buckets dynamic-bucket.assigner-parallelism merge-engine changelog-producer write-only precommit-compact
		sink.writer-coordinator.enabled sink.coordinator-commit.enabled commit.user-prefix partition.default-name partition.sink-strategy sequence.field
		sequence.field.sort-order rowkind.field deletion-vectors.enabled local-merge-buffer-size partition.mark-done.recover-from-state unaware-bucket.no-shuffle`},
	{"paimon", Sink, Safe, fromNowOn, "file.format file.compression file.compression.zstd-level file.block-size data-file.prefix changelog-file.prefix changelog-file.format changelog-file.compression metadata.stats-mode ignore-delete ignore-update-before"},
	{"paimon", Sink, None, "", `sink.managed.writer-buffer-memory sink.use-managed-memory-allocator sink.writer-cpu sink.writer-memory sink.committer-cpu sink.committer-memory
		sink.committer-operator-chaining sink.savepoint.auto-tag write-buffer-size write-buffer-spillable write-buffer-spill.max-disk-size write-buffer-for-append
		write-max-writers-to-spill sort-spill-threshold sort-spill-buffer-size page-size cache-page-size target-file-size full-compaction.delta-commits
		changelog-producer.compaction-interval commit.timeout commit.max-retries commit.force-create-snapshot snapshot.ignore-empty-commit ` + paimonUpkeep},

	// Sinks that have written all they were given before a checkpoint is complete.
	{"elasticsearch elasticsearch-6 elasticsearch-7 elasticsearch-8 opensearch opensearch-1 opensearch-2", Sink, Elsewhere, "the rows that were written are there", "hosts index document-type"},
	{"elasticsearch elasticsearch-6 elasticsearch-7 elasticsearch-8 opensearch opensearch-1 opensearch-2", Sink, Safe, fromNowOn, `document-id.key-delimiter format username password failure-handler
		sink.delivery-guarantee sink.flush-on-checkpoint sink.bulk-flush.max-actions sink.bulk-flush.max-size sink.bulk-flush.interval sink.bulk-flush.backoff.strategy
		sink.bulk-flush.backoff.max-retries sink.bulk-flush.backoff.delay connection.max-retry-timeout connection.path-prefix connection.request-timeout
		connection.timeout socket.timeout allow-insecure`},
	{"mongodb", Sink, Elsewhere, "the rows that were written are there", "uri database collection"},
	{"mongodb", Sink, Safe, fromNowOn, "sink.buffer-flush.max-rows sink.buffer-flush.interval sink.max-retries sink.retry.interval sink.delivery-guarantee"},
	{"hbase-1.4 hbase-2.2 hbase-2.6", Sink, Elsewhere, "the rows that were written are there", "table-name zookeeper.quorum zookeeper.znode.parent"},
	{"hbase-1.4 hbase-2.2 hbase-2.6", Sink, Safe, fromNowOn, "null-string-literal sink.ignore-null-value sink.buffer-flush.max-size sink.buffer-flush.max-rows sink.buffer-flush.interval"},

	// Data for tests. A sequence keeps in state what is left of it.
	{"datagen", Source, Elsewhere, "the state holds how far a sequence got", "fields.*.kind"},
	{"datagen", Source, Safe, "what is left of a sequence comes from the state", "fields.*.start fields.*.end"},
	{"datagen", Source, Rows, "other rows are made up from then on", "fields.*.min fields.*.max fields.*.max-past fields.*.length fields.*.var-len fields.*.null-rate"},
	{"datagen", Source, Safe, "rows are counted anew with every start", "number-of-rows"},
	{"datagen", Source, None, "", "rows-per-second"},
	{"print", Sink, None, "", "print-identifier standard-error"},
	{"blackhole", Sink, None, "", "property-version"},

	// What Flink itself understands, whatever the connector (FactoryUtil).
	{every, Source, None, "", "scan.parallelism scan.watermark.emit.strategy scan.watermark.alignment.group scan.watermark.alignment.max-drift scan.watermark.alignment.update-interval scan.watermark.idle-timeout property-version"},
	{every, Sink, None, "", "sink.parallelism property-version"},
}

// Options of Kafka's clients, as Flink's properties. passes them on.
const (
	// kafkaOverridden are set by the connector, whatever the table says.
	kafkaOverridden = `properties.enable.auto.commit properties.key.deserializer properties.value.deserializer properties.key.serializer
		properties.value.serializer properties.transactional.id`
	kafkaConsumer = `properties.allow.auto.create.topics properties.auto.commit.interval.ms properties.check.crcs properties.client.rack
		properties.default.api.timeout.ms properties.fetch.max.bytes properties.fetch.max.wait.ms properties.fetch.min.bytes
		properties.group.instance.id properties.group.protocol properties.group.remote.assignor properties.heartbeat.interval.ms
		properties.internal.throw.on.fetch.stable.offset.unsupported properties.max.partition.fetch.bytes properties.max.poll.interval.ms
		properties.max.poll.records properties.partition.assignment.strategy properties.session.timeout.ms properties.share.acknowledgement.mode
		properties.share.acquire.mode`
	kafkaProducer = `properties.acks properties.batch.size properties.buffer.memory properties.compression.gzip.level properties.compression.lz4.level
		properties.compression.type properties.compression.zstd.level properties.delivery.timeout.ms properties.enable.idempotence
		properties.linger.ms properties.max.block.ms properties.max.in.flight.requests.per.connection properties.max.request.size
		properties.metadata.max.idle.ms properties.partitioner.adaptive.partitioning.enable properties.partitioner.availability.timeout.ms
		properties.partitioner.class properties.partitioner.ignore.keys properties.retries`
	kafkaClient = `properties.client.dns.lookup properties.client.id properties.config.providers properties.connections.max.idle.ms
		properties.enable.metrics.push properties.metadata.max.age.ms properties.metadata.recovery.rebootstrap.trigger.ms
		properties.metadata.recovery.strategy properties.metric.reporters properties.metrics.num.samples properties.metrics.recording.level
		properties.metrics.sample.window.ms properties.receive.buffer.bytes properties.reconnect.backoff.max.ms properties.reconnect.backoff.ms
		properties.request.timeout.ms properties.retry.backoff.max.ms properties.retry.backoff.ms properties.sasl.client.callback.handler.class
		properties.sasl.jaas.config properties.sasl.kerberos.kinit.cmd properties.sasl.kerberos.min.time.before.relogin
		properties.sasl.kerberos.service.name properties.sasl.kerberos.ticket.renew.jitter properties.sasl.kerberos.ticket.renew.window.factor
		properties.sasl.login.callback.handler.class properties.sasl.login.class properties.sasl.login.connect.timeout.ms
		properties.sasl.login.read.timeout.ms properties.sasl.login.refresh.buffer.seconds properties.sasl.login.refresh.min.period.seconds
		properties.sasl.login.refresh.window.factor properties.sasl.login.refresh.window.jitter properties.sasl.login.retry.backoff.max.ms
		properties.sasl.login.retry.backoff.ms properties.sasl.mechanism properties.sasl.oauthbearer.assertion.algorithm
		properties.sasl.oauthbearer.assertion.claim.aud properties.sasl.oauthbearer.assertion.claim.exp.seconds
		properties.sasl.oauthbearer.assertion.claim.iss properties.sasl.oauthbearer.assertion.claim.jti.include
		properties.sasl.oauthbearer.assertion.claim.nbf.seconds properties.sasl.oauthbearer.assertion.claim.sub
		properties.sasl.oauthbearer.assertion.file properties.sasl.oauthbearer.assertion.private.key.file
		properties.sasl.oauthbearer.assertion.private.key.passphrase properties.sasl.oauthbearer.assertion.template.file
		properties.sasl.oauthbearer.client.credentials.client.id properties.sasl.oauthbearer.client.credentials.client.secret
		properties.sasl.oauthbearer.clock.skew.seconds properties.sasl.oauthbearer.expected.audience properties.sasl.oauthbearer.expected.issuer
		properties.sasl.oauthbearer.header.urlencode properties.sasl.oauthbearer.jwks.endpoint.refresh.ms
		properties.sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms properties.sasl.oauthbearer.jwks.endpoint.retry.backoff.ms
		properties.sasl.oauthbearer.jwks.endpoint.url properties.sasl.oauthbearer.jwt.retriever.class
		properties.sasl.oauthbearer.jwt.validator.class properties.sasl.oauthbearer.scope properties.sasl.oauthbearer.scope.claim.name
		properties.sasl.oauthbearer.sub.claim.name properties.sasl.oauthbearer.token.endpoint.url properties.security.protocol
		properties.security.providers properties.send.buffer.bytes properties.socket.connection.setup.timeout.max.ms
		properties.socket.connection.setup.timeout.ms properties.ssl.cipher.suites properties.ssl.enabled.protocols
		properties.ssl.endpoint.identification.algorithm properties.ssl.engine.factory.class properties.ssl.key.password
		properties.ssl.keymanager.algorithm properties.ssl.keystore.certificate.chain properties.ssl.keystore.key properties.ssl.keystore.location
		properties.ssl.keystore.password properties.ssl.keystore.type properties.ssl.protocol properties.ssl.provider
		properties.ssl.secure.random.implementation properties.ssl.trustmanager.algorithm properties.ssl.truststore.certificates
		properties.ssl.truststore.location properties.ssl.truststore.password properties.ssl.truststore.type`
)

// kinesisLegacy are options of the former source (ConsumerConfigConstants).
const kinesisLegacy = `scan.stream.recordpublisher scan.stream.efo.consumername scan.stream.efo.registration scan.stream.efo.consumerarn
		scan.stream.describe.maxretries scan.stream.describe.backoff.base scan.stream.describe.backoff.max scan.stream.describe.backoff.expconst
		scan.list.shards.maxretries scan.list.shards.backoff.base scan.list.shards.backoff.max scan.list.shards.backoff.expconst
		scan.stream.describestreamconsumer.maxretries scan.stream.describestreamconsumer.backoff.base scan.stream.describestreamconsumer.backoff.max
		scan.stream.describestreamconsumer.backoff.expconst scan.stream.registerstreamconsumer.maxretries scan.stream.registerstreamconsumer.timeout
		scan.stream.registerstreamconsumer.backoff.base scan.stream.registerstreamconsumer.backoff.max
		scan.stream.registerstreamconsumer.backoff.expconst scan.shard.consumer.error.recoverable scan.stream.deregisterstreamconsumer.maxretries
		scan.stream.deregisterstreamconsumer.timeout scan.stream.deregisterstreamconsumer.backoff.base
		scan.stream.deregisterstreamconsumer.backoff.max scan.stream.deregisterstreamconsumer.backoff.expconst
		scan.shard.subscribetoshard.maxretries scan.shard.subscribetoshard.timeout scan.shard.subscribetoshard.backoff.base
		scan.shard.subscribetoshard.backoff.max scan.shard.subscribetoshard.backoff.expconst scan.shard.getrecords.maxrecordcount
		scan.shard.getrecords.maxretries scan.shard.getrecords.backoff.base scan.shard.getrecords.backoff.max scan.shard.getrecords.backoff.expconst
		scan.shard.getrecords.intervalmillis scan.shard.getiterator.maxretries scan.shard.getiterator.backoff.base
		scan.shard.getiterator.backoff.max scan.shard.getiterator.backoff.expconst scan.shard.discovery.intervalmillis scan.shard.adaptivereads
		scan.shard.idle.interval scan.watermark.sync.interval scan.watermark.lookahead.millis scan.watermark.sync.queue.capacity
		scan.stream.efo.http-client.max-concurrency scan.stream.efo.http-client.read-timeout `

// awsClient are options of the AWS client (AWSConfigConstants).
const awsClient = `aws.credentials.basic.accesskeyid aws.credentials.provider.basic.accesskeyid aws.credentials.basic.secretkey
	aws.credentials.provider.basic.secretkey aws.credentials.profile.path aws.credentials.provider.profile.path aws.credentials.profile.name
	aws.credentials.provider.profile.name aws.credentials.role.stsEndpoint aws.credentials.provider.role.stsEndpoint
	aws.credentials.custom.class aws.credentials.provider.custom.class aws.credentials.role.sessionName
	aws.credentials.provider.role.sessionName aws.credentials.role.externalId aws.credentials.provider.role.externalId
	aws.credentials.webIdentityToken.file aws.credentials.provider.webIdentityToken.file aws.credentials.role.provider
	aws.credentials.provider.role.provider aws.trust.all.certificates aws.http.protocol.version aws.http-client.max-concurrency
	aws.http-client.read-timeout`

// pulsarClient are options of Pulsar's client (PulsarOptions).
const pulsarClient = `pulsar.client.authPluginClassName pulsar.client.authParams pulsar.client.authParamMap pulsar.client.operationTimeoutMs
	pulsar.client.lookupTimeoutMs pulsar.client.statsIntervalSeconds pulsar.client.numIoThreads pulsar.client.numListenerThreads
	pulsar.client.connectionsPerBroker pulsar.client.connectionMaxIdleSeconds pulsar.client.useTcpNoDelay pulsar.client.tlsKeyFilePath pulsar.client.tlsCertificateFilePath pulsar.client.tlsTrustCertsFilePath
	pulsar.client.tlsAllowInsecureConnection pulsar.client.tlsHostnameVerificationEnable pulsar.client.tlsKeyStoreType pulsar.client.tlsKeyStorePath
	pulsar.client.tlsKeyStorePassword pulsar.client.tlsTrustStoreType pulsar.client.tlsTrustStorePath pulsar.client.tlsTrustStorePassword
	pulsar.client.tlsCiphers pulsar.client.tlsProtocols pulsar.client.concurrentLookupRequest
	pulsar.client.maxLookupRequest pulsar.client.maxLookupRedirects pulsar.client.maxNumberOfRejectedRequestPerConnection
	pulsar.client.keepAliveIntervalSeconds pulsar.client.connectionTimeoutMs pulsar.client.requestTimeoutMs pulsar.client.initialBackoffIntervalNanos
	pulsar.client.maxBackoffIntervalNanos pulsar.client.enableBusyWait pulsar.client.useKeyStoreTls pulsar.client.sslProvider
	pulsar.client.memoryLimitBytes pulsar.client.proxyProtocol pulsar.client.dnsLookupBindAddress pulsar.client.socks5ProxyAddress
	pulsar.client.socks5ProxyUsername pulsar.client.socks5ProxyPassword`

// debeziumRows are options of Debezium that say how rows are read.
const debeziumRows = `debezium.decimal.handling.mode debezium.time.precision.mode debezium.binary.handling.mode debezium.bigint.unsigned.handling.mode
	debezium.interval.handling.mode debezium.hstore.handling.mode debezium.skipped.operations debezium.tombstones.on.delete debezium.include.unknown.datatypes
	debezium.event.deserialization.failure.handling.mode debezium.event.processing.failure.handling.mode debezium.inconsistent.schema.handling.mode
	debezium.column.include.list debezium.column.exclude.list debezium.database.tablename.case.insensitive debezium.schema.name.adjustment.mode`

// paimonUpkeep are options of a table that say how it is kept in order.
const paimonUpkeep = `snapshot.num-retained.min snapshot.num-retained.max snapshot.time-retained snapshot.expire.limit snapshot.expire.execution-mode
	changelog.num-retained.min changelog.num-retained.max changelog.time-retained num-sorted-run.compaction-trigger num-sorted-run.stop-trigger num-levels
	compaction.max-size-amplification-percent compaction.size-ratio compaction.min.file-num compaction.optimization-interval manifest.target-file-size
	manifest.merge-min-count manifest.full-compaction-threshold-size tag.automatic-creation tag.creation-period tag.creation-delay tag.num-retained-max
	tag.default-time-retained partition.expiration-time partition.expiration-check-interval partition.timestamp-formatter partition.timestamp-pattern
	lookup.cache-max-memory-size lookup.cache-max-disk-size lookup.cache-file-retention`
