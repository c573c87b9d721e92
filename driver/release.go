package main

import (
	"encoding/json"

	"flink-sql-driver/plan/release"
)

// decodeConfig reads a driver config; planURI is the driver's option for the
// plan. Broken JSON may be a broken download and is an ordinary error; anything
// else stays wrong however often it is read.
func decodeConfig(data []byte, planURI string) (release.Config, error) {
	c, err := release.DecodeConfig(data)
	switch {
	case err != nil && !json.Valid(data):
		return c, err
	case err != nil:
		return c, &usageError{err}
	case c.Run.Python != nil:
		return c, usage("run.python is not built yet")
	}
	if planURI != "" && c.Run.Plan != nil {
		c.Run.Plan.URI = planURI // the option was written for this start, the config for all of them
	}
	return c, nil
}

// runFile is the plan or the script.
func runFile(r release.Run) *release.File {
	if r.Script != nil {
		return r.Script
	}
	return r.Plan
}
