package event

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// MaxPattern is how many characters the pattern of a rule may have by default.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const MaxPattern = 2048

// Source is the pattern of every event of AWS itself, whose source nobody else may use when
// putting an event on a bus, and of the doctor's test event.
const Source = `{"source":[{"prefix":"aws."},"` + TestSource + `"]}`

// object is a JSON object.
type object = map[string]any

// Patterns returns the patterns of EventBridge's rules that let through what matters to kinds:
// every event that wakes one of them, and little else. None has more than MaxPattern
// characters. They are the same for the same kinds.
//
// A rule takes any of its names from any of its services, so that the name of one service's
// operation passes for another's. The table decides again.
func Patterns(kinds []*kind.Kind) []string {
	var patterns []string
	named, all, sent := declared(kinds)
	var p packer
	for _, source := range slices.Sorted(maps.Keys(named)) {
		if !all[source] { // every write of it is let through
			for _, name := range slices.Sorted(maps.Keys(named[source])) {
				p.add(source, name)
			}
		}
	}
	patterns = append(patterns, p.close()...)
	p = packer{write: func(sources, _ []string) string {
		return calls(sources, object{"readOnly": []any{false}, "eventName": []any{object{"anything-but": frequent}}})
	}}
	for _, source := range slices.Sorted(maps.Keys(all)) {
		p.add(source, "")
	}
	patterns = append(patterns, p.close()...)
	p = packer{write: func(sources, types []string) string {
		return text(object{"source": sources, "detail-type": types})
	}}
	for _, source := range slices.Sorted(maps.Keys(sent)) {
		for _, typ := range slices.Sorted(maps.Keys(sent[source])) {
			p.add(source, typ)
		}
	}
	return append(patterns, p.close()...)
}

// declared returns what kinds declare: the names of operations by service, the services of which
// every write counts, and the detail-types by source.
func declared(kinds []*kind.Kind) (named map[string]map[string]bool, all map[string]bool, sent map[string]map[string]bool) {
	named, all, sent = map[string]map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}
	put := func(in map[string]map[string]bool, source, name string) {
		if in[source] == nil {
			in[source] = map[string]bool{}
		}
		in[source][name] = true
	}
	for _, k := range kinds {
		for _, call := range strings.Fields(k.Events.Calls) {
			source, c := parse(k, call)
			if c.prefix {
				c.name += "*"
			}
			put(named, source, c.name)
		}
		if k.Events.Writes {
			all[k.EventSource()] = true
		}
		for _, typ := range k.Events.Sent {
			put(sent, sourceOf(k.EventSource()), typ)
		}
	}
	return named, all, sent
}

// packer puts pairs of a source and a name into as few patterns as their order allows.
type packer struct {
	write          func(sources, names []string) string // nil writes names of calls
	sources, names []string
	done           []string
}

func (p *packer) add(source, name string) {
	sources, names := with(p.sources, source), with(p.names, name)
	if len(p.sources) > 0 && len(p.pattern(sources, names)) > MaxPattern {
		p.done = append(p.done, p.pattern(p.sources, p.names))
		sources, names = []string{source}, []string{name}
	}
	p.sources, p.names = sources, names
}

// close returns the patterns.
func (p *packer) close() []string {
	if len(p.sources) == 0 {
		return p.done
	}
	return append(p.done, p.pattern(p.sources, p.names))
}

func (p *packer) pattern(sources, names []string) string {
	if p.write != nil {
		return p.write(sources, names)
	}
	matches := make([]any, len(names))
	for i, name := range names {
		matches[i] = name
		if prefix, is := strings.CutSuffix(name, "*"); is {
			matches[i] = object{"prefix": prefix}
		}
	}
	return calls(sources, object{"eventName": matches})
}

// with returns a sorted list with a text, once.
func with(list []string, text string) []string {
	at, has := slices.BinarySearch(list, text)
	if has {
		return list
	}
	return slices.Insert(slices.Clone(list), at, text)
}

// calls returns the pattern of calls of services that did not fail.
func calls(sources []string, detail object) string {
	detail["eventSource"] = sources
	detail["errorCode"] = []any{object{"exists": false}}
	return text(object{"source": []any{object{"prefix": "aws."}}, "detail-type": trailTypes, "detail": detail})
}

func text(pattern object) string {
	text, err := json.Marshal(pattern)
	if err != nil {
		panic(err) // it holds only texts
	}
	return string(text)
}
