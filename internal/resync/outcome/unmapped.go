package outcome

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/reconcile"
)

// Unmapped counts what the mapping did not do, by resource and field, with
// one sample of each.
type Unmapped struct {
	mu     sync.Mutex
	items  map[int]int // documents mapped, by the resource's index
	groups map[unmappedKey]*report.MappingDiagnostic
	holds  map[reconcile.Hold]struct{}
}

type unmappedKey struct {
	resource int
	field    string
	cause    string
}

func newUnmapped() *Unmapped {
	return &Unmapped{
		items:  make(map[int]int),
		groups: make(map[unmappedKey]*report.MappingDiagnostic),
		holds:  make(map[reconcile.Hold]struct{}),
	}
}

// Add records what was wrong with the mapping before anything was read.
func (m *Unmapped) Add(d diag.Diagnostic) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[unmappedKey{d.Index(), d.Field, d.Cause}] = &report.MappingDiagnostic{Diagnostic: d}
}

// Note records what went wrong when a resource mapped a document. A document for which
// an expression failed may be that of an entity in Port, which must then stay. One that
// merely returns null has no entity, as in Ocean: the cell decides about an entity that it
// had before.
//
// Sample names the document for people. It is called if something went wrong.
func (m *Unmapped) Note(resource *mapping.Resource, result mapping.Result, sample func() string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[resource.Index] += result.Items
	for _, null := range result.Nulls {
		group := m.add(resource, diag.FieldNull, null.Field, cmp.Or(null.Reason, "gives null"), sample)
		if group.Null = null.Reason == ""; group.Null {
			group.Severity = diag.Note
		}
	}
	for _, drop := range result.Dropped {
		m.add(resource, diag.EntityDropped, drop.Field, drop.Reason, sample)
		if drop.Failed {
			m.hold(drop.Blueprint, resource, "documents that could not be mapped")
		}
	}
	for _, failure := range result.Errors {
		m.add(resource, diag.FieldFailed, failure.Field, failure.Reason, sample)
		m.hold(failure.Blueprint, resource, "documents that could not be mapped")
	}
	if result.SkippedItems > 0 {
		m.add(resource, diag.ItemsNoArray, "itemsToParse", "does not return an array", sample)
	}
}

func (m *Unmapped) add(resource *mapping.Resource, code diag.Code, field, cause string, sample func() string) *report.MappingDiagnostic {
	key := unmappedKey{resource.Index, field, cause}
	group, ok := m.groups[key]
	if !ok {
		group = &report.MappingDiagnostic{Sample: sample(), Diagnostic: diag.Diagnostic{
			Code: code, Severity: diag.Error, Subject: diag.Subject{Kinds: []string{resource.Kind}, Entry: new(resource.Index), Field: field}, Cause: cause,
		}}
		m.groups[key] = group
	}
	group.Count++
	return group
}

func (m *Unmapped) hold(blueprint string, resource *mapping.Resource, reason string) {
	m.holds[reconcile.Hold{
		Blueprint: blueprint,
		Reason: reconcile.Reason{
			Code: diag.KeptMapping, Text: fmt.Sprintf("resources[%d] (%s) met %s", resource.Index, resource.Kind, reason),
		},
	}] = struct{}{}
}

// NameOf names a document for people, by the property that AWS names its resource
// by: for an AWS::EC2::Instance that is InstanceArn or InstanceId, otherwise the
// shortest name that looks like one.
func NameOf(document kind.Object) string {
	properties, _ := document["Properties"].(kind.Object)
	of, _ := document["Type"].(string)
	of = of[strings.LastIndexByte(of, ':')+1:]
	for _, suffix := range []string{"Arn", "Id", "Name"} {
		for _, name := range []string{of + suffix, suffix} {
			if text, ok := properties[name].(string); ok {
				return text
			}
		}
	}
	var names []string
	for name, value := range properties {
		if _, text := value.(string); text && (strings.HasSuffix(name, "ARN") || strings.HasSuffix(name, "Arn")) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return properties[slices.MinFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })].(string)
}

// fill writes the diagnostics to the report in the order of the mapping, the most frequent
// of a resource first. Fields that are merely null come last.
func (m *Unmapped) fill(r *report.Report) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, group := range m.groups {
		group.Of = m.items[group.Index()]
		r.Mapping = append(r.Mapping, *group)
	}
	slices.SortFunc(r.Mapping, func(a, b report.MappingDiagnostic) int {
		return cmp.Or(nullsLast(a, b), cmp.Compare(a.Index(), b.Index()), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Cause, b.Cause))
	})
}

func nullsLast(a, b report.MappingDiagnostic) int {
	switch {
	case a.Null == b.Null:
		return 0
	case b.Null:
		return -1
	default:
		return 1
	}
}

// Holds returns why entities must stay if their documents could not be mapped.
func (m *Unmapped) Holds() []reconcile.Hold {
	m.mu.Lock()
	defer m.mu.Unlock()
	holds := make([]reconcile.Hold, 0, len(m.holds))
	for hold := range m.holds {
		holds = append(holds, hold)
	}
	slices.SortFunc(holds, func(a, b reconcile.Hold) int { return cmp.Compare(a.Reason.Text, b.Reason.Text) })
	return holds
}

// unmappedPage is what a mapping did not do in one invocation.
type unmappedPage struct {
	Items  map[int]int                `json:"items"`
	Groups []report.MappingDiagnostic `json:"groups"`
	Holds  []reconcile.Hold           `json:"holds"`
}

func (m *Unmapped) page() unmappedPage {
	holds := m.Holds()
	m.mu.Lock()
	defer m.mu.Unlock()
	p := unmappedPage{Items: maps.Clone(m.items), Holds: holds}
	for _, group := range m.groups {
		p.Groups = append(p.Groups, *group)
	}
	return p
}

func (m *Unmapped) merge(p unmappedPage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for index, n := range p.Items {
		m.items[index] += n
	}
	for _, group := range p.Groups {
		key := unmappedKey{group.Index(), group.Field, group.Cause}
		if mine := m.groups[key]; mine != nil {
			mine.Count += group.Count
		} else {
			m.groups[key] = &group
		}
	}
	for _, hold := range p.Holds {
		m.holds[hold] = struct{}{}
	}
}
