package awssim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// die is a source of made-up values that depends on nothing but its seed, so
// that a resource looks the same each time it is asked for.
type die uint64

// dieOf starts a die from texts.
func dieOf(texts ...string) *die {
	h := uint64(14695981039346656037)
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	d := die(h)
	return &d
}

// next is the next 64 bits (splitmix64).
func (d *die) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (d *die) below(n int) int {
	return int(d.next() % uint64(n))
}

// oneIn is true once in n throws.
func (d *die) oneIn(n int) bool {
	return d.next()%uint64(n) == 0
}

func pick[T any](d *die, from []T) T {
	return from[d.below(len(from))]
}

const (
	hexDigits   = "0123456789abcdef"
	lowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
	upperDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// text is n characters of an alphabet.
func (d *die) text(n int, alphabet string) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[d.next()%uint64(len(alphabet))]
	}
	return string(out)
}

func (d *die) hex(n int) string { return d.text(n, hexDigits) }

// uuid looks like a version 4 UUID.
func (d *die) uuid() string {
	return d.hex(8) + "-" + d.hex(4) + "-4" + d.hex(3) + "-a" + d.hex(3) + "-" + d.hex(12)
}

// The multiplications below can be undone, which lets an identifier that looks
// random be traced back to its index.
const (
	spread   = 0x9e3779b97f4a7c15
	gathered = 0xf1de83e19937733d // spread's inverse modulo 2^64
)

func scramble(index int, seed uint64) uint64 {
	x := (uint64(index) ^ seed) * spread
	return (x ^ x>>32) * spread
}

func unscramble(x, seed uint64) uint64 {
	x *= gathered
	x ^= x >> 32
	return x*gathered ^ seed
}

// uuidLength is the length of a UUID as text.
const uuidLength = 36

// longID looks like a version 4 UUID and can be traced back to an index.
func longID(index int, seed uint64) string {
	x := scramble(index, seed)
	d := die(x)
	return fmt.Sprintf("%08x-%04x-4%s-a%s-%04x%s", x>>32, x>>16&0xffff, d.hex(3), d.hex(3), x&0xffff, d.hex(8))
}

func longIndex(id string, seed uint64) (int, bool) {
	if len(id) != uuidLength {
		return 0, false
	}
	x, err := strconv.ParseUint(id[:8]+id[9:13]+id[24:28], 16, 64)
	index := unscramble(x, seed)
	return int(index), err == nil && index < 1<<31
}

// The IDs of deployments are short: nine characters of five bits each.
const (
	shortLength = 9
	shortBits   = 1<<(5*shortLength) - 1
	shortFold   = 23 // more than half of the bits, so that folding undoes itself
)

func shortID(index int, seed uint64) string {
	x := (uint64(index) ^ seed) * spread & shortBits
	x = (x ^ x>>shortFold) * spread & shortBits
	var text [shortLength]byte
	for i := range text {
		text[i] = upperDigits[x>>(5*i)&31]
	}
	return string(text[:])
}

func shortIndex(id string, seed uint64) (int, bool) {
	if len(id) != shortLength {
		return 0, false
	}
	x := uint64(0)
	for _, c := range slices.Backward([]byte(id)) {
		digit := strings.IndexByte(upperDigits, c)
		if digit < 0 {
			return 0, false
		}
		x = x<<5 | uint64(digit)
	}
	x = x * gathered & shortBits
	x = (x ^ x>>shortFold) * gathered & shortBits
	index := x ^ seed&shortBits
	return int(index), index < 1<<31
}
