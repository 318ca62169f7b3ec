package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

// ParseYAML turns a mapping file, YAML or JSON, into the JSON that Compile
// takes and that Port keeps. The root keys may be missing, and so may the root
// itself: a file that holds only the list of resources gets it.
func ParseYAML(text []byte) (json.RawMessage, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, ErrEmpty
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
