package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// The bounds of what is read, far above what is ever written.
const (
	maxHeader = 1 << 20
	maxRecord = 1 << 20
	// maxEntries is for five million entities in one account.
	maxEntries = 256 << 20
)

// gzipMagic begins every gzip member that is deflated.
const gzipMagic = "\x1f\x8b\x08"

// members returns the second member and the third, which is empty in version 1.
func (h head) members(rest []byte) (entries, settled []byte, err error) {
	if h.Version == 1 {
		return rest, nil, nil
	}
	if h.Size < 0 || h.Size > len(rest) {
		return nil, nil, fmt.Errorf("%w: its header does not fit it", state.ErrDamaged)
	}
	return rest[:h.Size], rest[h.Size:], nil
}

// check compares the bytes that follow the header with their sum.
func (h head) check(second []byte) error {
	if sum := sha256.Sum256(second); hex.EncodeToString(sum[:]) != h.Sum {
		return fmt.Errorf("%w: its entries do not have the checksum that its header names", state.ErrDamaged)
	}
	return nil
}

// decodeHeader returns the header and the unchecked bytes of the second member. With
// state.ErrNewer the header has what every version has.
func decodeHeader(data []byte, account string) (header head, second []byte, err error) {
	if n := min(len(data), len(gzipMagic)); string(data[:n]) != gzipMagic[:n] {
		return header, nil, fmt.Errorf("%w: it is not gzip", state.ErrForeign)
	}
	rest := bytes.NewReader(data)
	line, err := firstMember(rest)
	if err != nil {
		return header, nil, err
	}
	var lasting struct {
		Format     string `json:"format"`
		Version    int    `json:"version"`
		Account    string `json:"account"`
		Generation uint64 `json:"generation"`
	}
	err = json.Unmarshal(line, &lasting)
	switch {
	case err != nil || lasting.Format != formatName:
		return header, nil, fmt.Errorf("%w: it does not begin with the header of a snapshot", state.ErrForeign)
	case lasting.Account != account:
		return header, nil, fmt.Errorf("%w: it is the snapshot of account %q", state.ErrForeign, lasting.Account)
	case lasting.Version > formatVersion:
		header.Account, header.Generation = lasting.Account, lasting.Generation
		return header, nil, fmt.Errorf("%w: the snapshot has version %d, and this program knows %d", state.ErrNewer, lasting.Version, formatVersion)
	}
	if err := json.Unmarshal(line, &header); err != nil || header.Version < 1 || header.Entries < 0 {
		return head{}, nil, fmt.Errorf("%w: its header makes no sense", state.ErrDamaged)
	}
	return header, data[len(data)-rest.Len():], nil
}

// damaged names the cause and does not wrap it: an unexpected EOF is not a network failure here.
func damaged(what string, cause error) error {
	return fmt.Errorf("%w: %s (%s)", state.ErrDamaged, what, cause.Error())
}

// firstMember unpacks the first gzip member and leaves the reader at its end.
func firstMember(in *bytes.Reader) ([]byte, error) {
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return nil, damaged("its header cannot be unpacked", err)
	}
	unpacked.Multistream(false)
	line, err := io.ReadAll(io.LimitReader(unpacked, maxHeader+1))
	if err == nil && len(line) > maxHeader {
		err = fmt.Errorf("it has more than %d bytes", maxHeader)
	}
	if err != nil {
		return nil, damaged("its header cannot be unpacked", err)
	}
	return line, nil
}

func decodeEntries(second []byte, count int) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		compressed, err := gzip.NewReader(bytes.NewReader(second))
		if err != nil {
			yield(Entry{}, damaged("its entries cannot be read", err))
			return
		}
		d := entryDecoder{in: bufio.NewReaderSize(io.LimitReader(compressed, maxEntries), 1<<16)}
		for n := 0; ; n++ {
			e, err := d.next()
			switch {
			case errors.Is(err, io.EOF) && n == count:
				return
			case errors.Is(err, io.EOF):
				err = fmt.Errorf("the number of its entries is %d, and its header names %d", n, count)
			}
			if err != nil {
				yield(Entry{}, damaged("its entries cannot be read", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// entryDecoder reads records. Its error stays once it is set.
type entryDecoder struct {
	in     *bufio.Reader
	texts  []string
	record []byte // the rest of the current one
	err    error
}

var errRecord = errors.New("an entry makes no sense")

// next returns the next entry, or io.EOF after the last.
func (d *entryDecoder) next() (Entry, error) {
	length, err := binary.ReadUvarint(d.in)
	if err != nil {
		return Entry{}, err
	}
	if length > maxRecord {
		return Entry{}, errRecord
	}
	if uint64(cap(d.record)) < length {
		d.record = make([]byte, length)
	}
	whole := d.record[:length]
	if _, err := io.ReadFull(d.in, whole); err != nil {
		return Entry{}, errRecord
	}
	d.record = whole
	e := Entry{Blueprint: d.text(), Identifier: string(d.bytes(d.number(maxRecord))), Region: cell.Region(d.text()), Kind: cell.Kind(d.text())}
	copy(e.Hash[:], d.bytes(uint64(len(e.Hash))))
	e.Seen = fromSeconds(uint32(d.number(math.MaxUint32)))
	e.Written = fromSeconds(uint32(d.number(math.MaxUint32)))
	e.Absences = int(d.number(math.MaxInt32))
	if len(d.record) > 0 && d.err == nil {
		copy(e.Document[:], d.bytes(uint64(len(e.Document))))
		e.Nulls = mapping.Nulls(d.number(math.MaxUint64))
	}
	if len(d.record) > 0 && d.err == nil {
		e.Resources = entity.Resources(d.bytes(d.number(entity.MaxResources)))
	}
	d.record = whole
	return e, d.err
}

func (d *entryDecoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.record)
	if size <= 0 || n > most {
		d.err = errRecord
		return 0
	}
	d.record = d.record[size:]
	return n
}

func (d *entryDecoder) bytes(n uint64) []byte {
	if n > uint64(len(d.record)) {
		d.err = errRecord
		return nil
	}
	taken := d.record[:n]
	d.record = d.record[n:]
	return taken
}

func (d *entryDecoder) text() string {
	number := d.number(math.MaxUint32)
	if number == 0 && d.err == nil {
		d.texts = append(d.texts, string(d.bytes(d.number(maxRecord))))
		number = uint64(len(d.texts))
	}
	if d.err != nil || number > uint64(len(d.texts)) {
		d.err = errRecord
		return ""
	}
	return d.texts[number-1]
}

// decode reads a snapshot into memory.
func decode(data []byte, account string) (*Snapshot, error) {
	header, rest, err := decodeHeader(data, account)
	if err != nil {
		return nil, err
	}
	if err := header.check(rest); err != nil {
		return nil, err
	}
	second, third, err := header.members(rest)
	if err != nil {
		return nil, err
	}
	// A packed entry is longer than its hash, unless somebody forged the header.
	b := newBuilder(header.Header, min(header.Entries, len(second)/len(entity.Hash{})))
	for e, err := range decodeEntries(second, header.Entries) {
		if err != nil {
			return nil, err
		}
		if err := b.add(e); err != nil {
			return nil, damaged("its entries cannot be read", err)
		}
	}
	s := b.snapshot()
	if s.settled, err = decodeSettled(third, header.Settled); err != nil {
		return nil, damaged("what is settled cannot be read", err)
	}
	return s, nil
}
