package jq

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// The functions that match regular expressions are gojq's in all but their cost: gojq counts
// the letters before each match anew, and copies the text once for each replacement.

// matcher returns the regular expression of a call, or gojq's own error about the call.
// The arguments are the pattern and the flags; without flags, the pattern may be an array of
// both.
func matcher(name string, v any, args []any) (text string, p *pattern, flags string, err error) {
	re, options := args[0], any(nil)
	if len(args) > 1 {
		options = args[1]
	} else if both, ok := re.([]any); ok {
		re = nil
		if len(both) > 0 {
			re = both[0]
		}
		if len(both) > 1 {
			options = both[1]
		}
	}
	text, isText := v.(string)
	expression, isExpression := re.(string)
	flags, isFlags := options.(string)
	if len(expression) > maxPattern || len(flags) > maxFormat {
		return "", nil, "", errTooLarge
	}
	if !isText || !isExpression || !isFlags && options != nil || strings.Trim(flags, "gim") != "" {
		return "", nil, "", refusal(name, v, re, options)
	}
	if p, err = patternOf(expression, flags); err != nil {
		return "", nil, "", err
	}
	if p == nil {
		return "", nil, "", refusal(name, v, re, options)
	}
	if p.size*(len(text)+1) > maxMatching {
		return "", nil, "", errTooLarge
	}
	return text, p, flags, nil
}

// refusal returns the error of gojq's own match or test.
func refusal(name string, v, re, flags any) error {
	_, err := gojqs(name, v, []any{re, flags})
	if err == nil {
		err = plainError("the regular expression is not supported")
	}
	return err
}

type pattern struct {
	*regexp.Regexp
	// after is a letter and then the pattern. It finds an empty match right behind a match,
	// which JQ reports and package regexp does not.
	after func() *regexp.Regexp
	size  int // instructions
}

// patterns keeps the compiled patterns, as many as have maxInstructions together.
var patterns struct {
	sync.Mutex
	known map[[2]string]*pattern
	size  int
}

// patternOf returns nil if the pattern does not compile.
func patternOf(expression, flags string) (*pattern, error) {
	key := [2]string{expression, flags}
	patterns.Lock()
	p := patterns.known[key]
	patterns.Unlock()
	if p != nil {
		return p, nil
	}
	if strings.Contains(flags, "i") {
		expression = "(?i)" + expression
	}
	if strings.Contains(flags, "m") {
		expression = "(?s)" + expression
	}
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, nil
	}
	if instructions(tree) > maxInstructions {
		return nil, errTooLarge
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil, nil
	}
	p = &pattern{Regexp: compiled, size: instructions(tree)}
	p.after = sync.OnceValue(func() *regexp.Regexp {
		after, err := regexp.Compile(`\A(?s:.)(?:` + expression + `)`)
		if err != nil {
			return nil
		}
		return after
	})
	patterns.Lock()
	defer patterns.Unlock()
	if patterns.size += p.size + len(expression); patterns.size > maxInstructions || patterns.known == nil {
		patterns.known, patterns.size = map[[2]string]*pattern{}, p.size
	}
	patterns.known[key] = p
	return p, nil
}

// instructions estimates how long the compiled program of a pattern is, without compiling it.
func instructions(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)
	for _, sub := range tree.Sub {
		size += instructions(sub)
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min, tree.Max, 1)
	}
	return min(size, 1<<30)
}

// find returns the matches as package regexp does, as many as may be built.
func (p *pattern) find(b *Budget, text string, all bool) ([][]int, error) {
	if !all {
		return p.FindAllStringSubmatchIndex(text, 1), nil
	}
	// Each match can take as long as the rest of the text is. The search for the last match
	// cannot be stopped, but ReplaceAllStringFunc asks after each one.
	if p.size*len(text)*len(text) > maxMatching {
		if err := p.rehearse(b, text); err != nil {
			return nil, err
		}
	}
	most := maxValues / (p.NumSubexp() + 1)
	found := p.FindAllStringSubmatchIndex(text, most+1)
	var matches [][]int
	for i, x := range found {
		matches = append(matches, x)
		if p.after() == nil || x[0] == x[1] || i+1 < len(found) && found[i+1][0] == x[1] {
			continue
		}
		if i&255 == 255 {
			if err := b.look(); err != nil {
				return nil, err
			}
		}
		if y := p.emptyAt(text, x[1]); y != nil {
			matches = append(matches, y)
		}
	}
	if len(matches) > most {
		return nil, errTooLarge
	}
	return matches, b.take(len(matches) * (p.NumSubexp() + 1) * 16)
}

type stopped struct{ error }

