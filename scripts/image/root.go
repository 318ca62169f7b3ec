package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"io"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// nobody is the user that the container runs as, and its group: the number that
// images without a distribution commonly take.
const nobody = 65532

// The paths of the image that its configuration or its users name.
const (
	entryPoint   = "/portolan"
	home         = "/var/lib/portolan"
	certificates = "/etc/ssl/certs"
	// ownCertificates is where Port's Helm chart mounts the certificate of a private
	// authority (selfSignedCertificate). Ocean's container runs update-ca-certificates
	// over it; here the program reads the folder itself.
	ownCertificates = "/usr/local/share/ca-certificates"
)

// entry is a file of the image, or a folder if its name ends in a slash.
type entry struct {
	name    string
	mode    int64
	owner   int // the user; the group is always root's
	content []byte
}

// foundation is the rest of the image, without the program. It changes only with the
// certificate authorities.
func foundation() []entry {
	return []entry{
		{"etc/passwd", 0o644, 0, []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:" + home + ":/sbin/nologin\n")},
		{"etc/group", 0o644, 0, []byte("root:x:0:\nnonroot:x:65532:\n")},
		{certificates[1:] + "/ca-certificates.crt", 0o644, 0, authorities()},
		{ownCertificates[1:] + "/", 0o755, 0, nil},
		{"tmp/", 0o1777, 0, nil},
		// Clusters that assign a separate user to each container put it into the group 0.
		{home[1:] + "/", 0o770, nobody, nil},
	}
}

// authorities returns the certificate authorities that Mozilla trusts without
// conditions. What it trusts for older certificates only cannot be said in a file,
// and is left out.
func authorities() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return b.Bytes()
}

// layer packs entries, with the folders above them, in the order of their names.
func layer(entries []entry, created time.Time) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, e := range withFolders(entries) {
		header := &tar.Header{
			Name: e.name, Mode: e.mode, Uid: e.owner, Size: int64(len(e.content)),
			ModTime: created, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
		}
		if strings.HasSuffix(e.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open,
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithCompressedCaching)
}

func withFolders(entries []entry) []entry {
	all := map[string]entry{}
	for _, e := range entries {
		for i, c := range e.name {
			if folder := e.name[:i+1]; c == '/' && all[folder].name == "" {
				all[folder] = entry{name: folder, mode: 0o755}
			}
		}
		all[e.name] = e
	}
	sorted := make([]entry, 0, len(all))
	for _, e := range all {
		sorted = append(sorted, e)
	}
	slices.SortFunc(sorted, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return sorted
}
