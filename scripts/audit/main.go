// Audit looks for known vulnerabilities in built binaries: in what the linker took
// from each module, and in the standard library of the Go that built them.
//
// The database is https://vuln.go.dev. If that cannot be reached, it comes through
// the module proxy, as the module golang.org/x/vulndb, which is days older. It is a failure
// if there is neither, unless -unaudited allows it; if a module has a vulnerability; and if Go's
// standard library has one that a newer Go fixes. The last is fixed by the line
// "toolchain" in go.mod. What nothing fixes yet is named and is not a failure, because no
// change in this repository helps.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

const (
	govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
	database    = "https://vuln.go.dev"
	mirror      = "golang.org/x/vulndb@latest"
)

func main() {
	log.SetFlags(0)
	unaudited := flag.Bool("unaudited", false, "do not fail if no database can be reached")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("usage: audit [-unaudited] BINARY…")
	}
	ctx := context.Background()
	where, err := reach(ctx)
	if err != nil {
		fmt.Printf("NOT AUDITED: no database of vulnerabilities can be reached: %v\n", err)
		if *unaudited {
			return
		}
		os.Exit(1)
	}
	fmt.Println("vulnerabilities:", where)
	failed := false
	for _, binary := range flag.Args() {
		found, err := check(ctx, where, binary)
		if err != nil {
			log.Fatal(err)
		}
		failed = tell(os.Stdout, binary, found) || failed
	}
	if failed {
		os.Exit(1)
	}
}

// reach finds the database and returns its URL.
func reach(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	asked, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	request, err := http.NewRequestWithContext(asked, http.MethodHead, database+"/index/db.json", nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return database, nil
		}
		err = errors.New(answer.Status)
	}
	folder, mirrorErr := download(ctx)
	if mirrorErr != nil {
		return "", fmt.Errorf("%s: %w; %s: %w", database, err, mirror, mirrorErr)
	}
	return "file://" + filepath.ToSlash(folder), nil
}

// download returns the folder of the database in the module cache.
func download(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", mirror).Output()
	var module struct{ Dir, Error string }
	if json.Unmarshal(out, &module) != nil || module.Dir == "" {
		return "", errors.Join(err, errors.New(module.Error))
	}
	return filepath.Join(module.Dir, "data", "osv"), nil
}

// check runs govulncheck. In this format its exit code is 0 whatever it finds.
func check(ctx context.Context, where, binary string) ([]finding, error) {
	command := exec.CommandContext(ctx, "go", "run", govulncheck, "-db", where, "-mode", "binary", "-format", "json", binary)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	found, readErr := read(out)
	return found, errors.Join(readErr, command.Wait())
}

// finding is a vulnerability in code that is part of the binary.
type finding struct {
	id, summary            string
	module, version, fixed string // module is standardLibrary for Go's own
}

// message is one of the stream's, of those read here:
// https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck
type message struct {
	OSV *struct {
		ID, Summary string
	} `json:"osv"`
	Finding *struct {
		OSV   string `json:"osv"`
		Fixed string `json:"fixed_version"`
		Trace []struct {
			Module, Version, Function string
		} `json:"trace"`
	} `json:"finding"`
}

// read returns one finding for each vulnerability that has a function in the binary.
func read(stream io.Reader) ([]finding, error) {
	summaries, found := map[string]string{}, map[string]finding{}
	for decoder := json.NewDecoder(stream); ; {
		var m message
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read what govulncheck found: %w", err)
		}
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 || m.Finding.Trace[0].Function == "" {
			continue
		}
		at := m.Finding.Trace[0]
		found[m.Finding.OSV] = finding{
			id: m.Finding.OSV, module: at.Module, version: at.Version, fixed: m.Finding.Fixed,
		}
	}
	var all []finding
	for id, f := range found {
		f.summary = summaries[id]
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b finding) int { return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.id, b.id)) })
	return all, nil
}

const standardLibrary = "stdlib"

// tell prints the findings, and returns whether one of them is a failure.
func tell(w io.Writer, binary string, found []finding) (failed bool) {
	library, newest := 0, ""
	for _, f := range found {
		fix := "no version fixes it yet"
		if f.fixed != "" {
			fix = "fixed in " + f.fixed
		}
		if f.module == standardLibrary {
			library++
			if semver.Compare(f.fixed, newest) > 0 {
				newest = f.fixed
			}
		}
		failed = failed || f.fixed != "" || f.module != standardLibrary
		_, _ = fmt.Fprintf(w, "%s: %s %s: %s (%s)\n", f.id, f.module, f.version, f.summary, fix)
	}
	_, _ = fmt.Fprintf(w, "%s: vulnerabilities in modules: %d, in Go's standard library: %d\n", binary, len(found)-library, library)
	if newest != "" {
		_, _ = fmt.Fprintf(w, "%s: a newer Go is needed: go mod edit -toolchain=go%s\n", binary, strings.TrimPrefix(newest, "v"))
	}
	return failed
}
