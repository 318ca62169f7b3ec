package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"

	"portolan/internal/mapping"
)

// The form of a snapshot. It is three gzip members, so that `zcat` shows it: the first
// holds one line, the header in JSON; the second the entries, in the order of their
// keys; the third what is settled, in lines of JSON. The header has the SHA-256 of all that
// follows it. An entry is
//
//	length of the rest, blueprint, length of the identifier, identifier, region,
//	kind, hash (16 bytes), seen, written, absences, fingerprint of the document
//	(16 bytes), nulls, length of the resources, resources
//
// with numbers as unsigned varints, times in seconds since 1970. Blueprint, region
// and kind are the number of a text: 1 for the first text in the file, and so on; 0
// introduces a new text, as length and bytes. A reader skips members of the header
// that it does not know, and whatever follows the last field. An entry may end after the
// absences, if it has neither fingerprint nor resources, or after the nulls, if it has no
// resources; older programs end there too. Any other change is a new version.
//
// Version 1 had no third member.
const (
	formatName    = "portolan/snapshot"
	formatVersion = 2
)

// head is the first line of a snapshot. Format, Version, Account and
// Generation keep their names and meaning in every version to come.
type head struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Header
	Entries int    `json:"entries"`
	Size    int    `json:"size,omitempty"` // of the second member
	Settled int    `json:"settled,omitempty"`
	Sum     string `json:"sum"` // SHA-256 of all that follows the header, in hex
}

// Encode returns a snapshot of entries in its stored form, in which nothing is settled. It returns
// an error if the entries are not in the order of their keys, in which [Snapshot.All] returns them.
func Encode(header Header, entries iter.Seq[Entry]) ([]byte, error) {
	return encode(header, entries, nil)
}

func (s *Snapshot) encode(header Header) ([]byte, error) { return encode(header, s.All(), s.settled) }

func encode(header Header, entries iter.Seq[Entry], settled map[settledKey]string) ([]byte, error) {
	var second bytes.Buffer
	count, err := encodeEntries(&second, entries)
	if err != nil {
		return nil, fmt.Errorf("snapshot of account %s: %w", header.Account, err)
	}
	size := second.Len()
	if err := encodeSettled(&second, settled); err != nil {
		return nil, fmt.Errorf("snapshot of account %s: %w", header.Account, err)
	}
	sum := sha256.Sum256(second.Bytes())
	line, err := json.Marshal(head{
		Format: formatName, Version: formatVersion, Header: header, Entries: count, Size: size, Settled: len(settled),
		Sum: hex.EncodeToString(sum[:]),
	})
	if err != nil {
		return nil, fmt.Errorf("snapshot of account %s: %w", header.Account, err)
	}
	var whole bytes.Buffer
	whole.Grow(len(line) + second.Len() + 64)
	first := gzip.NewWriter(&whole)
	_, _ = first.Write(append(line, '\n')) // into memory
	_ = first.Close()
	whole.Write(second.Bytes())
	return whole.Bytes(), nil
}

func encodeEntries(out *bytes.Buffer, entries iter.Seq[Entry]) (count int, err error) {
	// The hashes do not compress, and the rest compresses well at any level.
	compressed, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return 0, err
	}
	buffered := bufio.NewWriterSize(compressed, 1<<16)
	texts := make(map[string]uint64)
	var last Entry
	var record, length []byte
	for e := range entries {
		if err := checkEntry(e); err != nil {
			return 0, err
		}
		if count > 0 && compareEntries(last, e) >= 0 {
			return 0, fmt.Errorf("%s/%s comes twice or out of order", e.Blueprint, e.Identifier)
		}
		last = e
		count++
		record = appendEntry(record[:0], e, texts)
		length = binary.AppendUvarint(length[:0], uint64(len(record)))
		_, _ = buffered.Write(length) // into memory
		_, _ = buffered.Write(record)
	}
	if err := buffered.Flush(); err != nil {
		return 0, err
	}
	return count, compressed.Close()
}

func appendEntry(to []byte, e Entry, texts map[string]uint64) []byte {
	to = appendText(to, e.Blueprint, texts)
	to = binary.AppendUvarint(to, uint64(len(e.Identifier)))
	to = append(to, e.Identifier...)
	to = appendText(to, string(e.Region), texts)
	to = appendText(to, string(e.Kind), texts)
	to = append(to, e.Hash[:]...)
	to = binary.AppendUvarint(to, uint64(toSeconds(e.Seen)))
	to = binary.AppendUvarint(to, uint64(toSeconds(e.Written)))
	to = binary.AppendUvarint(to, uint64(e.Absences))
	if e.Document == (mapping.Fingerprint{}) && e.Resources == "" {
		return to
	}
	to = append(to, e.Document[:]...)
	to = binary.AppendUvarint(to, uint64(e.Nulls))
	if e.Resources == "" {
		return to
	}
	to = binary.AppendUvarint(to, uint64(len(e.Resources)))
	return append(to, e.Resources...)
}

func appendText(to []byte, text string, texts map[string]uint64) []byte {
	if number, known := texts[text]; known {
		return binary.AppendUvarint(to, number)
	}
	texts[text] = uint64(len(texts) + 1)
	to = binary.AppendUvarint(to, 0)
	to = binary.AppendUvarint(to, uint64(len(text)))
	return append(to, text...)
}
