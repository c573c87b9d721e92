package dist

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// centralID and centralURL are the repository that Maven has without settings.
const (
	centralID  = "central"
	centralURL = "https://repo.maven.apache.org/maven2"
)

// repository is one place that Maven artifacts come from.
type repository struct {
	id, url        string
	user, password string
	proxy          string
}

// maven is what Maven's settings say about where artifacts come from.
type maven struct {
	local        string // the local repository
	repositories []repository
}

// settingsFile is the part of settings.xml that is read
// (http://maven.apache.org/SETTINGS/1.0.0).
type settingsFile struct {
	Local   string `xml:"localRepository"`
	Mirrors []struct {
		ID       string `xml:"id"`
		URL      string `xml:"url"`
		MirrorOf string `xml:"mirrorOf"`
		Blocked  bool   `xml:"blocked"`
	} `xml:"mirrors>mirror"`
	Servers []struct {
		ID       string `xml:"id"`
		User     string `xml:"username"`
		Password string `xml:"password"`
	} `xml:"servers>server"`
	Proxies []struct {
		Active   string `xml:"active"`
		Protocol string `xml:"protocol"`
		Host     string `xml:"host"`
		Port     string `xml:"port"`
		User     string `xml:"username"`
		Password string `xml:"password"`
		NonProxy string `xml:"nonProxyHosts"`
	} `xml:"proxies>proxy"`
	Profiles []struct {
		ID           string `xml:"id"`
		Default      bool   `xml:"activation>activeByDefault"`
		Repositories []struct {
			ID  string `xml:"id"`
			URL string `xml:"url"`
		} `xml:"repositories>repository"`
	} `xml:"profiles>profile"`
	Active []string `xml:"activeProfiles>activeProfile"`
}

// readMaven reads ~/.m2/settings.xml. A file that cannot be understood is an
// error: going on with the public repository could leak what a mirror was set up
// to hide.
func readMaven(env func(string) string) (maven, error) {
	home := env("HOME")
	m := maven{}
	if home != "" {
		m.local = filepath.Join(home, ".m2", "repository")
	}
	var s settingsFile
	if home != "" {
		file := filepath.Join(home, ".m2", "settings.xml")
		data, err := os.ReadFile(file)
		if err == nil {
			err = xml.Unmarshal(data, &s)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("Maven's settings %s: %w", file, err)
		}
	}
	expand := func(v string) string { return expandSettings(strings.TrimSpace(v), env) }
	if s.Local != "" {
		m.local = expand(s.Local)
	}
	for _, r := range s.declared() {
		r.url = expand(r.url)
		for _, mirror := range s.Mirrors {
			if !mirrors(expand(mirror.MirrorOf), r) {
				continue
			}
			if mirror.Blocked {
				r.url = ""
			} else {
				r.id, r.url = mirror.ID, expand(mirror.URL)
			}
			break
		}
		if r.url == "" {
			continue
		}
		for _, server := range s.Servers {
			if server.ID == r.id {
				r.user, r.password = expand(server.User), expand(server.Password)
			}
		}
		if encrypted.MatchString(r.password) {
			return m, fmt.Errorf("the password of server %s in Maven's settings.xml is encrypted, which only Maven can read; run `mvn dependency:get -Dartifact=…` once, its local repository is used too", r.id)
		}
		r.url = strings.TrimRight(r.url, "/")
		r.proxy = s.proxyFor(r.url, expand)
		m.repositories = append(m.repositories, r)
	}
	return m, nil
}

// encrypted is a password that went through `mvn --encrypt-password`.
var encrypted = regexp.MustCompile(`^\{.+\}$`)

// declared are the repositories of the active profiles, then central, which a
// profile may replace by its id.
func (s settingsFile) declared() []repository {
	active := map[string]bool{}
	for _, id := range s.Active {
		active[strings.TrimSpace(id)] = true
	}
	var all []repository
	haveCentral := false
	for _, p := range s.Profiles {
		if !active[p.ID] && !p.Default {
			continue
		}
		for _, r := range p.Repositories {
			all = append(all, repository{id: r.ID, url: r.URL})
			haveCentral = haveCentral || r.ID == centralID
		}
	}
	if !haveCentral {
		all = append(all, repository{id: centralID, url: centralURL})
	}
	return all
}

// mirrors decides whether a mirrorOf pattern covers a repository: a comma
// separated list of ids, *, external:*, external:http:* and !id.
func mirrors(pattern string, r repository) bool {
	match := false
	for p := range strings.SplitSeq(pattern, ",") {
		switch p = strings.TrimSpace(p); {
		case p == "!"+r.id:
			return false
		case p == r.id:
			return true
		case p == "*",
			p == "external:*" && !isLocalURL(r.url),
			p == "external:http:*" && strings.HasPrefix(r.url, "http:") && !isLocalURL(r.url):
			match = true
		}
	}
	return match
}

func isLocalURL(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	return u.Scheme == "file" || u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
}

// proxyFor is the address of the active proxy for a repository, or empty.
func (s settingsFile) proxyFor(repo string, expand func(string) string) string {
	u, err := url.Parse(repo)
	if err != nil {
		return ""
	}
	for _, p := range s.Proxies {
		protocol := strings.TrimSpace(p.Protocol)
		if strings.TrimSpace(p.Active) == "false" || protocol != "" && !strings.EqualFold(protocol, u.Scheme) && protocol != "http" {
			continue
		}
		for host := range strings.FieldsFuncSeq(expand(p.NonProxy), func(r rune) bool { return r == '|' || r == ',' }) {
			if ok, _ := path.Match(host, u.Hostname()); ok {
				return ""
			}
		}
		proxy := url.URL{Scheme: "http", Host: expand(p.Host)}
		if port := expand(p.Port); port != "" {
			proxy.Host += ":" + port
		}
		if user := expand(p.User); user != "" {
			proxy.User = url.UserPassword(user, expand(p.Password))
		}
		return proxy.String()
	}
	return ""
}

var settingsVariable = regexp.MustCompile(`\$\{([^}]+)\}`)

// expandSettings replaces ${env.NAME} and ${user.home}; Maven knows more, which
// in settings.xml hardly anybody uses.
func expandSettings(v string, env func(string) string) string {
	return settingsVariable.ReplaceAllStringFunc(v, func(m string) string {
		name := m[2 : len(m)-1]
		if name == "user.home" {
			return env("HOME")
		}
		if variable, ok := strings.CutPrefix(name, "env."); ok {
			return env(variable)
		}
		return m
	})
}
