package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestLayout reads all that was written as a registry does: every digest, size, type
// and layer.
func TestLayout(t *testing.T) {
	t.Parallel()
	out := written(t)
	inner := index(t, out)
	if err := validate.Index(inner); err != nil {
		t.Error(err)
	}
	manifest, err := inner.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.MediaType != types.OCIImageIndex || manifest.Annotations["org.opencontainers.image.version"] != tested.version {
		t.Errorf("the index is %+v", manifest)
	}
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
		image, err := inner.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkConfig(t, image, m.Platform.Architecture)
		archive, err := tarball.ImageFromPath(filepath.Join(out, "portolan-image-linux-"+m.Platform.Architecture+".tar"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(archive); err != nil {
			t.Error(err)
		}
		checkConfig(t, archive, m.Platform.Architecture)
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
		t.Error(diff)
	}
}

func checkConfig(t *testing.T, image v1.Image, architecture string) {
	t.Helper()
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.Architecture != architecture || file.OS != "linux" || !file.Created.Equal(tested.created) {
		t.Errorf("the image is for %s/%s, of %s", file.OS, file.Architecture, file.Created)
	}
	want := v1.Config{
		User: "65532:65532", WorkingDir: "/", Entrypoint: []string{"/portolan"}, Cmd: []string{"run"},
		Env: []string{
			"PATH=/", "HOME=/var/lib/portolan",
			"SSL_CERT_DIR=/etc/ssl/certs:/usr/local/share/ca-certificates",
		},
		ExposedPorts: map[string]struct{}{"8000/tcp": {}},
		Labels: map[string]string{
			"org.opencontainers.image.created": "2025-06-15T15:06:40Z", "org.opencontainers.image.description": "Charts an AWS estate into Port",
			"org.opencontainers.image.licenses": "Apache-2.0", "org.opencontainers.image.revision": tested.revision,
			"org.opencontainers.image.title": "portolan", "org.opencontainers.image.version": tested.version,
		},
	}
	if diff := cmp.Diff(want, file.Config); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameTwice(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("a program, more or less"), 1<<16)
	twice := [2]string{t.TempDir(), t.TempDir()}
	for _, out := range twice {
		if err := writeTo(out, content); err != nil {
			t.Fatal(err)
		}
	}
	first, second := contents(t, twice[0]), contents(t, twice[1])
	if len(first) < 9 {
		t.Errorf("only %d files were written", len(first))
	}
	for name, content := range first {
		if !bytes.Equal(content, second[name]) {
			t.Errorf("%s is another the second time", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files the first time, %d the second", len(first), len(second))
	}
}

func contents(t *testing.T, root string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[strings.TrimPrefix(path, root)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRoot looks at what a container finds: nothing that it does not need.
func TestRoot(t *testing.T) {
	t.Parallel()
	c := unpacked(t)
	modes := map[string]string{}
	err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		modes[strings.TrimPrefix(path, c.root)] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const folder = "drwxr-xr-x"
	want := map[string]string{
		"": folder, "/portolan": "-rwxr-xr-x", "/tmp": "dtrwxrwxrwx",
		"/etc": folder, "/etc/passwd": "-rw-r--r--", "/etc/group": "-rw-r--r--",
		"/etc/ssl": folder, "/etc/ssl/certs": folder, "/etc/ssl/certs/ca-certificates.crt": "-rw-r--r--",
		"/usr": folder, "/usr/local": folder, "/usr/local/share": folder, "/usr/local/share/ca-certificates": folder,
		"/var": folder, "/var/lib": folder, "/var/lib/portolan": "drwxrwx---",
	}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Error(diff)
	}
	if out, _, code := c.run(t, nil, "version"); code != 0 || !strings.HasPrefix(out, "portolan ") {
		t.Errorf("it says %q and ends with %d", out, code)
	}
}

// TestAuthorities wants those that AWS and, by way of Cloudflare and Let's Encrypt, most of the
// web use.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for rest := authorities(); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !certificate.IsCA {
			t.Errorf("%s is not an authority", certificate.Subject)
		}
		names[certificate.Subject.CommonName] = true
	}
	for _, name := range []string{"Amazon Root CA 1", "ISRG Root X1", "GTS Root R1", "DigiCert Global Root G2"} {
		if !names[name] {
			t.Errorf("%s is missing from %d", name, len(names))
		}
	}
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"linux=bootstrap"}, {"linux/arm64"}, {"linux/arm64=" + filepath.Join(t.TempDir(), "none")}} {
		if err := run(tested, t.TempDir(), args); err == nil {
			t.Errorf("%q returns no error", args)
		}
	}
}
