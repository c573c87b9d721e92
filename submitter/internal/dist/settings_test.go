package dist

import (
	"crypto/sha1" //nolint:gosec // what Maven repositories publish
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadPip(t *testing.T) {
	conf := "[global]\n# a comment\nindex-url = https://mirror/simple\nfind-links =\n    /one\n    /two\ncert: /ca.pem\n[download]\nindex_url = https://downloads/simple\n[list]\nindex-url = https://other\n"
	for _, tc := range []struct {
		name string
		env  map[string]string
		want pip
		err  string
	}{
		{"nothing", map[string]string{"PIP_CONFIG_FILE": os.DevNull}, pip{indexes: []string{defaultIndex}}, ""},
		{"files", nil, pip{indexes: []string{"https://downloads/simple"}, links: []string{"/one", "/two"}, cert: "/ca.pem"}, ""},
		{"environment over files", map[string]string{"PIP_INDEX_URL": "https://env", "PIP_EXTRA_INDEX_URL": "https://a https://b", "PIP_FIND_LINKS": "/three", "PIP_CERT": "/c", "PIP_PROXY": "http://p:1"},
			pip{indexes: []string{"https://env", "https://a", "https://b"}, links: []string{"/three"}, cert: "/c", proxy: "http://p:1"}, ""},
		{"no index", map[string]string{"PIP_NO_INDEX": "1"}, pip{links: []string{"/one", "/two"}, cert: "/ca.pem"}, ""},
		{"nowhere to look", map[string]string{"PIP_NO_INDEX": "true", "PIP_CONFIG_FILE": os.DevNull}, pip{}, "nowhere to look"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			home := t.TempDir()
			writeFile(t, filepath.Join(home, ".config", "pip", "pip.conf"), conf)
			env := func(k string) string {
				if v, ok := tc.env[k]; ok {
					return v
				}
				return map[string]string{"HOME": home, "XDG_CONFIG_DIRS": "/nowhere"}[k]
			}
			got, err := readPip(env)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("error %v, want %q", err, tc.err)
				}
				return
			}
			if tc.want.cert == "" {
				got.cert = "" // the machine's own /etc/pip.conf
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(pip{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestReadMaven(t *testing.T) {
	central := repository{id: centralID, url: centralURL}
	for _, tc := range []struct {
		name, settings string
		want           []repository
		err            string
	}{
		{"none", "", []repository{central}, ""},
		{"mirror with a password from the environment", `<settings><mirrors><mirror><id>corp</id><mirrorOf>*,!x</mirrorOf><url>https://corp/m2/</url></mirror></mirrors>
			<servers><server><id>corp</id><username>u</username><password>${env.PW}</password></server></servers></settings>`,
			[]repository{{id: "corp", url: "https://corp/m2", user: "u", password: "hush"}}, ""},
		{"mirror of others", `<settings><mirrors><mirror><id>corp</id><mirrorOf>*,!central</mirrorOf><url>https://corp</url></mirror></mirrors></settings>`, []repository{central}, ""},
		{"blocked", `<settings><mirrors><mirror><id>no</id><mirrorOf>external:*</mirrorOf><url>http://0.0.0.0/</url><blocked>true</blocked></mirror></mirrors></settings>`, nil, ""},
		{"profile", `<settings><profiles><profile><id>p</id><repositories><repository><id>r</id><url>https://r/${user.home}</url></repository></repositories></profile>
			<profile><id>off</id><repositories><repository><id>q</id><url>https://q</url></repository></repositories></profile></profiles>
			<activeProfiles><activeProfile>p</activeProfile></activeProfiles></settings>`,
			[]repository{{id: "r", url: "https://r//home"}, central}, ""},
		{"proxy", `<settings><proxies><proxy><host>p</host><port>3128</port><username>u</username><password>x</password><nonProxyHosts>*.corp|localhost</nonProxyHosts></proxy></proxies></settings>`,
			[]repository{{id: centralID, url: centralURL, proxy: "http://u:x@p:3128"}}, ""},
		{"not for that host", `<settings><proxies><proxy><host>p</host><nonProxyHosts>*.apache.org</nonProxyHosts></proxy></proxies></settings>`, []repository{central}, ""},
		{"encrypted password", `<settings><servers><server><id>central</id><password>{COQLCE6DU6GtcS5P=}</password></server></servers></settings>`, nil, "is encrypted"},
		{"no XML", `<settings><mirrors>`, nil, "settings.xml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			home := t.TempDir()
			if tc.settings != "" {
				writeFile(t, filepath.Join(home, ".m2", "settings.xml"), strings.ReplaceAll(tc.settings, "${user.home}", "/home"))
			}
			got, err := readMaven(func(k string) string { return map[string]string{"HOME": home, "PW": "hush"}[k] })
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("error %v, want %q", err, tc.err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got.repositories, cmp.AllowUnexported(repository{})); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestFindLinks(t *testing.T) {
	r, o := small(t)
	links := t.TempDir()
	for _, name := range []string{"/flink/flink-9.9.whl", "/libs/libs-9.9.whl"} {
		writeFile(t, filepath.Join(links, filepath.Base(name)), string(r.files[name]))
		delete(r.files, name)
	}
	env := o.Env
	o.Env = func(k string) string {
		switch k {
		case "PIP_FIND_LINKS":
			return "/nowhere " + links
		case "PIP_NO_INDEX":
			return "1"
		}
		return env(k)
	}
	if _, err := Ensure(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func TestArtifact(t *testing.T) {
	impatient(t)
	jar := []byte("a jar")
	digest := sha1.Sum(jar) //nolint:gosec // what Maven repositories publish
	const place = "/m2/org/k/con/1.0/con-1.0-all.jar"
	for _, tc := range []struct {
		name, coords string
		set          func(t *testing.T, r *registry, home string)
		err          []string
	}{
		{"sha1", "maven:org.k:con:1.0:all", nil, nil},
		{"sha256", "org.k:con:1.0:all", func(_ *testing.T, r *registry, _ string) {
			delete(r.files, place+".sha1")
			r.files[place+".sha256"] = []byte(sha(jar) + "  con-1.0-all.jar\n")
		}, nil},
		{"local repository only", "org.k:con:2.0", func(t *testing.T, _ *registry, home string) {
			writeFile(t, filepath.Join(home, ".m2/repository/org/k/con/2.0/con-2.0.jar"), string(jar))
		}, nil},
		{"damaged local repository", "org.k:con:1.0:all", func(t *testing.T, _ *registry, home string) {
			file := filepath.Join(home, ".m2/repository/org/k/con/1.0/con-1.0-all.jar")
			writeFile(t, file, "damaged")
			writeFile(t, file+".sha1", hex.EncodeToString(digest[:]))
		}, nil},
		{"wrong checksum", "org.k:con:1.0:all", func(_ *testing.T, r *registry, _ string) {
			r.files[place] = []byte("other bytes")
		}, []string{"maven:org.k:con:1.0:all", "sha1", "not the expected"}},
		{"no checksum", "org.k:con:1.0:all", func(_ *testing.T, r *registry, _ string) { delete(r.files, place+".sha1") }, []string{"publishes no checksum", "by hand"}},
		{"a page of HTML for a checksum", "org.k:con:1.0:all", func(_ *testing.T, r *registry, _ string) { r.files[place+".sha1"] = []byte("<html>") }, []string{"publishes no checksum"}},
		{"not there", "org.k:con:3.0", nil, []string{"con-3.0.jar", "no such artifact"}},
		{"server down", "org.k:con:1.0:all", func(_ *testing.T, r *registry, _ string) {
			r.fault = func(w http.ResponseWriter, _ *http.Request, _ int64) bool { w.WriteHeader(503); return true }
		}, []string{"503"}},
		{"snapshot", "org.k:con:1-SNAPSHOT", nil, []string{"mvn install"}},
		{"latest", "org.k:con:LATEST", nil, []string{"must be a fixed one"}},
		{"path in coordinates", "org.k:../../x:1.0", nil, []string{"no Maven coordinates"}},
		{"too short", "org.k:con", nil, []string{"group:artifact:version"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, o := small(t)
			r.files[place] = jar
			r.files[place+".sha1"] = []byte(hex.EncodeToString(digest[:]))
			if tc.set != nil {
				tc.set(t, r, o.Env("HOME"))
			}
			for range 2 { // the second comes from the cache
				file, sum, err := Artifact(t.Context(), o, tc.coords)
				if tc.err != nil {
					if err == nil || !containsAll(err.Error(), tc.err...) {
						t.Fatalf("error %v, want %q", err, tc.err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if have, _ := os.ReadFile(file); sum != sha(jar) || string(have) != string(jar) {
					t.Errorf("%s with sha256 %s holds %q", file, sum, have)
				}
			}
			if n := r.gets.Load(); n > 3 {
				t.Errorf("%d requests: the cache was not used", n)
			}
		})
	}
}

func TestArtifactSendsCredentialsOnlyThere(t *testing.T) {
	impatient(t)
	_, o := small(t)
	var seen []string
	repo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		seen = append(seen, user+":"+password)
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	defer repo.Close()
	writeFile(t, filepath.Join(o.Env("HOME"), ".m2", "settings.xml"), `<settings><mirrors><mirror><id>c</id><mirrorOf>central</mirrorOf><url>`+repo.URL+`</url></mirror></mirrors>
		<servers><server><id>c</id><username>me</username><password>hush</password></server></servers></settings>`)
	_, _, err := Artifact(t.Context(), o, "a:b:1")
	if err == nil || !containsAll(err.Error(), "401", "settings") || strings.Contains(err.Error(), "hush") {
		t.Errorf("error: %v", err)
	}
	if len(seen) == 0 || seen[0] != "me:hush" {
		t.Errorf("credentials seen: %q", seen)
	}
}

func TestPasswordsStayOutOfErrors(t *testing.T) {
	impatient(t)
	_, o := small(t)
	env := o.Env
	for _, index := range []string{"http://me:hush@127.0.0.1:1/simple", "http://me:hush@bad host/simple"} {
		o.Env = func(k string) string {
			if k == "PIP_INDEX_URL" {
				return index
			}
			return env(k)
		}
		if _, err := Ensure(t.Context(), o); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("error: %v", err)
		}
	}
}

func TestCertificates(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, bad, "no PEM")
	for _, tc := range []struct {
		name, cert, want string
		env              map[string]string
	}{
		{"system's", "", "", nil},
		{"no such file", "/nowhere/ca.pem", "/nowhere/ca.pem", nil},
		{"no PEM", "", "REQUESTS_CA_BUNDLE", map[string]string{"REQUESTS_CA_BUNDLE": bad}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := newClient(func(k string) string { return tc.env[k] }, tc.cert, "")
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestTLSWithAnOwnAuthority(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`<a href="x-1.whl">x</a>`))
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, ca, pemOf(server.Certificate().Raw))
	client, err := newClient(func(string) string { return "" }, ca, "")
	if err != nil {
		t.Fatal(err)
	}
	if link, err := fileOf(t.Context(), client, server.URL, "x", "x-1.whl"); err != nil || !strings.HasSuffix(link, "/x/x-1.whl") {
		t.Errorf("%q, %v", link, err)
	}
}

func TestJSONIndex(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		w.Write([]byte(`{"files":[{"filename":"x-1.whl","url":"https://files/ab/x-1.whl"}]}`))
	}))
	defer server.Close()
	link, err := fileOf(t.Context(), server.Client(), server.URL, "x", "x-1.whl")
	if err != nil || link != "https://files/ab/x-1.whl" {
		t.Errorf("%q, %v", link, err)
	}
}

func FuzzPipConf(f *testing.F) {
	f.Add([]byte("[global]\nindex-url = x\n  y\n[install]\nk: v"))
	f.Fuzz(func(_ *testing.T, data []byte) { parsePipConf(data) })
}

func FuzzCoordinates(f *testing.F) {
	f.Add("maven:a.b:c:1:d")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parseCoordinates(s); err == nil && !filepath.IsLocal(c.path()) {
			t.Errorf("%q leads to %s", s, c.path())
		}
	})
}
