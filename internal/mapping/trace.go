package mapping

import "slices"

// Trace is what a resource made of a document, without what the entities hold: enough to know
// that the same document makes the same entities again, and to what they point.
type Trace struct {
	Items    int            `json:"items"`
	Filtered int            `json:"filtered,omitempty"`
	Entities []TracedEntity `json:"entities,omitempty"`
}

// TracedEntity is an entity of a trace. Its identifier is a text.
type TracedEntity struct {
	Template   int              `json:"template,omitempty"`
	Blueprint  string           `json:"blueprint"`
	Identifier string           `json:"identifier"`
	Relations  []TracedRelation `json:"relations,omitempty"`
}

// TracedRelation is a relation with its targets; without any it is null. One that is an empty list
// is left out.
type TracedRelation struct {
	Name    string   `json:"name"`
	Targets []string `json:"targets,omitempty"`
}

// Trace returns the trace of what the resource made of a document. There is none if there is more
// to tell than a trace holds: an error, a drop, a search, or a field that failed; or if the same
// document may make something else at another time.
func (r *Resource) Trace(made Result) (trace Trace, ok bool) {
	if !r.timeless || len(made.Errors)+len(made.Dropped)+made.SkippedItems > 0 {
		return Trace{}, false
	}
	if slices.ContainsFunc(made.Nulls, func(n Null) bool { return n.Reason != "" }) {
		return Trace{}, false
	}
	trace = Trace{Items: made.Items, Filtered: made.Filtered}
	for i := range made.Entities {
		e := &made.Entities[i]
		identifier, text := e.Identifier.(string)
		if !text || !e.Known && !e.Plain {
			return Trace{}, false
		}
		traced := TracedEntity{Template: e.Template, Blueprint: e.Blueprint, Identifier: identifier}
		for _, relation := range e.Relations {
			targets, known := relation.Targets()
			if !known {
				return Trace{}, false
			}
			if len(targets) > 0 || relation.Value == nil {
				traced.Relations = append(traced.Relations, TracedRelation{relation.Name, slices.Clone(targets)})
			}
		}
		trace.Entities = append(trace.Entities, traced)
	}
	return trace, true
}

// Retrace returns the result that a trace was made of, with remembered entities. It returns false
// if one of them is not remembered any more.
func (r *Resource) Retrace(trace Trace, known Remembered) (Result, bool) {
	made := Result{Items: trace.Items, Filtered: trace.Filtered}
	for _, traced := range trace.Entities {
		nulls, ok := known(traced.Blueprint, traced.Identifier)
		if !ok || traced.Template < 0 || traced.Template >= len(r.templates) {
			return Result{}, false
		}
		t := r.templates[traced.Template]
		t.tell(nulls, &made)
		e := Entity{
			Identifier: traced.Identifier, Blueprint: traced.Blueprint, Template: traced.Template, Nulls: nulls, Known: true,
		}
		for _, relation := range traced.Relations {
			e.Relations = append(e.Relations, t.retrace(relation, &made))
		}
		made.Entities = append(made.Entities, e)
	}
	return made, true
}

// retrace returns a relation, and tells that it is null.
func (t *template) retrace(relation TracedRelation, res *Result) Field {
	f := Field{Name: relation.Name}
	if len(relation.Targets) == 0 {
		for _, s := range t.relations {
			if s.name == relation.Name {
				res.Nulls = append(res.Nulls, Null{Field: s.field})
			}
		}
		return f
	}
	targets := make([]any, len(relation.Targets))
	for i, target := range relation.Targets {
		targets[i] = target
	}
	f.Value = targets
	return f
}
