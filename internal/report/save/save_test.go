package save_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
	"portolan/internal/report/save"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "folder.html"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"": "", "a.html": "", "a.json": "",
		"a.htm": "should end in .html or .json", "a": "should end in .html or .json",
		"missing/a.html": "missing should exist", "folder.html": "which is there and no file",
	} {
		path := save.File("")
		if file != "" {
			path = save.File(filepath.Join(folder, file))
		}
		err := path.Check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := &report.Report{Head: report.Head{Run: "run-1", Integration: "my-aws", Status: report.Completed}}
	for range 2 { // the second time the files are there
		for _, name := range []string{"a.html", "a.json"} {
			if err := save.File(filepath.Join(folder, name)).Write(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(folder, "a.html"))
	if err != nil || !strings.HasPrefix(string(page), "<!doctype html>") {
		t.Errorf("the page is %.80s: %v", page, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "a.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back report.Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Error(diff)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 2 {
		t.Errorf("the folder has %v", entries)
	}
	if err := save.File("").Write(r); err != nil {
		t.Error(err)
	}
	if err := save.File(filepath.Join(folder, "gone", "a.html")).Write(r); err == nil || !strings.HasPrefix(err.Error(), "--report: ") {
		t.Errorf("into no folder: %v", err)
	}
}
