package cmd

import (
	"github.com/urfave/cli/v2"

	"flink-sql-driver/submitter/internal/manifest"
)

func schemaCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "JSON Schema of manifests, for editors",
		Description: `   submitter schema > manifest.schema.json
   # in a manifest: # yaml-language-server: $schema=manifest.schema.json

` + exits(exitDone, exitUsage),
		Flags: []cli.Flag{&cli.BoolFlag{Name: "config", Usage: "of submitter.yaml instead"}},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			schema := manifest.Schema
			if c.Bool("config") {
				schema = manifest.ConfigSchema
			}
			data, err := schema()
			if err != nil {
				return err
			}
			_, err = s.out.Write(append(data, '\n'))
			return err
		},
	}
}
