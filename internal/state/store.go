package state

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
)

// The errors of a store, and of the records that it holds. Errors that say where wrap them.
var (
	ErrNotFound = errors.New("it does not exist")
	ErrConflict = errors.New("somebody else has written it in the meantime")

	// The state exists and cannot be used. It counts as unknown, never as empty.
	ErrDamaged = diag.New(diag.StateUnknown, "it is damaged")
	ErrForeign = diag.New(diag.StateUnknown, "it is not what belongs there")
	ErrNewer   = diag.New(diag.StateUnknown, "a newer version of Portolan wrote it")

	ErrLost   = diag.New(diag.LeaseLost, "the lease is lost")
	ErrFenced = diag.New(diag.StateFenced, "a run that began later has written it")
)

// Store holds blobs by name, "snapshots/111122223333.gz". A version is opaque; it is
// never empty for a blob that exists.
type Store interface {
	// Get returns a blob and its version, or ErrNotFound. If there is something that cannot be used,
	// it returns ErrDamaged with the version, so that it can be replaced.
	Get(ctx context.Context, name string) (data []byte, version string, err error)
	// Put replaces a blob that has the version, or creates one if the version is "" and
	// none exists, and returns the new version; otherwise it returns ErrConflict. After any
	// other error the blob may or may not have been written.
	Put(ctx context.Context, name string, data []byte, version string) (newVersion string, err error)
	// Delete removes a blob that has the version; otherwise it returns ErrConflict.
	Delete(ctx context.Context, name, version string) error
	// List returns the names that begin with a prefix, in ascending order; ErrDamaged if there are
	// more than a run can have left.
	List(ctx context.Context, prefix string) ([]string, error)
	// Where tells people where a blob is: "s3://bucket/prefix/lease.json".
	Where(name string) string
}

// Open returns the store that a setting names: "s3://bucket/prefix" or the path of a
// folder. It calls nothing and creates nothing yet.
func Open(setting string, config aws.Config) (Store, error) {
	bucket, prefix, isS3 := awsname.SplitS3URL(setting)
	switch {
	case setting == "":
		return nil, diag.New(diag.StatePlace, "no place for the state is given; it should be s3://bucket/prefix or the path of a folder")
	case isS3:
		return newBucket(config, bucket, prefix), nil
	case strings.Contains(setting, ":/"):
		return nil, diag.With(diag.StatePlace, fmt.Errorf("the state cannot be kept in %q; it should be s3://bucket/prefix or the path of a folder", setting))
	}
	path, err := filepath.Abs(setting)
	if err != nil {
		return nil, fmt.Errorf("state folder %s: %w", setting, err)
	}
	return newFolder(path), nil
}

// blobName has no segment that begins with a dot: those are the folder's own.
var blobName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*$`)

func checkName(name string) error {
	if !blobName.MatchString(name) {
		return fmt.Errorf("%q cannot name a blob of the state: letters, digits, dots, dashes and underscores, divided by slashes", name)
	}
	return nil
}
