package snapshot

import "iter"

// Decode reads a snapshot of an account as it is stored. It gives nothing before the
// entries have been checked against their sum, so that an error among them can only
// be one of the program that wrote them; whoever meets one drops all. The errors
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
