package main

import (
	"bytes"
	"debug/buildinfo"
	"runtime/debug"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// program lists the modules of a Go program, and the Go that it was built with; other
// programs belong to packages.
func program(file string, data []byte) ([]cdx.Component, error) {
	info, err := buildinfo.Read(bytes.NewReader(data))
	if err != nil {
		return nil, nil //nolint:nilerr // not a Go program
	}
	parts := []cdx.Component{component("pkg:golang/std@"+info.GoVersion, "", "std", info.GoVersion, file), module(&info.Main, file)}
	for _, m := range info.Deps {
		parts = append(parts, module(m, file))
	}
	return parts, nil
}

func module(m *debug.Module, file string) cdx.Component {
	for m.Replace != nil {
		m = m.Replace
	}
	purl := "pkg:golang/" + m.Path
	if m.Version != "" {
		purl += "@" + m.Version
	}
	c := component(purl, "", m.Path, m.Version, file)
	if m.Sum == "" {
		c.Type = cdx.ComponentTypeApplication
	}
	return c
}
