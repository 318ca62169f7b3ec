package resync

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/reconcile"
)

// mappingFaults counts what the mapping did not do, by resource and field, with
// one sample of each.
type mappingFaults struct {
	mu     sync.Mutex
	items  map[int]int // documents mapped, by the resource's index
	groups map[faultKey]*report.MappingFault
	holds  map[reconcile.Hold]struct{}
}

type faultKey struct {
	resource int
	field    string
	message  string
}

func newMappingFaults() *mappingFaults {
	return &mappingFaults{
		items:  make(map[int]int),
		groups: make(map[faultKey]*report.MappingFault),
		holds:  make(map[reconcile.Hold]struct{}),
	}
}

// problem records what was wrong with the mapping before anything was read.
func (m *mappingFaults) problem(p mapping.Problem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[faultKey{p.Resource, p.Field, p.Message}] = &report.MappingFault{
		Code: p.Code, Resource: p.Resource, Kind: p.Kind, Field: p.Field, Expression: p.Expression, Message: p.Message, Fix: p.Fix,
	}
}

// note records what went wrong when a resource mapped a document. A document for which
// an expression failed may be that of an entity in Port, which must then stay. One that
// merely returns null has no entity, as for Ocean: its cell decides about what it gave
// before.
func (m *mappingFaults) note(resource *mapping.Resource, result mapping.Result, document kind.Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[resource.Index] += result.Items
	for _, null := range result.Nulls {
		m.add(resource, diag.FieldNull, null.Field, cmp.Or(null.Reason, "gives null"), document).Null = null.Reason == ""
	}
	for _, drop := range result.Dropped {
		m.add(resource, diag.EntityDropped, drop.Field, drop.Reason, document)
		if drop.Failed {
			m.hold(drop.Blueprint, resource, "documents that could not be mapped")
		}
	}
	for _, failure := range result.Errors {
		m.add(resource, diag.FieldFailed, failure.Field, failure.Reason, document)
		m.hold(failure.Blueprint, resource, "documents that could not be mapped")
	}
	if result.SkippedItems > 0 {
		m.add(resource, diag.ItemsNoArray, "itemsToParse", "gives no array", document)
	}
}

func (m *mappingFaults) add(resource *mapping.Resource, code diag.Code, field, message string, document kind.Object) *report.MappingFault {
	key := faultKey{resource.Index, field, message}
	group, ok := m.groups[key]
	if !ok {
		group = &report.MappingFault{
			Code: code, Resource: resource.Index, Kind: resource.Kind, Field: field, Message: message, Sample: nameOf(document),
		}
		m.groups[key] = group
	}
	group.Count++
	return group
}

func (m *mappingFaults) hold(blueprint string, resource *mapping.Resource, reason string) {
	m.holds[reconcile.Hold{
		Blueprint: blueprint,
		Reason: reconcile.Reason{
			Code: diag.KeptMapping, Text: fmt.Sprintf("resources[%d] (%s) met %s", resource.Index, resource.Kind, reason),
		},
	}] = struct{}{}
}

// blueprintsOf lists the blueprints that the resource's entities can have, as holds
// name them: "" is any.
func blueprintsOf(resource *mapping.Resource) []string {
	blueprints, all := resource.Blueprints()
	if all {
		return []string{""}
	}
	return blueprints
}

// nameOf names a document for people, by the property that AWS names its resource
// by: of an AWS::EC2::Instance that is InstanceArn or InstanceId, say, else the
// shortest name that looks like one.
func nameOf(document kind.Object) string {
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

// fill writes the faults into the report: fields that are merely null last, else in
// the order of the mapping, the most frequent of a resource first.
func (m *mappingFaults) fill(r *report.Report) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, group := range m.groups {
		group.Of = m.items[group.Resource]
		r.Mapping = append(r.Mapping, *group)
	}
	slices.SortFunc(r.Mapping, func(a, b report.MappingFault) int {
		return cmp.Or(nullsLast(a, b), cmp.Compare(a.Resource, b.Resource), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
}

func nullsLast(a, b report.MappingFault) int {
	switch {
	case a.Null == b.Null:
		return 0
	case b.Null:
		return -1
	default:
		return 1
	}
}

func (m *mappingFaults) reasons() []reconcile.Hold {
	m.mu.Lock()
	defer m.mu.Unlock()
	holds := make([]reconcile.Hold, 0, len(m.holds))
	for hold := range m.holds {
		holds = append(holds, hold)
	}
	slices.SortFunc(holds, func(a, b reconcile.Hold) int { return cmp.Compare(a.Reason.Text, b.Reason.Text) })
	return holds
}

// refusals groups the entities that Port did not take, by blueprint and reason.
type refusals struct {
	mu     sync.Mutex
	groups map[[2]string]*report.EntityFault
}

// maxRefusalGroups bounds the reasons that a report lists; what comes after is
// counted under one heading.
const maxRefusalGroups = 50

// count is how many entities Port did not take.
func (f *refusals) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	total := 0
	for _, group := range f.groups {
		total += group.Count
	}
	return total
}

func (f *refusals) add(blueprint, identifier string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reason := strings.ReplaceAll(err.Error(), identifier, "…")
	code := diag.EntityRefused
	if diag.Of(err) == diag.PortUnnamed {
		code = diag.PortUnnamed
	}
	var misfit *fit.Fault
	if errors.As(err, &misfit) {
		code = misfit.Code
	}
	group := f.group(blueprint, reason, code)
	group.Count++
	if len(group.Samples) < reconcile.SampleSize {
		group.Samples = append(group.Samples, identifier)
	}
}

// group returns the group of a reason, or that of all others once there are many.
func (f *refusals) group(blueprint, reason string, code diag.Code) *report.EntityFault {
	if f.groups == nil {
		f.groups = make(map[[2]string]*report.EntityFault)
	}
	key := [2]string{blueprint, reason}
	group, ok := f.groups[key]
	if !ok && len(f.groups) >= maxRefusalGroups {
		key, reason, code = [2]string{blueprint, ""}, "other reasons", diag.EntityRefused
		group, ok = f.groups[key]
	}
	if !ok {
		group = &report.EntityFault{Code: code, Blueprint: blueprint, Error: reason}
		f.groups[key] = group
	}
	return group
}

func (f *refusals) fill(r *report.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, group := range f.groups {
		r.Entities = append(r.Entities, *group)
	}
	slices.SortFunc(r.Entities, func(a, b report.EntityFault) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Error, b.Error))
	})
}
