package state

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"portolan/internal/aws/answer"
)

// The bounds of what is read and written. What is larger was written by somebody else.
//
// The largest blobs are the list of a catalog's entities and the outcomes of a batch. In an
// Organization of 10,000 accounts with a million entities the list takes some 16 MB and does not
// compress; a batch of 300 accounts with 1,000 cells each has outcomes of 40 MB before and 3 MB
// after they are compressed. An account of 100,000 resources has a snapshot of 4.5 MB.
const (
	// maxBlob is the most bytes of a blob, and what a call to S3 may answer.
	maxBlob = answer.MaxObject
	// maxUnpacked is the most bytes of JSON in a blob.
	maxUnpacked = 256 << 20
	// maxNames is how many blobs a list may name. A run of 10,000 accounts in steps leaves up to
	// ten for each.
	maxNames = 200_000
)

var (
	errLarge = fmt.Errorf("%w: it is larger than anything that is kept there", ErrDamaged)
	errMany  = fmt.Errorf("%w: it holds more than %d files; remove those that do not belong there", ErrDamaged, maxNames)
)

// pack returns a value as compressed JSON.
func pack(value any) ([]byte, error) {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	err := errors.Join(json.NewEncoder(compressed).Encode(value), compressed.Close())
	return packed.Bytes(), err
}

// unpack reads what pack returned.
func unpack(data []byte, value any) error {
	text, err := unpackText(data, maxUnpacked)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

// unpackText returns the JSON that was packed, and errLarge if it has more bytes than most. It
// reads to the end, where the checksum is.
func unpackText(data []byte, most int64) ([]byte, error) {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(packed, most+1))
	if err == nil && int64(len(text)) > most {
		err = errLarge
	}
	return text, err
}
