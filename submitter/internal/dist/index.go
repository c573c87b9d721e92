package dist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/net/html"
)

// maxIndexPage bounds a project's page: the longest of pypi.org have a few MB.
const maxIndexPage = 64 << 20

// errNotListed says that an index does not offer a file.
var errNotListed = errors.New("not listed")

// fileOf asks a Python package index (PEP 503, or its JSON form, PEP 691) for the
// address of a project's file.
func fileOf(ctx context.Context, client *http.Client, index, project, file string) (string, error) {
	page := strings.TrimRight(index, "/") + "/" + project + "/"
	return linkIn(ctx, client, page, file)
}

// linkIn finds a file among the links of a page.
func linkIn(ctx context.Context, client *http.Client, page, file string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return "", fmt.Errorf("package index %s: the address cannot be parsed", redacted(page))
	}
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1")
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("package index %s: %w", redacted(page), withoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("package index %s: %w", redacted(page), refusal(resp))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxIndexPage))
	if err != nil {
		return "", fmt.Errorf("package index %s: %w", redacted(page), err)
	}
	links := htmlLinks
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); strings.HasSuffix(kind, "json") {
		links = jsonLinks
	}
	base := resp.Request.URL // after redirects
	for _, link := range links(body) {
		u, err := base.Parse(link)
		if err != nil || path.Base(u.Path) != file {
			continue
		}
		u.Fragment = ""
		if u.User == nil && u.Host == base.Host {
			u.User = req.URL.User // as pip does: an index' password is its files' too
		}
		return u.String(), nil
	}
	return "", fmt.Errorf("package index %s: %s is %w", redacted(page), file, errNotListed)
}

func jsonLinks(body []byte) []string {
	var project struct {
		Files []struct {
			URL string `json:"url"`
		} `json:"files"`
	}
	if json.Unmarshal(body, &project) != nil {
		return nil
	}
	var links []string
	for _, f := range project.Files {
		links = append(links, f.URL)
	}
	return links
}

func htmlLinks(body []byte) []string {
	var links []string
	tokens := html.NewTokenizer(strings.NewReader(string(body)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return links
		case html.StartTagToken:
			name, more := tokens.TagName()
			isLink := string(name) == "a"
			for more {
				var key, value []byte
				key, value, more = tokens.TagAttr()
				if isLink && string(key) == "href" {
					links = append(links, string(value))
				}
			}
		}
	}
}

// inLinks looks for a file in pip's find-links: a directory or file here, or a
// page elsewhere. It returns a path or an address.
func inLinks(ctx context.Context, client *http.Client, links []string, file string) (local, remote string, err error) {
	for _, link := range links {
		if strings.HasPrefix(link, "http:") || strings.HasPrefix(link, "https:") {
			remote, err := linkIn(ctx, client, link, file)
			if err == nil {
				return "", remote, nil
			}
			continue
		}
		if u, err := url.Parse(link); err == nil && u.Scheme == "file" {
			link = u.Path
		}
		for _, candidate := range []string{filepath.Join(link, file), link} {
			info, err := os.Stat(candidate)
			if err == nil && info.Mode().IsRegular() && filepath.Base(candidate) == file {
				return candidate, "", nil
			}
		}
	}
	return "", "", fs.ErrNotExist
}
