package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// given is one value that the environment holds.
type given struct {
	text      string
	name      string // where it is, for people
	rank      int    // of two values for one key, the higher wins
	secrets   bool   // it lies under INTEGRATION__SECRETS
	composite bool   // it came as a JSON array or object
}

// gathering collects the environment's values by key, with JSON objects taken
// apart.
type gathering struct {
	values   map[string]given
	problems []error
	warnings []string
}

// gather picks the program's variables out of an environment. Of two variables for one key the
// more deeply nested wins, as in Ocean. An empty variable counts as not set, because templates leave
// such variables behind. A variable that Kubernetes makes of a service's name is not the program's.
func gather(environ []string) *gathering {
	g := &gathering{values: map[string]given{}}
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, text, _ := strings.Cut(pair, "=")
		text = strings.TrimSpace(text)
		switch {
		case text == "", serviceLink.MatchString(name):
		case hasOceanPrefix(name):
			path := segments(name)
			g.spread(path, text, given{name: printable(name), rank: len(path)})
		case name == "PORT_SECRET_ARN", name == "AWS_LAMBDA_RUNTIME_API",
			strings.HasPrefix(name, "PORTOLAN_"), strings.HasPrefix(name, "APPLICATION__"):
			g.put(name, given{text: text, name: printable(name)})
		}
	}
	return g
}

// spread puts text at path. Where the table has an object, text must be one.
func (g *gathering) spread(path []string, text string, at given) {
	k := join(path)
	if !objects[k] {
		at.text = text
		at.secrets = len(path) > 2 && strings.EqualFold(path[1], "secrets")
		g.put(k, at)
		return
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		// The decoder's error is not shown: it quotes its input, which may be secret.
		g.problems = append(g.problems, fmt.Errorf(
			"%s holds no valid JSON object (the value is not shown); it should hold one, such as %s", at.name, example(k)))
		return
	}
	at.composite = false
	for _, member := range slices.Sorted(maps.Keys(members)) {
		g.member(append(slices.Clone(path), member), members[member], at)
	}
}

// member puts one member of a JSON object at path.
func (g *gathering) member(path []string, raw json.RawMessage, at given) {
	at.name += "." + printable(path[len(path)-1])
	raw = bytes.TrimSpace(raw)
	text := string(raw)
	switch raw[0] {
	case 'n':
		return
	case '"':
		if json.Unmarshal(raw, &text) != nil {
			return
		}
		text = strings.TrimSpace(text)
	case '{', '[':
		at.composite = true
	}
	if text != "" {
		g.spread(path, text, at)
	}
}

func (g *gathering) put(k string, v given) {
	old, twice := g.values[k]
	switch {
	case !twice:
	case old.text == v.text:
	case old.secrets != v.secrets:
		if v.secrets {
			old, v = v, old
		}
		g.warnings = append(g.warnings, fmt.Sprintf("%s is ignored: %s holds another value", old.name, v.name))
	case old.rank == v.rank:
		g.problems = append(g.problems, fmt.Errorf(
			"%s and %s are the same setting with different values; keep one of them", old.name, v.name))
	case old.rank > v.rank:
		v = old
	}
	g.values[k] = v
}

// objects are the keys below which there are settings.
var objects = func() map[string]bool {
	found := map[string]bool{}
	add := func(name string) {
		path := strings.Split(key(strings.TrimSuffix(name, "__*")), "/")
		for n := 1; n < len(path); n++ {
			found[strings.Join(path[:n], "/")] = true
		}
	}
	for _, row := range table {
		add(row.Name)
	}
	for _, row := range ignored {
		add(row.name)
	}
	return found
}()

// example returns a JSON object for the object with this key.
func example(k string) string {
	switch k {
	case "eventlistener":
		return `{"type":"ONCE"}`
	case "port":
		return `{"baseUrl":"https://api.getport.io"}`
	case "integration":
		return `{"identifier":"my-aws","type":"aws-v3"}`
	}
	return `{"ouId":"ou-ab12-cdefghij"}`
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_]{1,80}$`)

// printable returns a name that cannot break a line or flood a log.
func printable(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	if len(name) > 80 {
		name = name[:80] + "…"
	}
	return strconv.Quote(name)
}
