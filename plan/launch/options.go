package launch

// Flink options by which a submitter tells the driver what to run: FLIP-316's two,
// Flink's own for a fixed job id (PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID),
// and ours.
const (
	OptionPlan   = "$internal.sql-gateway.driver.json-plan"
	OptionConfig = "$internal.sql-gateway.driver.sql-config"
	OptionLaunch = "$internal.sql-gateway.driver.launch" // URI of launches/<name>/<n>/
	OptionJobID  = "$internal.pipeline.job-id"
)
