package answer

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode returns the object that JSON holds, as encoding/json does with UseNumber. It makes
// one pass, and texts that come again and again are kept once: pages repeat the names of
// members, and many values, for each resource.
func Decode(body []byte) (map[string]any, error) {
	m := memories.Get().(*memory)
	defer m.release()
	d := decoder{body: body, memory: m}
	value, err := d.document()
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the JSON is not an object")
	}
	return object, nil
}

// maxDepth is how deeply JSON may be nested, as in encoding/json.
const maxDepth = 10_000

// Texts of at most maxKept bytes are kept, each in one of the places.
const (
	maxKept = 48
	places  = 256
)

type decoder struct {
	body  []byte
	at    int
	depth int
	room  []byte // for a text with escapes
	*memory
}

// memory is what a decoder leaves to the next one.
type memory struct {
	names   []string // of the objects that are open
	values  []any    // of the objects and arrays that are open
	members [places]string
	texts   [places]any
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// maxOpen is for how many values a memory keeps room.
const maxOpen = 4096

func (m *memory) release() {
	if cap(m.values) > maxOpen || cap(m.names) > maxOpen {
		m.values, m.names = nil, nil
	}
	m.drop(0)
	m.names = m.names[:0]
	memories.Put(m)
}

// drop takes back the values from the first one on.
func (m *memory) drop(first int) {
	clear(m.values[first:])
	m.values = m.values[:first]
}

func (d *decoder) document() (any, error) {
	value, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.space(); d.at < len(d.body) {
		return nil, d.wrong()
	}
	return value, nil
}

func (d *decoder) wrong() error {
	if d.at >= len(d.body) {
		return errors.New("the JSON ends too early")
	}
	return fmt.Errorf("the JSON has a wrong character at byte %d", d.at)
}

func (d *decoder) space() {
	for d.at < len(d.body) {
		switch d.body[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next skips space and returns the byte after it, 0 at the end.
func (d *decoder) next() byte {
	d.space()
	if d.at < len(d.body) {
		return d.body[d.at]
	}
	return 0
}

func (d *decoder) value() (any, error) {
	switch c := d.next(); c {
	case '{', '[':
		return d.nested(c)
	case '"':
		text, err := d.text()
		if err != nil {
			return nil, err
		}
		return d.kept(text), nil
	case 't':
		return true, d.literal("true")
	case 'f':
		return false, d.literal("false")
	case 'n':
		return nil, d.literal("null")
	default:
		return d.number()
	}
}

func (d *decoder) nested(opening byte) (value any, err error) {
	if d.depth++; d.depth > maxDepth {
		return nil, errors.New("the JSON is nested too deeply")
	}
	if opening == '{' {
		value, err = d.object()
	} else {
		value, err = d.array()
	}
	d.depth--
	return value, err
}

func (d *decoder) literal(text string) error {
	for i := range len(text) {
		if d.at >= len(d.body) || d.body[d.at] != text[i] {
			return d.wrong()
		}
		d.at++
	}
	return nil
}

func (d *decoder) object() (any, error) {
	d.at++
	firstName, first := len(d.names), len(d.values)
	if err := d.all('}'); err != nil {
		return nil, err
	}
	object := make(map[string]any, len(d.values)-first)
	for i, name := range d.names[firstName:] {
		object[name] = d.values[first+i]
	}
	d.names = d.names[:firstName]
	d.drop(first)
	return object, nil
}

// all reads the members of an object or the elements of an array, and what closes it.
func (d *decoder) all(closing byte) error {
	if d.next() == closing {
		d.at++
		return nil
	}
	for {
		var err error
		if closing == '}' {
			err = d.member()
		} else {
			err = d.element()
		}
		if err != nil {
			return err
		}
		switch d.next() {
		case closing:
			d.at++
			return nil
		case ',':
			d.at++
		default:
			return d.wrong()
		}
	}
}

func (d *decoder) member() error {
	if d.next() != '"' {
		return d.wrong()
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	d.names = append(d.names, d.name(text))
	if d.next() != ':' {
		return d.wrong()
	}
	d.at++
	return d.element()
}

// element reads a value of the object or array that is open.
func (d *decoder) element() error {
	value, err := d.value()
	if err == nil {
		d.values = append(d.values, value)
	}
	return err
}

func (d *decoder) array() (any, error) {
	d.at++
	first := len(d.values)
	if err := d.all(']'); err != nil {
		return nil, err
	}
	array := make([]any, len(d.values)-first)
	copy(array, d.values[first:])
	d.drop(first)
	return array, nil
}

// text reads a text. The result is valid until the next one is read.
func (d *decoder) text() ([]byte, error) {
	d.at++
	start := d.at
	for d.at < len(d.body) && verbatim[d.body[d.at]] {
		d.at++
	}
	if d.at == len(d.body) {
		return nil, d.wrong()
	}
	switch c := d.body[d.at]; {
	case c == '"':
		text := d.body[start:d.at]
		d.at++
		return text, nil
	case c < ' ':
		return nil, d.wrong()
	default:
		return d.unusual(start)
	}
}

// verbatim are the bytes that a text has as they are.
var verbatim = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

// unusual reads a text with escapes or characters beyond ASCII, which begins at start.
func (d *decoder) unusual(start int) ([]byte, error) {
	room := append(d.room[:0], d.body[start:d.at]...)
	for d.at < len(d.body) {
		c := d.body[d.at]
		switch {
		case c == '"':
			d.at++
			d.room = room
			return room, nil
		case c < ' ':
			return nil, d.wrong()
		case c == '\\':
			r, err := d.escaped()
			if err != nil {
				return nil, err
			}
			room = utf8.AppendRune(room, r)
		case c < utf8.RuneSelf:
			room = append(room, c)
			d.at++
		default:
			r, size := utf8.DecodeRune(d.body[d.at:])
			room = utf8.AppendRune(room, r)
			d.at += size
		}
	}
	return nil, d.wrong()
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (d *decoder) escaped() (rune, error) {
	if d.at++; d.at >= len(d.body) {
		return 0, d.wrong()
	}
	if d.body[d.at] != 'u' {
		r, ok := escapes[d.body[d.at]]
		if !ok {
			return 0, d.wrong()
		}
		d.at++
		return r, nil
	}
	r, err := d.unit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if d.at+1 < len(d.body) && d.body[d.at] == '\\' && d.body[d.at+1] == 'u' {
		back := d.at
		d.at++
		second, err := d.unit()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
			return pair, nil
		}
		d.at = back // it stands for itself
	}
	return utf8.RuneError, nil
}

// unit reads the four digits after \u.
func (d *decoder) unit() (rune, error) {
	var r rune
	for range 4 {
		if d.at++; d.at >= len(d.body) {
			return 0, d.wrong()
		}
		c := d.body[d.at]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, d.wrong()
		}
		r = r<<4 | rune(c)
	}
	d.at++
	return r, nil
}

func (d *decoder) number() (any, error) {
	start := d.at
	d.skip('-')
	if !d.skip('0') && !d.digits() {
		return nil, d.wrong()
	}
	if d.skip('.') && !d.digits() {
		return nil, d.wrong()
	}
	if d.skip('e') || d.skip('E') {
		if !d.skip('-') {
			d.skip('+')
		}
		if !d.digits() {
			return nil, d.wrong()
		}
	}
	return json.Number(d.body[start:d.at]), nil
}

func (d *decoder) skip(c byte) bool {
	if d.at < len(d.body) && d.body[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *decoder) digits() bool {
	start := d.at
	for d.at < len(d.body) && '0' <= d.body[d.at] && d.body[d.at] <= '9' {
		d.at++
	}
	return d.at > start
}

func (m *memory) name(text []byte) string {
	if len(text) > maxKept {
		return string(text)
	}
	known := &m.members[placeOf(text)]
	if *known != string(text) {
		*known = string(text)
	}
	return *known
}

func (m *memory) kept(text []byte) any {
	if len(text) > maxKept {
		return string(text)
	}
	known := &m.texts[placeOf(text)]
	if before, ok := (*known).(string); !ok || before != string(text) {
		*known = string(text)
	}
	return *known
}

// placeOf hashes a text (FNV-1a).
func placeOf(text []byte) uint8 {
	hash := uint32(2166136261)
	for _, c := range text {
		hash = (hash ^ uint32(c)) * 16777619
	}
	return uint8(hash ^ hash>>8 ^ hash>>16 ^ hash>>24)
}
