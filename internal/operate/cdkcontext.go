package operate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// noteContext sets keys of the CDK's context file and keeps the others. It says whether
// that changed anything.
func noteContext(path string, values map[string]string) (changed bool, err error) {
	present, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	members := make(map[string]json.RawMessage)
	if len(bytes.TrimSpace(present)) > 0 {
		if err := json.Unmarshal(present, &members); err != nil || members == nil {
			return false, fmt.Errorf("%s is not a JSON object; fix it, or remove it if nothing in it is needed", path)
		}
	}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(members[key], text) {
			members[key], changed = text, true
		}
	}
	if !changed {
		return false, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(members); err != nil {
		return false, err
	}
	return true, replaceFile(path, text.Bytes())
}

// replaceFile writes a file so that it has its old content or the new, never half.
func replaceFile(path string, text []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".cdk.context-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
