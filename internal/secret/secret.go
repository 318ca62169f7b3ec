// Package secret holds text that must not be shown: a credential, an external id.
//
// It decides what everything that prints shows in its place, and nothing else.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Text is text that no format verb, logger or encoder shows: they all show
// "[redacted]". Reveal is the only way to its value.
type Text string

// Reveal returns the value. Call it only where the value is used.
func (s Text) Reveal() string { return string(s) }

// String returns "[redacted]".
func (Text) String() string { return redacted }

// GoString returns "[redacted]".
func (Text) GoString() string { return redacted }

// Format writes "[redacted]" for every verb, %x and %d included.
func (Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]" to slog.
func (Text) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]" to encoders of JSON, YAML and the like.
func (Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }
