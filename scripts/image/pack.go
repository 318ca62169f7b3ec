package main

import (
	"archive/tar"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// pack packs a folder into an archive. The entries are in the order of their names, and
// have no owner and no time.
func pack(folder, archive string) (err error) {
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	w := tar.NewWriter(file)
	defer func() { err = errors.Join(err, w.Close(), file.Close()) }()
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
}
