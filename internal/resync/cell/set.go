package cell

import "sync"

// Set holds cells, with a bit for each region of a kind in an account: an estate of a
// thousand accounts has a million cells. It is safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	regions map[Region]int // the bit of each region
	bits    map[Coverage][]uint64
}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{regions: map[Region]int{}, bits: map[Coverage][]uint64{}} }

func (s *Set) bit(n Name) (of Coverage, word int, mask uint64) {
	at, known := s.regions[n.Region]
	if !known {
		at = len(s.regions)
		s.regions[n.Region] = at
	}
	return Coverage{n.Account, n.Kind}, at / 64, 1 << (at % 64)
}

// Add adds a cell.
func (s *Set) Add(n Name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, word, mask := s.bit(n)
	for len(s.bits[of]) <= word {
		s.bits[of] = append(s.bits[of], 0)
	}
	s.bits[of][word] |= mask
}

// Has says whether the set holds a cell.
func (s *Set) Has(n Name) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, word, mask := s.bit(n)
	bits := s.bits[of]
	return word < len(bits) && bits[word]&mask != 0
}
