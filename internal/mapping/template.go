package mapping

import "portolan/internal/mapping/jq"

// template makes one entity of an item: one element of a resource's mappings.
type template struct {
	identifier, blueprint *slot
	title, icon, team     *slot
	properties, relations []*slot // sorted by name, nil if the section is absent
	fields                int     // number of slots without identifier and blueprint
	number                int     // among the resource's templates
}

// slot is a field of the entity with what fills it: an expression, or a search object.
type slot struct {
	name   string // key in its section
	field  string // path in the mapping
	text   string // the expression as it is written
	query  *jq.Expression
	search *search
}

// first evaluates the slot. It returns a search object even if a part of it could not be evaluated.
func (s *slot) first(b *jq.Budget, item any) (any, error) {
	if s.search != nil {
		return s.search.first(b, item)
	}
	return s.query.First(b, item)
}

// fixedBlueprint returns the blueprint if it is the same for every document, or "".
func (t *template) fixedBlueprint() string {
	if t.blueprint.query == nil {
		return ""
	}
	value, _ := t.blueprint.query.Constant()
	name, _ := value.(string)
	return name
}

// entity makes the entity of an item and adds it, or why there is none, to res.
func (t *template) entity(b *jq.Budget, item any, known Remembered, res *Result) {
	blueprint, key, ok := t.key(b, item, res)
	if !ok {
		return
	}
	e := Entity{Identifier: key, Blueprint: blueprint, Template: t.number}
	told := len(res.Nulls)
	fill := filling{budget: b, item: item, res: res}
	if identifier, ok := key.(string); ok && known != nil {
		e.Nulls, e.Known = known(blueprint, identifier)
	}
	if e.Known {
		t.tell(e.Nulls, res)
		fill.fields = make([]Field, 0, len(t.relations))
	} else {
		fill.fields = make([]Field, 0, t.fields)
		e.Title = fill.one(t.title, asTitle)
		e.Icon = fill.one(t.icon, asIcon)
		e.Team = fill.one(t.team, asTeam)
		e.Properties = fill.all(t.properties, nil)
		e.Nulls, e.Plain = t.nulls(res.Nulls[told:])
	}
	e.Relations = fill.all(t.relations, asRelation)
	if fill.failure == nil {
		res.Entities = append(res.Entities, e)
		return
	}
	fill.failure.Blueprint, fill.failure.Identifier = e.Blueprint, e.Key()
	res.Nulls = res.Nulls[:told]
	res.Errors = append(res.Errors, fill.failure)
}

// slots yields the slots that a [Nulls] speaks of, each with its place in it.
func (t *template) slots(yield func(place int, s *slot) bool) {
	for i, s := range [...]*slot{t.title, t.icon, t.team} {
		if s != nil && !yield(i, s) {
			return
		}
	}
	for i, s := range t.properties {
		if !yield(3+i, s) {
			return
		}
	}
}

// nulls returns which fields are null, and whether that is all that was told of them.
func (t *template) nulls(told []Null) (nulls Nulls, plain bool) {
	next := 0
	for place, s := range t.slots {
		if next == len(told) {
			break
		}
		if told[next].Field != s.field {
			continue
		}
		if told[next].Reason != "" || place >= 64 {
			return 0, false
		}
		nulls |= 1 << place
		next++
	}
	return nulls, true
}

// tell adds the fields that are null to the result.
func (t *template) tell(nulls Nulls, res *Result) {
	if nulls == 0 {
		return
	}
	for place, s := range t.slots {
		if nulls>>place&1 == 1 {
			res.Nulls = append(res.Nulls, Null{Field: s.field})
		}
	}
}

// key evaluates blueprint and identifier. Without one of them the entity is
// dropped; if one of them is not valid, it is an error.
func (t *template) key(b *jq.Budget, item any, res *Result) (blueprint string, identifier any, ok bool) {
	name, err := t.blueprint.first(b, item)
	if failure := stopped(t.blueprint, err); failure != nil {
		res.Errors = append(res.Errors, failure)
		return "", nil, false
	}
	if falsy(name) {
		res.Dropped = append(res.Dropped, Drop{Field: t.blueprint.field, Reason: absence(name, err), Failed: err != nil})
		return "", nil, false
	}
	if blueprint, err = asBlueprint(name); err != nil {
		res.Errors = append(res.Errors, t.blueprint.failure(err.Error()))
		return "", nil, false
	}
	identifier, err = t.identifier.first(b, item)
	if failure := stopped(t.identifier, err); failure != nil {
		failure.Blueprint = blueprint
		res.Errors = append(res.Errors, failure)
		return "", nil, false
	}
	if falsy(identifier) {
		res.Dropped = append(res.Dropped, Drop{t.identifier.field, absence(identifier, err), blueprint, err != nil})
		return "", nil, false
	}
	valid, err := asIdentifier(identifier)
	if err != nil {
		failure := t.identifier.failure(err.Error())
		failure.Blueprint, failure.Identifier = blueprint, jq.ToString(identifier)
		res.Errors = append(res.Errors, failure)
		return "", nil, false
	}
	return blueprint, valid, true
}

// filling evaluates the fields of one entity until one of them fails.
type filling struct {
	budget  *jq.Budget
	item    any
	res     *Result
	fields  []Field // with room for all fields, so that they never move
	failure *Failure
}

func (f *filling) one(s *slot, valid func(any) (any, error)) *Field {
	if s == nil || f.failure != nil {
		return nil
	}
	v, err := s.first(f.budget, f.item)
	if f.failure = stopped(s, err); f.failure != nil {
		return nil
	}
	why := ""
	if err != nil {
		why = jq.Reason(err)
	}
	if valid != nil {
		if v, err = valid(v); err != nil {
			f.failure = s.failure(err.Error())
			return nil
		}
	}
	if v == nil || why != "" {
		if f.res.Nulls == nil {
			f.res.Nulls = make([]Null, 0, cap(f.fields)/2)
		}
		f.res.Nulls = append(f.res.Nulls, Null{Field: s.field, Reason: why})
	}
	f.fields = append(f.fields, Field{Name: s.name, Value: v})
	return &f.fields[len(f.fields)-1]
}

func (f *filling) all(slots []*slot, valid func(any) (any, error)) []Field {
	if slots == nil {
		return nil
	}
	start := len(f.fields)
	for _, s := range slots {
		f.one(s, valid)
	}
	return f.fields[start:len(f.fields):len(f.fields)]
}

// failure says that the value of the slot cannot be used.
func (s *slot) failure(reason string) *Failure {
	return &Failure{Field: s.field, Expression: s.text, Reason: reason}
}

// stopped returns the failure of an evaluation that was stopped, or nil.
func stopped(s *slot, err error) *Failure {
	if err == nil || !jq.Exhausted(err) {
		return nil
	}
	failure := s.failure(jq.Reason(err))
	failure.Err = err
	return failure
}

// absence says why there is no value.
func absence(v any, err error) string {
	switch {
	case err != nil:
		return jq.Reason(err)
	case v == nil:
		return "the expression returned null"
	default:
		return "the expression returned " + string(jq.AppendJSON(nil, v))
	}
}
