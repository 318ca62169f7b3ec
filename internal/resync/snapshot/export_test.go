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
	return header.Header, decodeEntries(second, header.Entries), nil
}

// Len returns the number of entries.
func (s *Snapshot) Len() int { return len(s.rows) }
