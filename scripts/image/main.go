// Image packs the function's binaries into a container image, without a container
// engine: an OCI layout for all platforms, which registries and most tools take, and
// for each platform an archive that `docker load` and `podman load` take.
//
// The same binaries, version and time produce the same bytes. The image does not have a
// base image: it contains the binary, certificates, a user without rights and a folder
// that this user owns, and no shell.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// source is what an image is made from; its labels show it.
type source struct {
	version, revision string
	created           time.Time
}

func main() {
	log.SetFlags(0)
	var of source
	flag.StringVar(&of.version, "version", "development", "the version of the binaries")
	flag.StringVar(&of.revision, "revision", "", "the commit that they are built from")
	seconds := flag.Int64("created", 0, "the time that the image tells, in seconds since 1970")
	out := flag.String("out", "build", "the folder to write image, an OCI layout, and the archives to")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: image [flags] PLATFORM=BINARY…, such as linux/arm64=build/linux-arm64/bootstrap")
		flag.PrintDefaults()
	}
	flag.Parse()
	of.created = time.Unix(*seconds, 0).UTC()
	if err := run(of, *out, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(of source, out string, args []string) error {
	binaries, err := readBinaries(args)
	if err != nil {
		return err
	}
	all, err := assemble(of, binaries)
	if err != nil {
		return err
	}
	digest, err := all.write(out)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s, %d platforms\n", filepath.Join(out, layoutName), digest, len(binaries))
	return nil
}

// binary is the program for one platform.
type binary struct {
	os, arch string
	content  []byte
}

func readBinaries(args []string) ([]binary, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("no binary is given; name one for each platform, such as linux/arm64=build/linux-arm64/bootstrap")
	}
	binaries := make([]binary, len(args))
	for i, arg := range args {
		platform, path, _ := strings.Cut(arg, "=")
		os_, arch, ok := strings.Cut(platform, "/")
		if !ok || path == "" {
			return nil, fmt.Errorf("%q is not a platform with its binary; it should look like linux/arm64=build/linux-arm64/bootstrap", arg)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		binaries[i] = binary{os_, arch, content}
	}
	return binaries, nil
}
