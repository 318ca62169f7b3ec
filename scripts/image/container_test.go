package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// TestMain removes what the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(sharedFolder)
	os.Exit(code)
}

// program builds the binary that the image holds, once.
var program = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "portolan")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "portolan")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-o", path, "portolan/lambda")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(path)
})

var tested = source{version: "v1.2.3+test", revision: "0123456789abcdef0123456789abcdef01234567", created: time.Unix(1750000000, 0).UTC()}

var sharedFolder string // once it is made

// once is where the image is that most tests look at.
var once = sync.OnceValues(func() (string, error) {
	out, err := os.MkdirTemp("", "portolan")
	if err != nil {
		return "", err
	}
	sharedFolder = out
	content, err := program()
	if err != nil {
		return "", err
	}
	return out, writeTo(out, content)
})

// writeTo writes the image for both platforms. What stands for the platform of another
// machine is this machine's program too.
func writeTo(out string, content []byte) error {
	all, err := assemble(tested, []binary{{"linux", "amd64", content}, {"linux", "arm64", content}})
	if err != nil {
		return err
	}
	_, err = all.write(out)
	return err
}

func written(t *testing.T) string {
	t.Helper()
	out, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// index reads what was written: the index over the platforms.
func index(t *testing.T, out string) v1.ImageIndex {
	t.Helper()
	outer, err := layout.ImageIndexFromPath(filepath.Join(out, layoutName))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("the layout has %+v, %v", manifest, err)
	}
	inner, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

// container is an unpacked image, as a container engine would unpack it. If the test runs
// as root, the container runs in its own root folder as the image's user; otherwise only
// its entry point is used.
type container struct {
	root   string
	config v1.Config
}

// unpacked unpacks the image for this machine.
func unpacked(t *testing.T) *container {
	t.Helper()
	inner := index(t, written(t))
	manifest, err := inner.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifest.Manifests {
		if m.Platform.Architecture != runtime.GOARCH {
			continue
		}
		image, err := inner.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := &container{root: t.TempDir(), config: config.Config}
		c.extract(t, image)
		return c
	}
	t.Fatalf("no image for %s", runtime.GOARCH)
	return nil
}

func (c *container) extract(t *testing.T, image v1.Image) {
	t.Helper()
	files := mutate.Extract(image)
	defer func() { _ = files.Close() }()
	for archive := tar.NewReader(files); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(c.root, filepath.FromSlash(header.Name))
		mode := header.FileInfo().Mode()
		if mode.IsDir() {
			err = os.MkdirAll(path, 0o755)
		} else {
			var content []byte
			if content, err = io.ReadAll(archive); err == nil {
				err = os.WriteFile(path, content, 0o600)
			}
		}
		if err == nil && privileged() {
			err = os.Chown(path, header.Uid, header.Gid)
		}
		if err == nil {
			err = os.Chmod(path, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(c.root, 0o755); err != nil {
		t.Fatal(err)
	}
}

func privileged() bool { return os.Geteuid() == 0 }

// command is the container's process with this environment only.
// Without arguments it uses the image's own.
func (c *container) command(environ []string, args ...string) *exec.Cmd {
	if len(args) == 0 {
		args = c.config.Cmd
	}
	process := &exec.Cmd{
		Path: c.config.Entrypoint[0], Args: append(c.config.Entrypoint, args...),
		Dir: c.config.WorkingDir, Env: append(append([]string{}, c.config.Env...), environ...),
	}
	if !privileged() {
		process.Path, process.Dir = filepath.Join(c.root, process.Path), c.root
		process.Env = append(process.Env, "SSL_CERT_DIR="+filepath.Join(c.root, certificates)+":"+filepath.Join(c.root, ownCertificates))
		return process
	}
	user, group, _ := strings.Cut(c.config.User, ":")
	uid, _ := strconv.ParseUint(user, 10, 32)
	gid, _ := strconv.ParseUint(group, 10, 32)
	process.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return process
}

// run runs the container to its end and returns what it printed and its exit code.
func (c *container) run(t *testing.T, environ []string, args ...string) (out, errOut string, code int) {
	t.Helper()
	process := c.command(environ, args...)
	var printed, complained bytes.Buffer
	process.Stdout, process.Stderr = &printed, &complained
	err := process.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return printed.String(), complained.String(), process.ProcessState.ExitCode()
}
