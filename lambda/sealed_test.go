package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portolan/internal/report"
)

// TestTheStateIsSealed walks the files that a run has left: all have a seal except those that
// everybody may read and from which nothing is concluded. Who has changed one is noticed.
func TestTheStateIsSealed(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	folder := t.TempDir()
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+folder), &log, time.Minute)
	run := func() report.Report {
		t.Helper()
		result, answer := invoke(t, r, "{}")
		if answer.Status != report.Completed {
			t.Fatalf("%s %s", result.FunctionError, result.Payload)
		}
		return answer
	}
	run()
	sealed := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		text, readErr := os.ReadFile(path)
		has := bytes.Contains(text, []byte(`{"seal":"`)) || bytes.Contains(text, []byte("\x24\x00PS\x20\x00"))
		open := name == "lease.json" || strings.HasSuffix(name, ".html") || strings.HasPrefix(name, ".")
		if has == open {
			t.Errorf("%s: sealed %t", name, has)
		}
		if has {
			sealed++
		}
		return errors.Join(err, readErr)
	})
	if err != nil || sealed < 5 {
		t.Fatalf("%d files are sealed, %v", sealed, err)
	}
	if answer := run(); len(answer.Diagnostics) > 0 || answer.Total.Unchanged == 0 {
		t.Errorf("the second run knows %d entities: %+v", answer.Total.Unchanged, answer.Diagnostics)
	}
	latest := filepath.Join(folder, "latest.json")
	text, err := os.ReadFile(latest)
	if err == nil {
		err = os.WriteFile(latest, bytes.Replace(text, []byte(`"program":"`), []byte(`"program":"x`), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if answer := run(); len(answer.Diagnostics) == 0 || !strings.Contains(answer.Diagnostics[0].Cause, "seal") || answer.Total.Unchanged != 0 {
		t.Errorf("after a change it says %+v", answer.Diagnostics)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
