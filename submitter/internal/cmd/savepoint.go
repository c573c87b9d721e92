package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/savepoint"
)

func savepointCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:        "savepoint",
		Usage:       "savepoints and checkpoints by hand",
		Subcommands: []*cli.Command{savepointTriggerCommand(s), savepointInspectCommand(s)},
	}
}

func savepointInspectCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "say which operators have state in a savepoint or checkpoint, and which files it needs",
		ArgsUsage: "PATH",
		Description: `PATH is the directory of a savepoint or checkpoint, or its _metadata file; a path, or a URI like s3://bucket/key.
Only _metadata is read: state itself is not. A bucket is reached as the store of submitter.yaml, or of --store, is: at its
endpoint, in its region.

   submitter savepoint inspect .flink-sql/store/savepoints/orders/1/1-8c0f…
   submitter savepoint inspect s3://flink/prod/checkpoints/orders/1/73497b…/chk-42 -o json

` + exits(exitDone, exitFailed, exitUsage),
		Flags: append(storeFlags(), outputFlag()),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("savepoint inspect takes one PATH, got %d arguments", c.NArg())
			}
			r, err := inspect(c, c.Args().First())
			if err != nil {
				return err
			}
			return render(c, s.out, r, func(w io.Writer) error { return savepointText(w, r) })
		},
	}
}

// metadataFile is the file that makes a directory a savepoint or checkpoint.
const metadataFile = "_metadata"

// inspect reads a savepoint by its directory or _metadata file.
func inspect(c *cli.Context, where string) (*savepoint.Savepoint, error) {
	read := readLocalMetadata
	if scheme, _, ok := strings.Cut(where, "://"); ok && scheme != "file" {
		read = readRemoteMetadata
	}
	data, err := read(c, strings.TrimPrefix(where, "file://"))
	if err != nil {
		return nil, err
	}
	meta, err := savepoint.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return meta, nil
}

func readLocalMetadata(_ *cli.Context, name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return readFile(name, savepoint.MaxSize)
	}
	data, err := readFile(filepath.Join(name, metadataFile), savepoint.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s: it is no savepoint or checkpoint, or not a complete one", name, metadataFile)
	}
	return data, err
}

func readRemoteMetadata(c *cli.Context, uri string) ([]byte, error) {
	if path.Base(uri) != metadataFile {
		uri = strings.TrimRight(uri, "/") + "/" + metadataFile
	}
	options, err := storeOptions(c)
	if err != nil {
		return nil, err
	}
	url, key, err := bucket.ParseURI(uri, options)
	if err != nil {
		return nil, err
	}
	b, err := bucket.Open(c.Context, url)
	if err != nil {
		return nil, err
	}
	data, err := b.Read(c.Context, key, savepoint.MaxSize)
	return data, errors.Join(err, b.Close())
}

// storeOptions are Flink's, of how the store is reached; none if there is no store.
func storeOptions(c *cli.Context) (map[string]string, error) {
	cfg, err := loadConfig(c)
	if err != nil {
		return nil, err
	}
	store, err := storeOf(c, cfg)
	if err != nil || store == "" {
		return nil, err
	}
	b, err := openURL(c.Context, store)
	if err != nil {
		return nil, err
	}
	return b.FlinkOptions(), b.Close()
}

func savepointText(w io.Writer, s *savepoint.Savepoint) error {
	fmt.Fprintf(w, "%s %d, format version %d, %d operators, %d files\n", firstOf(s.Kind, "savepoint or checkpoint"), s.CheckpointID, s.Version, len(s.Operators), len(s.Files))
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"Operator", "Uid", "Name", "Parallelism", "Max", "State", "Bytes"})
	for _, o := range s.Operators {
		t.AppendRow(table.Row{o.ID, o.UID, short(o.Name), o.Parallelism, o.MaxParallelism, strings.Join(o.Kinds, ", "), o.Bytes})
	}
	t.Render()
	return nil
}
