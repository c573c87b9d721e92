package main

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"regexp"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// jar lists a Java archive, what was built into it, and jars within it.
func jar(file string, data []byte) ([]cdx.Component, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	parts := []cdx.Component{byFileName(file)}
	for _, f := range archive.File {
		read := jarReader(f.Name)
		if read == nil {
			continue
		}
		text, err := content(f)
		if err != nil {
			return nil, err
		}
		more, err := read(file, text)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func jarReader(name string) func(string, []byte) ([]cdx.Component, error) {
	switch {
	case strings.HasPrefix(name, "META-INF/maven/") && path.Base(name) == "pom.properties":
		return coordinates
	case name == "META-INF/NOTICE":
		return notice
	case strings.HasSuffix(name, ".jar"):
		return func(file string, data []byte) ([]cdx.Component, error) { return jar(file+"!/"+name, data) }
	}
	return nil
}

var fileName = regexp.MustCompile(`^(.+?)(?:-(\d[^/]*))?\.jar$`)

// byFileName takes artifact and version from a jar's name, as Maven gives it; of the
// groups only Flink's own can be told so.
func byFileName(file string) cdx.Component {
	m := fileName.FindStringSubmatch(path.Base(file))
	group := ""
	if strings.HasPrefix(m[1], "flink-") {
		group = "org.apache.flink"
	}
	return maven(group, m[1], m[2], file)
}

func coordinates(file string, data []byte) ([]cdx.Component, error) {
	value := map[string]string{}
	for _, line := range lines(data) {
		if k, v, ok := strings.Cut(line, "="); ok {
			value[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	if value["artifactId"] == "" {
		return nil, nil
	}
	return []cdx.Component{maven(value["groupId"], value["artifactId"], value["version"], file)}, nil
}

var bundled = regexp.MustCompile(`^\s*- ([\w.-]+):([\w.-]+):(?:jar:)?([\w.+-]+)`)

// notice reads what Flink's notices list as bundled: "- group:artifact:version".
func notice(file string, data []byte) ([]cdx.Component, error) {
	var parts []cdx.Component
	for _, line := range lines(data) {
		if m := bundled.FindStringSubmatch(line); m != nil {
			parts = append(parts, maven(m[1], m[2], m[3], file))
		}
	}
	return parts, nil
}

func maven(group, artifact, version, file string) cdx.Component {
	purl := "pkg:maven/" + strings.TrimPrefix(group+"/", "/") + artifact
	if version != "" {
		purl += "@" + version
	}
	return component(purl, group, artifact, version, file)
}
