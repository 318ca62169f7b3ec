package state

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
)

// maxUnpacked is the largest blob in memory: far more than a run of ten thousand accounts
// leaves, and less than a function has.
const maxUnpacked = 1 << 30

// pack returns a value as compressed JSON.
func pack(value any) ([]byte, error) {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	err := errors.Join(json.NewEncoder(compressed).Encode(value), compressed.Close())
	return packed.Bytes(), err
}

// unpack reads what pack returned.
func unpack(data []byte, value any) error {
	text, err := unpackText(data)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

// unpackText returns the JSON that was packed. It reads to the end, where the checksum is.
func unpackText(data []byte) ([]byte, error) {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(packed, maxUnpacked))
}
