package state

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// bucket is a store of objects in S3. A blob's version is the object's ETag, and S3 itself checks
// the condition of writes and deletes:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
type bucket struct {
	client *s3.Client
	name   string
	prefix string // "" or with a slash at its end
}

func newBucket(config aws.Config, name, prefix string) *bucket {
	if prefix != "" {
		prefix += "/"
	}
	client := s3.NewFromConfig(answer.Guarded(config), func(o *s3.Options) {
		// An endpoint that somebody sets rarely has a host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil
	})
	return &bucket{client: client, name: name, prefix: prefix}
}

func (b *bucket) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	object, large, err := b.fetch(ctx, name)
	if saysNoSuchKey(err) {
		return nil, "", fmt.Errorf("%s: %w", b.Where(name), ErrNotFound)
	}
	if err != nil {
		return nil, "", b.refused("s3:GetObject", name, err)
	}
	defer func() { _ = object.Body.Close() }()
	version, err := b.version(name, object.ETag)
	if err == nil && large {
		return nil, version, fmt.Errorf("%s: %w", b.Where(name), errLarge)
	}
	if err != nil {
		return nil, "", err
	}
	data, err := io.ReadAll(object.Body)
	if err != nil {
		return nil, "", b.refused("s3:GetObject", name, err)
	}
	return data, version, nil
}

// fetch gets an object. Of a large one, whose answer is refused, it gets a byte: its version and
// its time are needed to replace it.
func (b *bucket) fetch(ctx context.Context, name string) (object *s3.GetObjectOutput, large bool, err error) {
	in := &s3.GetObjectInput{Bucket: &b.name, Key: b.key(name)}
	object, err = b.client.GetObject(ctx, in)
	if err == nil || awserr.ClassOf(err) != awserr.Failed {
		return object, false, err
	}
	in.Range = aws.String("bytes=0-0")
	first, rangeErr := b.client.GetObject(ctx, in)
	if rangeErr != nil {
		return nil, false, err
	}
	_, total, _ := strings.Cut(aws.ToString(first.ContentRange), "/")
	if size, parseErr := strconv.ParseInt(total, 10, 64); parseErr != nil || size <= maxBlob {
		_ = first.Body.Close()
		return nil, false, err
	}
	return first, true, nil
}

func (b *bucket) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if len(data) > maxBlob {
		return "", fmt.Errorf("%s: %w", b.Where(name), errLarge)
	}
	in := &s3.PutObjectInput{Bucket: &b.name, Key: b.key(name), Body: bytes.NewReader(data)}
	if strings.HasSuffix(name, pageEnding) {
		in.ContentType = aws.String("text/html; charset=utf-8") // so that a browser shows it
	}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &version
	}
	attempts := 0
	out, err := b.client.PutObject(ctx, in, counting(&attempts))
	if saysConflict(err) {
		if present, ok := b.written(ctx, name, data, attempts); ok {
			return present, nil
		}
		return "", fmt.Errorf("%s: %w", b.Where(name), ErrConflict)
	}
	if err != nil {
		return "", b.refused("s3:PutObject", name, err)
	}
	return b.version(name, out.ETag)
}

// written says whether a write that met a conflict caused it itself: its answer was lost, and
// the retry found what the first attempt had written.
func (b *bucket) written(ctx context.Context, name string, data []byte, attempts int) (version string, ok bool) {
	if attempts < 2 {
		return "", false
	}
	present, version, err := b.Get(ctx, name)
	return version, err == nil && bytes.Equal(present, data)
}

func (b *bucket) Delete(ctx context.Context, name, version string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if version == "" {
		return fmt.Errorf("%s: %w", b.Where(name), ErrConflict)
	}
	attempts := 0
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: b.key(name), IfMatch: &version}, counting(&attempts))
	switch {
	case saysNoSuchKey(err) && attempts > 1: // its first attempt did it
		return nil
	case saysConflict(err):
		return fmt.Errorf("%s: %w", b.Where(name), ErrConflict)
	case err != nil:
		return b.refused("s3:DeleteObject", name, err)
	}
	return nil
}

func (b *bucket) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	seen := 0
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: b.key(prefix)})
	for page, err := range answer.Pages(ctx, pages, 0, func(page *s3.ListObjectsV2Output) (answer.Page[[]types.Object], error) {
		return answer.List(page.Contents, func(o types.Object) string { return aws.ToString(o.Key) }), nil
	}) {
		if err != nil {
			return nil, b.refused("s3:ListBucket", prefix, err)
		}
		for _, object := range page {
			name := strings.TrimPrefix(aws.ToString(object.Key), b.prefix)
			if checkName(name) == nil {
				names = append(names, name)
			}
		}
		if seen += len(page); seen > maxNames {
			return nil, fmt.Errorf("%s: %w", b.Where(prefix), errMany)
		}
	}
	return names, nil
}

func (b *bucket) Where(name string) string { return "s3://" + b.name + "/" + b.prefix + name }

func (b *bucket) key(name string) *string { return aws.String(b.prefix + name) }

// version returns an error for an answer without an ETag: "" would mean that there is no blob.
func (b *bucket) version(name string, tag *string) (string, error) {
	if aws.ToString(tag) == "" {
		return "", fmt.Errorf("%s: the answer has no ETag; the state needs a store with conditional writes, as Amazon S3 has", b.Where(name))
	}
	return *tag, nil
}

// counting counts how often a call is sent.
func counting(attempts *int) func(*s3.Options) {
	return s3.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("CountAttempts", func(
			ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
			*attempts++
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
	})
}
