package kind

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Form is the form of a kind's documents: which top-level members of AWS's answer become
// Properties, and under which name. What is nested keeps the names that [Answer] returns.
type Form struct {
	// Properties names the members, separated by white space, as documents have them.
	// AWS's name is the same, or the same with a small first letter.
	Properties string
	// Renamed has AWS's names of the properties whose names differ in another way.
	Renamed map[string]string
	// Open keeps every other member too, under AWS's name.
	Open bool
	// Finish, unless it is nil, completes a document: it may change all but its Properties'
	// nested values, which the resource's other documents share.
	Finish func(t Target, r *Resource, document Object)
}

// Names returns the properties that the form names.
func (f Form) Names() []string { return strings.Fields(f.Properties) }

// shape is a form prepared for many documents.
type shape struct {
	members []member
	names   map[string]bool // of members: true for a document's, false for one that only AWS has
	open    bool
	finish  func(t Target, r *Resource, document Object)
}

// member is a property of documents, and the names that AWS may have for it.
type member struct {
	name string
	aws  []string
}

func (f Form) shape() shape {
	s := shape{names: make(map[string]bool), open: f.Open, finish: f.Finish}
	for _, name := range f.Names() {
		first, size := utf8.DecodeRuneInString(name)
		aws := []string{name, string(unicode.ToLower(first)) + name[size:]}
		if renamed, ok := f.Renamed[name]; ok {
			aws = slices.Insert(aws, 0, renamed)
		}
		s.members = append(s.members, member{name, aws})
	}
	for _, m := range s.members {
		s.names[m.name] = true
	}
	for _, m := range s.members {
		for _, name := range m.aws {
			if name != m.name {
				s.names[name] = false
			}
		}
	}
	return s
}

// fits says whether an answer has the form already, as most answers in JSON do.
func (s shape) fits(answer Object) bool {
	for name := range answer {
		if own, known := s.names[name]; !own && (known || !s.open) {
			return false
		}
	}
	return true
}

// apply makes the Properties of a document, or returns the answer if it has the form and
// nobody changes it. What AWS did not answer stays absent.
func (s shape) apply(answer Object) Object {
	if s.finish == nil && s.fits(answer) {
		return answer
	}
	properties := make(Object, len(answer))
	if s.open {
		maps.Copy(properties, answer)
	}
	for _, m := range s.members {
		for _, name := range m.aws {
			if value, ok := answer[name]; ok {
				if s.open && name != m.name {
					delete(properties, name)
				}
				properties[m.name] = value
				break
			}
		}
	}
	return properties
}
