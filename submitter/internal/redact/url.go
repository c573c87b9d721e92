package redact

import (
	"net/url"
	"regexp"
	"strings"
)

// URL is an address as it may be printed: scheme, host and path. What stands before
// the host, the query and the fragment may hold a password, a token or a signature.
// A path of this machine stays as it is.
func URL(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, hasPath := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 && !namesContainer(scheme, authority[:i]) {
		authority = authority[i+1:]
	}
	if hasPath {
		path = "/" + path
	}
	return scheme + "://" + authority + path
}

// namesContainer tells abfss://container@account/ from a user and a password.
func namesContainer(scheme, user string) bool {
	return (strings.HasPrefix(scheme, "abfs") || strings.HasPrefix(scheme, "wasb")) && !strings.ContainsAny(user, ":@")
}

// addresses are URLs in a text, up to a blank or a quote.
var addresses = regexp.MustCompile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s\"'`<>\\\\]+")

// URLs takes users, passwords and queries out of the web addresses in a text, and
// users with passwords out of all others: a bucket's URL keeps its query, which says
// where the bucket is.
func URLs(text string) string {
	return addresses.ReplaceAllStringFunc(text, func(found string) string {
		address := strings.TrimRight(found, ".,;:!?)]}")
		end := found[len(address):]
		scheme, _, _ := strings.Cut(address, "://")
		if s := strings.ToLower(scheme); s == "http" || s == "https" || s == "ftp" {
			return URL(address) + end
		}
		if u, err := url.Parse(address); err != nil || u.User == nil {
			return found
		} else if _, secret := u.User.Password(); !secret {
			return found
		}
		return URL(address) + end
	})
}
