package delivery

import (
	"encoding/json"
	"slices"
	"strings"
)

// statement is one of a resource's policy. Its members are texts, lists of texts, or objects of
// both.
type statement struct {
	Effect    string
	Action    any
	Principal any
	Condition map[string]map[string]any
}

// statements returns those of a policy, none if it is not one.
func statements(text string) []statement {
	var list struct{ Statement []statement }
	if json.Unmarshal([]byte(text), &list) == nil {
		return list.Statement
	}
	var one struct{ Statement statement }
	if json.Unmarshal([]byte(text), &one) == nil {
		return []statement{one.Statement}
	}
	return nil
}

// texts returns a text or a list of texts as a list.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, texts(one)...)
		}
		return all
	}
	return nil
}

// allows says whether a statement allows an action.
func (s statement) allows(action string) bool {
	service, _, _ := strings.Cut(action, ":")
	return s.Effect == "Allow" && slices.ContainsFunc(texts(s.Action), func(a string) bool {
		return strings.EqualFold(a, action) || a == "*" || strings.EqualFold(a, service+":*")
	})
}

// principals returns those of a type that a statement is about: "AWS" or "Service".
func (s statement) principals(of string) []string {
	if byType, ok := s.Principal.(map[string]any); ok {
		return texts(byType[of])
	}
	return texts(s.Principal)
}

// likening are the operators that want a key to be like one of some values, without what may stand before
// and behind them.
var likening = strings.Fields("StringEquals StringEqualsIgnoreCase StringLike ArnEquals ArnLike")

// equals returns the values of which a statement wants a key to have one.
func (s statement) equals(key string) []string {
	var values []string
	for operator, of := range s.Condition {
		operator = strings.TrimSuffix(operator[strings.Index(operator, ":")+1:], "IfExists")
		if slices.Contains(likening, operator) {
			for name, value := range of {
				if strings.EqualFold(name, key) {
					values = append(values, texts(value)...)
				}
			}
		}
	}
	return values
}
