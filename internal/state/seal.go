package state

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Secret returns the secret that only the function itself knows. With again it reads the secret
// anew: somebody may have replaced it since it was last read.
type Secret func(ctx context.Context, again bool) (string, error)

// ErrUnsealed says that a blob has no seal: it may be foreign. It is an ErrDamaged.
var ErrUnsealed = fmt.Errorf("%w: it has no seal, so anybody may have written it", ErrDamaged)

// errSeal says that a blob was changed, was moved, or was sealed with another secret.
var errSeal = fmt.Errorf("%w: it does not have the seal of this installation", ErrDamaged)

// Sealed returns a store whose blobs carry a seal that nobody can make without the secret. The
// seal is of a blob's name and bytes, so that one blob cannot take the place of another. Of says
// whose the blobs are: what was sealed for another does not count.
//
// Get returns ErrDamaged for a blob without its seal, with the version, so that it can be
// replaced, and with its bytes. Their only use is to find out that they belong to somebody else, and
// are not to be replaced. After the secret was replaced, no blob has its seal.
//
// The seal is the end of a blob: a second line of JSON, or an empty member of a gzip file. The
// blobs that [open] names have none.
func Sealed(store Store, of string, secret Secret) Store {
	return &sealed{Store: store, of: of, secret: secret}
}

// open says whether a blob has no seal. Everybody may write such blobs, so nothing is concluded
// from them that deletes, or that keeps a run from working for good.
func open(name string) bool {
	switch {
	case name == leaseForm.Name: // who cannot read the secret may still see who writes
	case strings.HasPrefix(name, workFolder) && strings.HasSuffix(name, "/"+ItemsPiece): // Step Functions reads it
	case strings.HasSuffix(name, pageEnding): // a browser reads it
	case strings.HasPrefix(name, "doctor/"): // it holds nothing
	default:
		return false
	}
	return true
}

// askAgain is how much time passes between two questions for a secret that was replaced.
const askAgain = time.Minute

type sealed struct {
	Store
	of     string
	secret Secret

	mu    sync.Mutex
	asked time.Time
}

func (s *sealed) Get(ctx context.Context, name string) ([]byte, string, error) {
	data, version, err := s.Store.Get(ctx, name)
	if err != nil || open(name) {
		return data, version, err
	}
	bare, seal := split(name, data)
	if bare == nil {
		return data, version, fmt.Errorf("%s: %w", s.Where(name), ErrUnsealed)
	}
	for _, again := range []bool{false, true} {
		if again && !s.mayAsk() {
			break
		}
		made, err := s.sealOf(ctx, name, bare, again)
		if err != nil {
			return nil, "", err
		}
		if hmac.Equal(made, seal) {
			return bare, version, nil
		}
	}
	return bare, version, fmt.Errorf("%s: %w", s.Where(name), errSeal)
}

func (s *sealed) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if open(name) {
		return s.Store.Put(ctx, name, data, version)
	}
	seal, err := s.sealOf(ctx, name, data, false)
	if err != nil {
		return "", err
	}
	return s.Store.Put(ctx, name, formOf(name).join(data, seal), version)
}

func (s *sealed) age(ctx context.Context, name string) (time.Duration, error) {
	if inner, ok := s.Store.(aged); ok {
		return inner.age(ctx, name)
	}
	return 0, errors.New("the store does not tell when a blob was written")
}

// mayAsk says whether the secret may be read anew, which it is not for each of many forged blobs.
func (s *sealed) mayAsk() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asked.IsZero() && time.Since(s.asked) < askAgain {
		return false
	}
	s.asked = time.Now()
	return true
}

func (s *sealed) sealOf(ctx context.Context, name string, data []byte, again bool) ([]byte, error) {
	secret, err := s.secret(ctx, again)
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: read the secret of its seal: %w", s.Where(name), err)
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "portolan/state/1 "+s.of, sha256.Size)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(len(name)))
	_, _ = mac.Write([]byte(name))
	_, _ = mac.Write(data)
	return mac.Sum(nil), nil
}

// sealForm is how a seal stands at the end of a blob.
type sealForm struct {
	before, after string
	hex           bool
}

// The gzip member has a header with an extra field, "PS", and no content:
// https://www.rfc-editor.org/rfc/rfc1952#section-2.3
var (
	jsonSeal = sealForm{before: "\n" + `{"seal":"`, after: `"}` + "\n", hex: true}
	gzipSeal = sealForm{
		before: "\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x24\x00PS\x20\x00", after: "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	}
)

func formOf(name string) sealForm {
	if strings.HasSuffix(name, ".gz") {
		return gzipSeal
	}
	return jsonSeal
}

func (f sealForm) join(data, seal []byte) []byte {
	if f.hex {
		seal = []byte(hex.EncodeToString(seal))
	}
	return bytes.Join([][]byte{data, []byte(f.before), seal, []byte(f.after)}, nil)
}

// split returns what a blob holds and its seal; nil if it has none.
func split(name string, data []byte) (bare, seal []byte) {
	f, size := formOf(name), sha256.Size
	if f.hex {
		size *= 2
	}
	at := len(data) - len(f.before) - size - len(f.after)
	if at < 0 || !bytes.HasPrefix(data[at:], []byte(f.before)) || !bytes.HasSuffix(data, []byte(f.after)) {
		return nil, nil
	}
	seal = data[at+len(f.before):][:size]
	if f.hex {
		made, err := hex.DecodeString(string(seal))
		if err != nil {
			return nil, nil
		}
		seal = made
	}
	return data[:at:at], seal
}
