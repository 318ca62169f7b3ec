package cloudcontrol

import (
	"sync"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// Source says how a kind is read.
type Source string

// The sources. Unknown is the zero value.
const (
	Unknown Source = ""
	Native  Source = "native"        // a file in package kinds
	Special Source = "special"       // a kind that only Ocean's older integration has
	Generic Source = "cloud-control" // ListResources and GetResource
)

// Resolve returns what the name of a kind means, in a mapping, a request or a setting, and
// how it is read. It is the one place that decides. The kind is nil if the name is unknown,
// or the type cannot be read; it is the same pointer each time.
func Resolve(name string) (*kind.Kind, Source) {
	if k := kinds.ByType(name); k != nil {
		return k, Native
	}
	if of := formers[name]; of != nil && of.kind != nil {
		return of.complete(), Special
	}
	if k, known := resolved.Load(name); known {
		return k.(*kind.Kind), Generic
	}
	k := Kind(name)
	if k == nil {
		return nil, Unknown
	}
	first, _ := resolved.LoadOrStore(name, k)
	return first.(*kind.Kind), Generic
}

// Find is Resolve without the source.
func Find(name string) *kind.Kind {
	k, _ := Resolve(name)
	return k
}

// resolved has the kinds that were asked for, by name: no more than the table has types.
var resolved sync.Map
