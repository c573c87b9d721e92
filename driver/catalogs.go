package main

import (
	"encoding/json"
	"path/filepath"

	"flink-sql-driver/driver/internal/flink"
	"flink-sql-driver/driver/internal/secret"
)

// Options of Flink's catalog store (CommonCatalogOptions, FileCatalogStoreFactoryOptions).
const (
	optCatalogStore     = "table.catalog-store.kind"
	optCatalogStorePath = "table.catalog-store.file.path"

	catalogStoreOfFiles = "file"
	catalogDir          = "catalogs"
)

// writeCatalogs gives Flink the catalogs whose options have secrets: each is a file of
// its catalog store (org.apache.flink.table.catalog.FileCatalogStore) in the private
// directory, so that no statement with a secret is executed, which Flink would log.
// JSON is YAML.
func (j *job) writeCatalogs(conf *flink.Conf, values secret.Values) error {
	if len(j.config.Catalogs) == 0 || j.service.Role != flink.JobManager {
		return nil
	}
	for _, key := range []string{optCatalogStore, optCatalogStorePath} {
		if set, ok := conf.Get(key); ok {
			return usage("%s is %s, but the job's catalogs have secrets and need a catalog store of their own; leave the option out", key, set)
		}
	}
	for _, catalog := range j.config.Catalogs {
		options := make(map[string]string, len(catalog.Options))
		for key, text := range catalog.Options {
			value, err := values.Text(text)
			if err != nil {
				return usage("catalog %s: option %s: %w", catalog.Name, key, err)
			}
			options[key] = value
		}
		data, err := json.Marshal(options)
		if err != nil {
			return err
		}
		if err := j.write(filepath.Join(catalogDir, catalog.Name+".yaml"), data); err != nil {
			return err
		}
	}
	conf.Set(optCatalogStore, catalogStoreOfFiles)
	conf.Set(optCatalogStorePath, "file://"+filepath.Join(j.private, catalogDir))
	return nil
}
