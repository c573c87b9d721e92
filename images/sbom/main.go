// Command sbom says what is in an image: it reads the image's file system as a tar
// archive from standard input and writes a CycloneDX document to standard output.
//
//	sbom NAME VERSION < filesystem.tar > NAME.cdx.json
//
// It knows Debian packages (dpkg's status), Java archives (Maven coordinates, and what
// the NOTICE of a jar says is bundled in it) and Go programs (their build information).
// Certificates, scripts and class archives are in none of them and not listed.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom NAME VERSION < filesystem.tar > NAME.cdx.json")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "sbom: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(name, version string, filesystem io.Reader, out io.Writer) error {
	parts, err := inventory(filesystem)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		return errors.New("nothing known in it: no package, no jar, no Go program")
	}
	bom := cdx.NewBOM()
	image := cdx.Component{Type: cdx.ComponentTypeContainer, BOMRef: "image", Name: name, Version: version}
	bom.Metadata = &cdx.Metadata{Component: &image}
	bom.Components = &parts
	encoder := cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON)
	encoder.SetPretty(true)
	return encoder.Encode(bom)
}

// inventory finds components in a file system: sorted, each once.
func inventory(filesystem io.Reader) ([]cdx.Component, error) {
	found := map[string]cdx.Component{}
	for files := tar.NewReader(filesystem); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		file := path.Clean("/" + h.Name)
		if read := reader(file, h); read != nil {
			data, err := io.ReadAll(files)
			if err != nil {
				return nil, err
			}
			parts, err := read(file, data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			for _, c := range parts {
				c.BOMRef = c.PackageURL
				found[c.PackageURL] = c
			}
		}
	}
	parts := make([]cdx.Component, 0, len(found))
	for _, c := range found {
		parts = append(parts, c)
	}
	slices.SortFunc(parts, func(a, b cdx.Component) int { return cmp.Compare(a.PackageURL, b.PackageURL) })
	return parts, nil
}

// minProgram is the size in bytes below which an executable cannot be a Go program.
const minProgram = 500_000

// reader is what understands a file, or nil.
func reader(file string, h *tar.Header) func(file string, data []byte) ([]cdx.Component, error) {
	switch {
	case h.Typeflag != tar.TypeReg:
		return nil
	case file == "/var/lib/dpkg/status":
		return packages
	case strings.HasSuffix(file, ".jar"):
		return jar
	case h.Mode&0o111 != 0 && h.Size > minProgram:
		return program
	}
	return nil
}

func component(purl, group, name, version, file string) cdx.Component {
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, Group: group, Name: name, Version: version, PackageURL: purl}
	if file != "" {
		c.Evidence = &cdx.Evidence{Occurrences: &[]cdx.EvidenceOccurrence{{Location: file}}}
	}
	return c
}

func lines(data []byte) []string {
	return strings.Split(string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))), "\n")
}
