package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// BesideName is the file beside the function's program for settings that grow with the number of
// accounts: an object of texts, by the names of variables. A function's variables have 4 KB in
// all.
const BesideName = "settings.json"

// Beside adds to an environment what the file in a folder holds, if there is one. A
// variable that is set wins over the file.
func Beside(environ []string, folder fs.FS) ([]string, error) {
	text, err := fs.ReadFile(folder, BesideName)
	if errors.Is(err, fs.ErrNotExist) {
		return environ, nil
	}
	var values map[string]string
	if err == nil {
		err = json.Unmarshal(text, &values)
	}
	if err != nil {
		return environ, fmt.Errorf("%s beside the program cannot be used: %w; deploy again", BesideName, err)
	}
	all := slices.Clone(environ)
	for name, value := range values {
		set := slices.ContainsFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, name+"=") && len(pair) > len(name)+1 })
		if !set {
			all = append(all, name+"="+value)
		}
	}
	return all, nil
}
