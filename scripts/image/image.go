package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layoutName is the folder of the OCI layout, next to the archives.
const layoutName = "image"

// port is where the container answers probes, as Ocean's does.
const port = "8000/tcp"

// images are the images of all platforms.
type images struct {
	index v1.ImageIndex
	parts []part
	tag   string
}

// part is the image of one platform.
type part struct {
	binary binary
	image  v1.Image
}

// assemble makes an image for each binary, and the index over them.
func assemble(of source, binaries []binary) (*images, error) {
	base, err := layer(foundation(), of.created)
	if err != nil {
		return nil, err
	}
	all := &images{index: mutate.IndexMediaType(empty.Index, types.OCIImageIndex), tag: tagOf(of.version)}
	labels := labels(of)
	for _, b := range binaries {
		program, err := layer([]entry{{entryPoint[1:], 0o755, 0, b.content}}, of.created)
		if err != nil {
			return nil, err
		}
		image, err := imageOf(b, of, labels, base, program)
		if err != nil {
			return nil, err
		}
		all.parts = append(all.parts, part{b, image})
		all.index = mutate.AppendManifests(all.index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: b.os, Architecture: b.arch}},
		})
	}
	all.index = mutate.Annotations(all.index, labels).(v1.ImageIndex)
	return all, nil
}

func imageOf(b binary, of source, labels map[string]string, layers ...v1.Layer) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{
		OS: b.os, Architecture: b.arch, Created: v1.Time{Time: of.created}, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User: fmt.Sprintf("%d:%d", nobody, nobody), WorkingDir: "/",
			Entrypoint: []string{entryPoint}, Cmd: []string{"run"},
			Env: []string{
				"PATH=/", "HOME=" + home,
				// The file of SSL_CERT_FILE is read in addition to these.
				"SSL_CERT_DIR=" + certificates + ":" + ownCertificates,
			},
			ExposedPorts: map[string]struct{}{port: {}}, Labels: labels,
		},
	})
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		image, err = mutate.Append(image, mutate.Addendum{
			Layer: l, MediaType: types.OCILayer, History: v1.History{Created: v1.Time{Time: of.created}, CreatedBy: "scripts/image"},
		})
		if err != nil {
			return nil, err
		}
	}
	return image, nil
}

// labels are those of https://specs.opencontainers.org/image-spec/annotations/.
func labels(of source) map[string]string {
	const prefix = "org.opencontainers.image."
	all := map[string]string{
		prefix + "title":       "portolan",
		prefix + "description": "Charts an AWS estate into Port",
		prefix + "licenses":    "Apache-2.0",
		prefix + "version":     of.version,
		prefix + "created":     of.created.Format(time.RFC3339),
	}
	if of.revision != "" {
		all[prefix+"revision"] = of.revision
	}
	return all
}

var notInTags = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

// tagOf returns the version in the letters that a tag may have.
func tagOf(version string) string { return notInTags.ReplaceAllString(version, "-") }

// write writes the layout, an archive of it, and one for each platform into a folder. It
// replaces an earlier image there, and returns the digest of the index.
func (all *images) write(out string) (v1.Hash, error) {
	root := filepath.Join(out, layoutName)
	if err := os.RemoveAll(root); err != nil {
		return v1.Hash{}, err
	}
	path, err := layout.Write(root, mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	if err != nil {
		return v1.Hash{}, err
	}
	if err := path.AppendIndex(all.index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": all.tag})); err != nil {
		return v1.Hash{}, err
	}
	if err := pack(root, filepath.Join(out, "portolan-image.tar")); err != nil {
		return v1.Hash{}, err
	}
	for _, p := range all.parts {
		tag, err := name.NewTag("portolan:" + all.tag)
		if err != nil {
			return v1.Hash{}, err
		}
		archive := filepath.Join(out, fmt.Sprintf("portolan-image-%s-%s.tar", p.binary.os, p.binary.arch))
		if err := tarball.WriteToFile(archive, tag, p.image); err != nil {
			return v1.Hash{}, err
		}
	}
	return all.index.Digest()
}
