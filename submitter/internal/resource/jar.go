package resource

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// maxUnpacked bounds what a jar unpacks to: beyond it, jars are not looked into.
const maxUnpacked = 2 << 30

// nothing is the digest of an empty text.
var nothing = hex.EncodeToString(sha256.New().Sum(nil))

// JarContent digests what a jar holds, whenever and by whomever it was packed: names
// and contents of its entries, but for what build tools write about themselves. Of its
// manifest only what Java's class loaders read counts.
func JarContent(file string) (string, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return "", fmt.Errorf("jar %s: %w", file, err)
	}
	defer z.Close()
	left := int64(maxUnpacked)
	var entries []string
	for _, e := range z.File {
		if strings.HasSuffix(e.Name, "/") || aboutTheBuild(e.Name) {
			continue
		}
		sum, n, err := digestEntry(e, left)
		if err != nil {
			return "", fmt.Errorf("jar %s: %s: %w", file, e.Name, err)
		}
		left -= n
		if e.Name == jarManifest && sum == nothing {
			continue // as if there were none
		}
		entries = append(entries, fmt.Sprintf("%d:%s %s", len(e.Name), e.Name, sum))
	}
	slices.Sort(entries)
	sum := sha256.Sum256([]byte(strings.Join(entries, "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// aboutTheBuild recognizes files with the time of the build in them.
func aboutTheBuild(name string) bool {
	return strings.HasPrefix(name, "META-INF/maven/") && strings.HasSuffix(name, "/pom.properties")
}

const jarManifest = "META-INF/MANIFEST.MF"

// loaderLines are the lines of a jar's manifest that class loaders read. One that goes
// on in a second line is taken as it begins.
func loaderLines(text []byte) string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "Class-Path:") || strings.HasPrefix(line, "Multi-Release:") || strings.HasPrefix(line, "Launcher-Agent-Class:") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

func digestEntry(e *zip.File, most int64) (sum string, n int64, err error) {
	in, err := e.Open()
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	h := sha256.New()
	if e.Name == jarManifest {
		const long = 1 << 20
		text, err := io.ReadAll(io.LimitReader(in, long))
		io.WriteString(h, loaderLines(text)) // a hash does not fail
		return hex.EncodeToString(h.Sum(nil)), int64(len(text)), err
	}
	n, err = io.Copy(h, io.LimitReader(in, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("it unpacks to more than %d bytes", int64(maxUnpacked))
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// SameJar reports whether a file on this machine is a jar with the same content as
// another one, which is copied to a temporary file for that.
func SameJar(file string, other io.Reader) (bool, error) {
	temp, err := os.CreateTemp("", "flink-sql-jar-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temp.Name())
	_, err = io.Copy(temp, other)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return false, err
	}
	a, err := JarContent(file)
	if err != nil {
		return false, err
	}
	b, err := JarContent(temp.Name())
	return err == nil && a == b, err
}
