package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	yamlparser "github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a mapping file may have. An alias counts as what it stands for.
const (
	maxLevels = 200
	maxNodes  = 1 << 18
)

// ParseYAML turns a mapping file, YAML or JSON, into the JSON that Compile
// takes and that Port keeps. The root keys may be missing, and so may the root
// itself: a file that holds only the list of resources gets it.
func ParseYAML(text []byte) (json.RawMessage, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, ErrEmpty
	}
	if err := readable(text); err != nil {
		return nil, err
	}
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("the mapping file is not YAML: %s", yaml.FormatError(err, false, false))
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, converted); err != nil {
		return nil, fmt.Errorf("the mapping file does not fit into JSON: %w", err)
	}
	switch raw := compact.Bytes(); {
	case bytes.Equal(raw, []byte("null")):
		return nil, ErrEmpty
	case raw[0] == '[':
		return slices.Concat([]byte(`{"resources":`), raw, []byte("}")), nil
	default:
		return raw, nil
	}
}

// readable refuses files that are short and take much memory to read: levels without end, and
// aliases of aliases. What is no YAML is left to the parser.
func readable(text []byte) error {
	if len(text) > maxMapping {
		return fmt.Errorf("the mapping file is larger than %d bytes", maxMapping)
	}
	tokens := lexer.Tokenize(string(text))
	level, line, dashes := 0, 0, 0
	for _, t := range tokens {
		if at := t.Position.Line; at != line {
			line, dashes = at, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			level++
		case token.SequenceEndType, token.MappingEndType:
			level--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType:
			dashes++
		}
		if level+dashes > maxLevels {
			return fmt.Errorf("the mapping file has more than %d levels in line %d", maxLevels, line)
		}
	}
	file, err := yamlparser.Parse(tokens, 0)
	if err != nil {
		return nil //nolint:nilerr // the conversion words it
	}
	c := counter{anchors: map[string]int{}}
	for _, doc := range file.Docs {
		ast.Walk(&c, doc)
	}
	if c.nodes > maxNodes {
		return fmt.Errorf("the mapping file has more than %d values, counting what its aliases stand for", maxNodes)
	}
	return nil
}

// counter counts the nodes of a file with those that aliases stand for.
type counter struct {
	nodes   int
	anchors map[string]int
}

// Visit is ast.Visitor's.
func (c *counter) Visit(n ast.Node) ast.Visitor {
	if c.nodes++; c.nodes > maxNodes {
		return nil
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		before := c.nodes
		ast.Walk(c, n.Value)
		c.anchors[n.Name.String()] = c.nodes - before
		return nil
	case *ast.AliasNode:
		c.nodes += c.anchors[n.Value.String()]
		return nil
	}
	return c
}
