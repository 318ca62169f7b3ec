package logship

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"portolan/internal/plain"
)

// maxText bounds a text of a line, in characters.
const maxText = 4 << 10

// Port's names for what it finds lines by, and ours.
var portNames = map[string]string{"run": "event_id", "kind": "resource_kind"}

// Handler returns the handler that brings lines of the level and above to the shipper.
// It is never slow and never fails.
func (s *Shipper) Handler(level slog.Leveler) slog.Handler { return handler{to: s, level: level} }

type handler struct {
	to     *Shipper
	level  slog.Leveler
	prefix string // of the groups that are open, with a dot
	attrs  []slog.Attr
}

// Enabled says whether lines of the level are taken.
func (h handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level.Level() }

// Handle takes a line.
func (h handler) Handle(_ context.Context, r slog.Record) error {
	extra := make(map[string]any, len(h.attrs)+r.NumAttrs()+2)
	for _, a := range h.attrs {
		put(extra, "", a)
	}
	r.Attrs(func(a slog.Attr) bool {
		put(extra, h.prefix, a)
		return true
	})
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	h.to.keep(h.to.record(at, r.Level, shortened(r.Message), extra))
	return nil
}

// WithAttrs returns a handler whose lines carry the attributes.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := append([]slog.Attr{}, h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		own = append(own, a)
	}
	h.attrs = own
	return h
}

// WithGroup returns a handler whose further attributes are named within the group.
func (h handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.prefix += name + "."
	}
	return h
}

// put puts an attribute into the extra fields of a line, members of groups by their
// path.
func put(extra map[string]any, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			put(extra, prefix, member)
		}
		return
	}
	if a.Key == "" {
		return
	}
	name := prefix + a.Key
	if known, ok := portNames[name]; ok {
		name = known
	}
	extra[name] = encodable(value)
}

// encodable returns a value that has a JSON form and can be masked.
func encodable(v slog.Value) any {
	switch v.Kind() {
	case slog.KindBool:
		return v.Bool()
	case slog.KindInt64:
		return v.Int64()
	case slog.KindUint64:
		return v.Uint64()
	case slog.KindFloat64:
		if f := v.Float64(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return fmt.Sprint(v.Float64())
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			return shortened(err.Error())
		}
		return shortened(fmt.Sprint(v.Any()))
	default:
		return shortened(v.String())
	}
}

func shortened(text string) string { return plain.Lines(text, maxText, "") }
