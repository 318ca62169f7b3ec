// Pack packs a folder into an archive: a zip, as Lambda takes the function and as Windows has it, or a
// gzipped tar. The entries are in the order of their names and have no owner; all have the time that is
// given. So the same files always produce the same archive.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	seconds := flag.Int64("created", 0, "the time of the files, in seconds since 1970; none by default")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: pack [-created SECONDS] FOLDER ARCHIVE, the archive a .zip or a .tar.gz")
	}
	var created time.Time
	if *seconds > 0 {
		created = time.Unix(*seconds, 0).UTC()
	}
	if err := pack(flag.Arg(0), flag.Arg(1), created); err != nil {
		log.Fatal(err)
	}
}

// writer makes the entries of an archive.
type writer interface {
	entry(name string, mode fs.FileMode, size int64) (io.Writer, error)
	Close() error
}

func pack(folder, archive string, created time.Time) (err error) {
	var to writer
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	switch {
	case strings.HasSuffix(archive, ".zip"):
		to = newZip(file, created)
	case strings.HasSuffix(archive, ".tar.gz"):
		if to, err = newTar(file, created); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither a .zip nor a .tar.gz", archive)
	}
	var size int64
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
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
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		size += int64(len(content))
		entry, err := to.entry(filepath.ToSlash(name), mode, int64(len(content)))
		if err != nil {
			return err
		}
		_, err = entry.Write(content)
		return err
	})
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.1f MB (%.1f MB unpacked)\n", archive, float64(info.Size())/(1<<20), float64(size)/(1<<20))
	return nil
}

type zipped struct {
	*zip.Writer
	created time.Time
}

func newZip(w io.Writer, created time.Time) *zipped {
	z := &zipped{zip.NewWriter(w), created}
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	return z
}

func (z *zipped) entry(name string, mode fs.FileMode, _ int64) (io.Writer, error) {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.created}
	header.SetMode(mode)
	return z.CreateHeader(header)
}

type tarred struct {
	*tar.Writer
	to      *gzip.Writer
	created time.Time
}

func newTar(w io.Writer, created time.Time) (*tarred, error) {
	to, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	return &tarred{tar.NewWriter(to), to, created}, nil
}

func (t *tarred) entry(name string, mode fs.FileMode, size int64) (io.Writer, error) {
	return t, t.WriteHeader(&tar.Header{
		Name: name, Mode: int64(mode), Size: size, ModTime: t.created, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	})
}

// Close ends the archive.
func (t *tarred) Close() error { return errors.Join(t.Writer.Close(), t.to.Close()) }
