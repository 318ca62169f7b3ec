package awssim

import "sync"

// delivered holds what EventBridge has put into queues.
type delivered struct {
	mu   sync.Mutex
	text map[string][][]byte
}

func (d *delivered) put(queue string, text []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.text == nil {
		d.text = map[string][][]byte{}
	}
	d.text[queue] = append(d.text[queue], text)
}

// TakeDelivered returns the events that were put on a bus and came into the queue with a name, and
// forgets them.
func (s *Server) TakeDelivered(queue string) [][]byte {
	s.delivered.mu.Lock()
	defer s.delivered.mu.Unlock()
	taken := s.delivered.text[queue]
	delete(s.delivered.text, queue)
	return taken
}
