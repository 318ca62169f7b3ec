package chart

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
	"time"
)

// Why a chart cannot be read. What it would have said is then unknown.
var (
	ErrDamaged = errors.New("the chart is damaged")
	ErrForeign = errors.New("this is no chart")
	ErrNewer   = errors.New("the chart was written by a later version of Portolan")
)

// A chart in its written form is compressed by gzip: a line of JSON, its header,
// then the records, one after the other, each as long as the header says. A later
// version may add members to the header and bytes to the end of records; what an
// older one could not read without harm has another number.
const (
	formatName   = "portolan.chart"
	formatNumber = 1
	recordSize   = 16 + 16 + 4 + 4 + 1
)

type header struct {
	Format     string      `json:"format"`
	Number     int         `json:"number"`
	Account    string      `json:"account"`
	Run        string      `json:"run"`
	Ended      time.Time   `json:"ended"`
	Signature  string      `json:"signature"`
	Cells      [][3]string `json:"cells"` // account, region, kind
	Records    int         `json:"records"`
	RecordSize int         `json:"recordSize"`
	SHA256     string      `json:"sha256"` // of the records
}

// Encode gives the written form.
func (c *Chart) Encode() ([]byte, error) {
	records := make([]byte, 0, len(c.records)*recordSize)
	for _, r := range c.records {
		records = append(records, r.key[:]...)
		records = append(records, r.content[:]...)
		records = binary.BigEndian.AppendUint32(records, r.written)
		records = binary.BigEndian.AppendUint32(records, r.cell)
		records = append(records, r.absent)
	}
	sum := sha256.Sum256(records)
	h := header{
		Format: formatName, Number: formatNumber, Account: c.Account, Run: c.Run, Ended: c.Ended, Signature: c.Signature,
		Cells: make([][3]string, len(c.cells)), Records: len(c.records), RecordSize: recordSize, SHA256: hex.EncodeToString(sum[:]),
	}
	for i, cell := range c.cells {
		h.Cells[i] = [3]string{cell.Account, cell.Region, cell.Kind}
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if err := json.NewEncoder(w).Encode(h); err != nil {
		return nil, err
	}
	if _, err := w.Write(records); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Decode reads the written form of the chart of an account. Its errors are
// ErrDamaged, ErrForeign and ErrNewer, with what was found.
func Decode(text []byte, account string) (*Chart, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	reader := bufio.NewReader(zipped)
	line, err := reader.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: its header ends early", ErrDamaged)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil || h.Format != formatName {
		return nil, fmt.Errorf("%w: its header says so", ErrForeign)
	}
	switch {
	case h.Number > formatNumber:
		return nil, fmt.Errorf("%w: its format is %d, this version reads %d", ErrNewer, h.Number, formatNumber)
	case h.Account != account:
		return nil, fmt.Errorf("%w of account %q but of %q", ErrForeign, account, h.Account)
	}
	records, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return h.chart(records)
}

// chart makes the chart that header and records describe.
func (h header) chart(records []byte) (*Chart, error) {
	sum := sha256.Sum256(records)
	if h.RecordSize < recordSize || h.Records < 0 || len(records)/h.RecordSize != h.Records || len(records)%h.RecordSize != 0 ||
		hex.EncodeToString(sum[:]) != h.SHA256 {
		return nil, fmt.Errorf("%w: its records are not those that its header tells of", ErrDamaged)
	}
	c := &Chart{
		Head:    Head{Account: h.Account, Run: h.Run, Ended: h.Ended, Signature: h.Signature},
		cells:   make([]Cell, len(h.Cells)),
		records: make([]record, h.Records),
	}
	for i, cell := range h.Cells {
		c.cells[i] = Cell{cell[0], cell[1], cell[2]}
	}
	for i := range c.records {
		b := records[i*h.RecordSize:]
		c.records[i] = record{
			key: Key(b[:16]), content: Content(b[16:32]),
			written: binary.BigEndian.Uint32(b[32:]), cell: binary.BigEndian.Uint32(b[36:]), absent: b[40],
		}
		if int(c.records[i].cell) >= len(c.cells) || i > 0 && c.records[i-1].compare(c.records[i]) >= 0 {
			return nil, fmt.Errorf("%w: record %d is out of order", ErrDamaged, i)
		}
	}
	return c, nil
}
