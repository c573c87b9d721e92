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
   submitter schema --template > template.schema.json
   submitter schema --config > config.schema.json

` + exits(exitDone, exitUsage),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "template", Usage: "of a template instead: no key is required"},
			&cli.BoolFlag{Name: "config", Usage: "of submitter.yaml instead"},
		},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			schema := manifest.Schema
			switch {
			case c.Bool("config") && c.Bool("template"):
				return usagef("--config and --template are two schemas; choose one")
			case c.Bool("config"):
				schema = manifest.ConfigSchema
			case c.Bool("template"):
				schema = manifest.TemplateSchema
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
