package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// member is what an archive says of a file.
type member struct {
	Mode fs.FileMode
	Time time.Time
	Text string
}

var released = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func write(t *testing.T, folder, name, text string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func packed(t *testing.T, folder, name string) []byte {
	t.Helper()
	archive := filepath.Join(t.TempDir(), name)
	if err := pack(folder, archive, released); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func unzipped(t *testing.T, text []byte) map[string]member {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]member{}
	for _, f := range r.File {
		open, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(open)
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name] = member{f.Mode(), f.Modified.UTC(), string(content)}
	}
	return found
}

func untarred(t *testing.T, text []byte) map[string]member {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]member{}
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Errorf("%s has an owner: %+v", h.Name, h)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = member{h.FileInfo().Mode(), h.ModTime.UTC(), string(content)}
	}
}

// TestPack packs two folders that differ in nothing but what an archive must not tell.
func TestPack(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	write(t, first, "portolan", "binary", 0o700)
	write(t, first, "schemas/report.json", "{}", 0o600)
	write(t, second, "schemas/report.json", "{}", 0o644)
	write(t, second, "portolan", "binary", 0o755)
	want := map[string]member{"portolan": {0o755, released, "binary"}, "schemas/report.json": {0o644, released, "{}"}}
	for name, read := range map[string]func(*testing.T, []byte) map[string]member{"a.zip": unzipped, "a.tar.gz": untarred} {
		text := packed(t, first, name)
		if diff := cmp.Diff(want, read(t, text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !bytes.Equal(text, packed(t, second, name)) {
			t.Errorf("%s: the same files make another archive", name)
		}
	}
	if err := pack(first, filepath.Join(t.TempDir(), "a.rar"), released); err == nil {
		t.Error("it packs a .rar")
	}
}
