package mapping

import "portolan/internal/mapping/jq"

// search is a search object whose leaves are expressions. It names an entity by
// what it looks like instead of by its identifier.
type search struct {
	combinator *jq.Expression
	rules      []rule
}

// rule is one comparison, or another search inside of it.
type rule struct {
	property, operator, value *jq.Expression
	nested                    *search
}

// first evaluates all leaves. A leaf that fails is null; first also returns the first failure.
func (s *search) first(b *jq.Budget, doc any) (map[string]any, error) {
	var failed error
	leaf := func(q *jq.Expression) any {
		v, err := q.First(b, doc)
		if err != nil && (failed == nil || jq.Exhausted(err)) {
			failed = err
		}
		return v
	}
	rules := make([]any, 0, len(s.rules))
	for _, r := range s.rules {
		if r.nested != nil {
			inner, err := r.nested.first(b, doc)
			if err != nil && (failed == nil || jq.Exhausted(err)) {
				failed = err
			}
			rules = append(rules, inner)
			continue
		}
		rules = append(rules, map[string]any{
			"property": leaf(r.property), "operator": leaf(r.operator), "value": leaf(r.value),
		})
	}
	return map[string]any{"combinator": leaf(s.combinator), "rules": rules}, failed
}
