package main

import (
	"bytes"
	"encoding/json"
	"io"

	"flink-sql-driver/driver/internal/localize"
	"flink-sql-driver/driver/internal/secret"
	"flink-sql-driver/plan/release"
)

// decodeConfig reads a driver config and checks everything in it. planURI is the
// driver's option for the plan. Broken JSON may be a broken download and is an
// ordinary error; anything else stays wrong.
func decodeConfig(data []byte, planURI string) (release.Config, error) {
	var c release.Config
	if !json.Valid(data) {
		return c, json.Unmarshal(data, &c)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, &usageError{err}
	}
	if _, err := dec.Token(); err != io.EOF {
		return c, usage("there is something after its end")
	}
	if c.Version != release.ConfigVersion {
		return c, usage("it has version %d, but this driver reads %d", c.Version, release.ConfigVersion)
	}
	if err := checkRun(&c.Run, planURI); err != nil {
		return c, err
	}
	for i, statement := range c.Init {
		if secrets, _ := secret.Names([]byte(statement)); len(secrets) > 0 {
			return c, usage("init statement %d mentions ${secret:%s}, and Flink prints every statement to its log", i+1, secrets[0])
		}
	}
	return c, checkResources(c.Resources)
}

func checkRun(r *release.Run, planURI string) error {
	set := 0
	for _, f := range []*release.File{r.Plan, r.Script, r.Python} {
		if f != nil {
			set++
		}
	}
	if set != 1 {
		return usage("run has %d of plan, script and python, but takes exactly one", set)
	}
	if r.Python != nil {
		return usage("run.python is not built yet")
	}
	f := runFile(*r)
	if f.SHA256 != "" && !isDigest(f.SHA256) || f.Size < 0 {
		return usage("run: sha256 or size is not one")
	}
	if planURI != "" && r.Plan != nil {
		f.URI = planURI // the option was written for this start, the config for all of them
	}
	return nil
}

// runFile is the plan or the script.
func runFile(r release.Run) *release.File {
	if r.Script != nil {
		return r.Script
	}
	return r.Plan
}

func checkResources(list []release.Resource) error {
	names := map[string]bool{}
	for _, r := range list {
		switch {
		case localize.CheckName(r.Name) != nil:
			return usage("resource %q: its name has to be one element of a path", r.Name)
		case names[r.Name]:
			return usage("resource %q is there twice", r.Name)
		case r.Kind != release.KindJar && r.Kind != release.KindFile && r.Kind != release.KindArchive:
			return usage("resource %q: kind %q is none of jar, file and archive", r.Name, r.Kind)
		case r.URI == "":
			return usage("resource %q has no uri", r.Name)
		case r.SHA256 != "" && !isDigest(r.SHA256) || r.Size < 0:
			return usage("resource %q: sha256 or size is not one", r.Name)
		}
		names[r.Name] = true
	}
	return nil
}