func (p *pattern) rehearse(b *Budget, text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stopped)
			if !ok {
				panic(r)
			}
			err = s.error
		}
	}()
	count := 0
	p.ReplaceAllStringFunc(text, func(string) string {
		if count++; count&63 == 0 {
			if err := b.look(); err != nil {
				panic(stopped{err})
			}
		}
		return ""
	})
	return nil
}

func (p *pattern) emptyAt(text string, at int) []int {
	_, width := utf8.DecodeLastRuneInString(text[:at])
	x := p.after().FindStringSubmatchIndex(text[at-width:])
	if x == nil || x[1] != width {
		return nil
	}
	for i := range x {
		if x[i] >= 0 {
			x[i] += at - width
		}
	}
	x[0] = at
	return x
}

func test(v any, args []any) (any, error) {
	text, p, _, err := matcher("test", v, args)
	if err != nil {
		return nil, err
	}
	return p.MatchString(text), nil
}

// matchesOf returns the text, where it matches, and the names of the pattern's groups.
func matchesOf(b *Budget, v any, args []any) (text string, found [][]int, names []string, err error) {
	text, p, flags, err := matcher("match", v, args)
	if err != nil {
		return "", nil, nil, err
	}
	found, err = p.find(b, text, strings.Contains(flags, "g"))
	return text, found, p.SubexpNames(), err
}

// match returns JQ's match objects. Offsets count letters, not bytes.
func match(b *Budget, v any, args []any) (any, error) {
	text, found, names, err := matchesOf(b, v, args)
	if err != nil {
		return nil, err
	}
	if len(found)*len(names)*5 > maxValues {
		return nil, errTooLarge
	}
	if err := b.take(len(found) * len(names) * sizeOfObject * 2); err != nil {
		return nil, err
	}
	at := letters{text: text}
	matches := make([]any, len(found))
	for i, x := range found {
		captures := make([]any, len(names)-1)
		for j := 1; j < len(names); j++ {
			capture := map[string]any{"name": nil, "offset": -1, "length": 0, "string": nil}
			if names[j] != "" {
				capture["name"] = names[j]
			}
			if from, to := x[2*j], x[2*j+1]; from >= 0 {
				capture["offset"] = at.index(x[0]) + utf8.RuneCountInString(text[x[0]:from])
				if from < x[0] {
					capture["offset"] = utf8.RuneCountInString(text[:from])
				}
				capture["length"] = utf8.RuneCountInString(text[from:to])
				capture["string"] = text[from:to]
			}
			captures[j-1] = capture
		}
		matches[i] = map[string]any{
			"offset": at.index(x[0]), "length": utf8.RuneCountInString(text[x[0]:x[1]]),
			"string": text[x[0]:x[1]], "captures": captures,
		}
	}
	return matches, nil
}

// letters counts the letters before a position, in one pass over rising positions.
type letters struct {
	text         string
	bytes, count int
}

func (l *letters) index(at int) int {
	l.count += utf8.RuneCountInString(l.text[l.bytes:at])
	l.bytes = at
	return l.count
}

// pieces returns what lies between the matches: for each match the text before it and the
// captures by name, and the rest of the text.
func pieces(b *Budget, v any, args []any) (any, error) {
	text, found, names, err := matchesOf(b, v, args)
	if err != nil {
		return nil, err
	}
	if err := b.take(len(found) * (sizeOfObject + (len(names)+2)*sizeOfEntry)); err != nil {
		return nil, err
	}
	list, next := make([]any, len(found)), 0
	for i, x := range found {
		captures := map[string]any{}
		for j := 1; j < len(names); j++ {
			if names[j] == "" {
				continue
			}
			captures[names[j]] = nil
			if x[2*j] >= 0 {
				captures[names[j]] = text[x[2*j]:x[2*j+1]]
			}
		}
		list[i], next = []any{text[next:x[0]], captures}, x[1]
	}
	return []any{list, text[next:]}, nil
}

// assemble makes the results of sub from the rows that the matches gave: the n-th result is
// the n-th text of each row that is as long, and the rest.
func assemble(b *Budget, v any, rows, rest any) (any, error) {
	var parts [][]string
	for _, row := range rows.([]any) {
		for i, text := range row.([]any) {
			if i == len(parts) {
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], text.(string))
		}
	}
	if len(parts) == 0 {
		return []any{v}, nil
	}
	results := make([]any, len(parts))
	for i, list := range parts {
		size := len(rest.(string))
		for _, text := range list {
			size += len(text)
		}
		if size > maxBytes {
			return nil, errTooLarge
		}
		if err := b.take(size); err != nil {
			return nil, err
		}
		results[i] = strings.Join(append(list, rest.(string)), "")
	}
	return results, nil
}
