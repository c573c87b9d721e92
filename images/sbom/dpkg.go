package main

import (
	"net/url"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// packages reads dpkg's status: paragraphs of "Field: value", separated by empty lines.
func packages(_ string, data []byte) ([]cdx.Component, error) {
	var parts []cdx.Component
	field := map[string]string{}
	for _, line := range append(lines(data), "") {
		if name, value, ok := strings.Cut(line, ": "); ok && name != "" && name[0] != ' ' {
			field[name] = value
		}
		if line != "" {
			continue
		}
		if strings.HasSuffix(field["Status"], " installed") {
			name, version := field["Package"], field["Version"]
			purl := "pkg:deb/debian/" + name + "@" + url.QueryEscape(version) + "?arch=" + field["Architecture"]
			parts = append(parts, component(purl, "", name, version, ""))
		}
		clear(field)
	}
	return parts, nil
}
