package snapshot

import "iter"

// Decode reads a snapshot of an account in its stored form. It yields entries only after
// all of them match their checksum. So an error among the entries can only come from the
// program that wrote them; a caller that meets one drops all entries. The errors
// are state.ErrDamaged, state.ErrForeign and state.ErrNewer.
func Decode(data []byte, account string) (Header, iter.Seq2[Entry, error], error) {
	header, second, err := decodeHeader(data, account)
	if err != nil {
		return Header{}, nil, err
	}
	if err := header.check(second); err != nil {
		return Header{}, nil, err
	}
	entries, _, err := header.members(second)
	if err != nil {
		return Header{}, nil, err
	}
	return header.Header, decodeEntries(entries, header.Entries), nil
}

// EncodeSettled encodes a snapshot without entries, in which something is settled.
func EncodeSettled(header Header, texts map[[16]byte]string) ([]byte, error) {
	settled := map[settledKey]string{}
	for key, text := range texts {
		settled[settledKey(key)] = text
	}
	return encode(header, func(func(Entry) bool) {}, settled)
}

// DecodeSettled returns what is settled in a snapshot.
func DecodeSettled(data []byte, account string) (map[[16]byte]string, error) {
	s, err := decode(data, account)
	if err != nil {
		return nil, err
	}
	texts := map[[16]byte]string{}
	for key, text := range s.settled {
		texts[[16]byte(key)] = text
	}
	return texts, nil
}

// Len returns the number of entries.
func (s *Snapshot) Len() int { return len(s.rows) }
