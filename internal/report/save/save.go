// Package save writes the report of a run to a named file, in the format that
// the file's ending asks for. It replaces a file as a whole, or does not change it.
package save

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"
	"github.com/spf13/pflag"

	"portolan/internal/plain"
	"portolan/internal/report"
	"portolan/internal/report/page"
)

// File is the path of a file for a report: a page if it ends in .html, JSON if it ends
// in .json. "" means no file.
type File string

// Flag returns a command line the word for the file.
func (f *File) Flag(flags *pflag.FlagSet) {
	flags.StringVar((*string)(f), "report", "", "also write the report to this file: a page if it ends in .html, or .json")
}

// Check says what is wrong with the path, before a run begins that may take long.
func (f File) Check() error {
	if f == "" {
		return nil
	}
	if f.form() == nil {
		return fmt.Errorf("--report is %q; it should end in .html or .json", string(f))
	}
	folder := filepath.Dir(string(f))
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("--report is %q; its folder %s should exist", string(f), folder)
	}
	if info, err := os.Stat(string(f)); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--report is %q, which is there and no file", string(f))
	}
	return nil
}

// form returns what writes the report as the file is to have it; nil if its ending is
// not known.
func (f File) form() func(io.Writer, *report.Report) error {
	switch filepath.Ext(string(f)) {
	case ".html":
		return page.Write
	case ".json":
		return func(w io.Writer, r *report.Report) error {
			text, err := plain.Marshal(r)
			if err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		}
	}
	return nil
}

// Write writes the report into the file, which only its owner may read.
func (f File) Write(r *report.Report) error {
	if f == "" {
		return nil
	}
	var text bytes.Buffer
	err := f.form()(&text, r)
	if err == nil {
		err = maybe.WriteFile(string(f), text.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}
