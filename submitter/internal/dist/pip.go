package dist

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// defaultIndex is where pip looks when nothing else is configured.
const defaultIndex = "https://pypi.org/simple"

// pip is what pip's settings say about where packages come from.
type pip struct {
	indexes []string // index-url, then extra-index-url
	links   []string // find-links: directories, files or pages
	cert    string   // a PEM file, or a directory of them
	proxy   string
}

// readPip reads pip's settings as pip does: the files of the machine, the user
// and the virtual environment, then PIP_CONFIG_FILE, then the environment, the
// later over the earlier.
func readPip(env func(string) string) (pip, error) {
	set := map[string]string{}
	for _, path := range pipFiles(env) {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // pip, too, passes over what it cannot read
		}
		for k, v := range parsePipConf(data) {
			set[k] = v
		}
	}
	for _, key := range []string{"index-url", "extra-index-url", "find-links", "cert", "proxy", "no-index"} {
		name := "PIP_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
		if v := env(name); v != "" {
			set[key] = v
		}
	}
	p := pip{cert: set["cert"], proxy: set["proxy"], links: strings.Fields(set["find-links"])}
	if isTrue(set["no-index"]) {
		if len(p.links) == 0 {
			return p, fmt.Errorf("pip is configured with no-index and without find-links, so there is nowhere to look")
		}
		return p, nil
	}
	p.indexes = []string{defaultIndex}
	if v := set["index-url"]; v != "" {
		p.indexes = []string{v}
	}
	p.indexes = append(p.indexes, strings.Fields(set["extra-index-url"])...)
	return p, nil
}

func isTrue(v string) bool {
	switch strings.ToLower(v) {
	case "1", "y", "yes", "t", "true", "on":
		return true
	}
	return false
}

func pipFiles(env func(string) string) []string {
	if env("PIP_CONFIG_FILE") == os.DevNull {
		return nil // pip's way to say: no files at all
	}
	var files []string
	dirs := env("XDG_CONFIG_DIRS")
	if dirs == "" {
		dirs = "/etc/xdg"
	}
	for _, d := range filepath.SplitList(dirs) {
		files = append(files, filepath.Join(d, "pip", "pip.conf"))
	}
	files = append(files, "/etc/pip.conf")
	if home := env("HOME"); home != "" {
		config := env("XDG_CONFIG_HOME")
		if config == "" {
			config = filepath.Join(home, ".config")
		}
		files = append(files, filepath.Join(home, ".pip", "pip.conf"), filepath.Join(config, "pip", "pip.conf"))
	}
	if v := env("VIRTUAL_ENV"); v != "" {
		files = append(files, filepath.Join(v, "pip.conf"))
	}
	if v := env("PIP_CONFIG_FILE"); v != "" {
		files = append(files, v)
	}
	return files
}

// parsePipConf reads the sections global, download and install of a pip.conf;
// pip lets the section of the command win over global.
func parsePipConf(data []byte) map[string]string {
	sections := map[string]map[string]string{}
	section, key := "", ""
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		raw := lines.Text()
		line := strings.TrimSpace(raw)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section, key = strings.TrimSpace(line[1:len(line)-1]), ""
		case (raw[0] == ' ' || raw[0] == '\t') && key != "":
			sections[section][key] += "\n" + line // a value that goes on
		default:
			name, value, ok := cutAny(line, "=:")
			if !ok {
				continue
			}
			key = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
			if sections[section] == nil {
				sections[section] = map[string]string{}
			}
			sections[section][key] = strings.TrimSpace(value)
		}
	}
	set := map[string]string{}
	for _, s := range []string{"global", "install", "download"} {
		for k, v := range sections[s] {
			set[k] = v
		}
	}
	return set
}

func cutAny(s, seps string) (before, after string, ok bool) {
	if i := strings.IndexAny(s, seps); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
